/** The same value, all of which nobody can change any more. */
export function freezeAll<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freezeAll);
  return Object.freeze(value);
}
