import { isObject, type JsonObject, type JsonValue, objectAt, textAt } from './json.ts';
import { LAST_APPLIED } from './mask.ts';

/**
 * Does the content of a Secret or of a SOPS file stand anywhere in here: in the object itself, in a List, in a wrapper, in the
 * copy of an earlier object that kubectl leaves in an annotation? Such a value is never written to a store (DESIGN 9).
 */
export function holdsSecret(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some((item: JsonValue) => holdsSecret(item));
  if (!isObject(value)) return false;
  return isSecret(value) || Object.values(value).some(holdsSecret);
}

function isSecret(object: JsonObject): boolean {
  const hasContent = ['data', 'stringData'].some((key) => (object[key] ?? null) !== null);
  if (object['kind'] === 'Secret' && hasContent) return true;
  if (textAt(object['sops'], 'mac') !== '') return true;
  return Object.keys(objectAt(object, 'annotations')).some((key) => LAST_APPLIED.test(key));
}
