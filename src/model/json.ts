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

/** JSON with sorted keys: equal values give equal text. Members without a value are as good as absent. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
