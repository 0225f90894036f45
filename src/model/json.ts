export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text at `key`, or '' where there is none: Kubernetes treats absent, null and empty strings alike in names. */
export function textAt(value: JsonValue | undefined, key: string): string {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}

export function objectAt(value: JsonValue | undefined, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

export function listAt(value: JsonValue | undefined, key: string): readonly JsonValue[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? (found as readonly JsonValue[]) : [];
}

/** The strings of a list of strings; anything else in it is left out. */
export function textsAt(value: JsonValue | undefined, key: string): readonly string[] {
  return listAt(value, key).filter((item) => typeof item === 'string');
}

/** RFC 6901. */
export function pointer(...tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function pointerTokens(text: string): readonly string[] {
  return text
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at an RFC 6901 pointer, `undefined` where there is none. */
export function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  return pointerTokens(path).reduce<JsonValue | undefined>((here, token) => {
    if (Array.isArray(here)) return (here as readonly JsonValue[])[Number(token)];
    return isObject(here) && Object.hasOwn(here, token) ? here[token] : undefined;
  }, value);
}

/** Would both give the same canonical JSON? Asked without writing it, which for the objects of a cluster is most of the work. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item: unknown, index) => isSameJson(item, other[index]));
  }
  if (isObject(one) && isObject(other)) return hasSameMembers(one, other);
  return canonicalJson(one) === canonicalJson(other);
}

/** A member without a value is none, and so is like no member that has one. */
function hasSameMembers(one: JsonObject, other: JsonObject): boolean {
  const members = membersOf(one);
  return (
    members.length === membersOf(other).length &&
    members.every(([key, member]) => {
      const same = Object.hasOwn(other, key) ? other[key] : undefined;
      return same !== undefined && isSameJson(member, same);
    })
  );
}

function membersOf(value: object): readonly (readonly [key: string, member: unknown])[] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

/** JSON with sorted keys: equal values give equal text. Members without a value are as good as absent. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = membersOf(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
