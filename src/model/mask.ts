import { isObject, type JsonObject, type JsonValue, textAt } from './json.ts';
import { isSecretKey, looksRandom, MASK, maskText } from './secret-text.ts';

/** Copies of a whole earlier object, Secrets included: kubectl's annotation and those of other tools (A18, CVE-2026-45737). */
export const LAST_APPLIED = /(?:^|\/)(?:last-applied(?:-configuration)?|applied)$/;

/**
 * The object as every output shows it: values of Secrets and of SOPS files, last-applied annotations, private keys, tokens and
 * random values behind keys like `password` are `"********"`. Also Secrets that lie inside another object (lists, wrappers).
 * Compare before you mask.
 */
export function maskObject(object: JsonObject): JsonObject {
  return maskMembers(object);
}

/** A value that has lost its place in an object; `key` is the member that it stood under. */
export function maskValue(value: JsonValue, key = ''): JsonValue {
  if (typeof value === 'string') return isSecretKey(key) && looksRandom(value) ? MASK : maskText(value);
  if (Array.isArray(value)) return value.map((item: JsonValue) => maskValue(item, key));
  return isObject(value) ? maskMembers(value) : value;
}

type Marks = Readonly<Record<'isSecret' | 'isSops', boolean>>;

function maskMembers(object: JsonObject): JsonObject {
  const sops = object['sops'];
  const isSops = isObject(sops) && ['mac', 'lastmodified', 'version'].some((key) => textAt(sops, key) !== '');
  const isSecret = isSops || (object['kind'] === 'Secret' && typeof object['apiVersion'] === 'string');
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      maskSpecial(key, value, { isSecret, isSops }) ?? maskValue(value, key === 'value' ? textAt(object, 'name') : key),
    ]),
  );
}

/** Undefined for a member that has no special meaning. */
function maskSpecial(key: string, value: JsonValue, { isSecret, isSops }: Marks): JsonValue | undefined {
  if (isSecret && (key === 'data' || key === 'stringData')) return maskLeaves(value);
  if (isSops && key === 'sops') return maskSops(value);
  return key === 'annotations' && isObject(value) ? maskAnnotations(value) : undefined;
}

/** Keys stay, so that a reader sees which one; every value goes, also null and numbers, whose form would tell something. */
function maskLeaves(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => maskLeaves(item));
  if (!isObject(value)) return MASK;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskLeaves(member)]));
}

/** The data key (`enc`) and the MAC are cipher texts; recipients and dates are not. */
function maskSops(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => maskSops(item));
  if (!isObject(value)) return maskValue(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === 'enc' || key === 'mac' ? MASK : maskSops(member)]),
  );
}

function maskAnnotations(annotations: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key, LAST_APPLIED.test(key) ? MASK : maskValue(value, key)]),
  );
}
