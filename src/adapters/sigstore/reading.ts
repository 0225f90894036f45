import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { strictObject } from '../../model/strict-json.ts';
import { malformed } from './refusal.ts';

/** An object of strict JSON that every reader sees alike at its top level (P-B9). */
export function readObject(bytes: Uint8Array, what: string): JsonObject {
  const object = strictObject(bytes);
  if (object === undefined) throw malformed(`${what} is no strict JSON object`);
  assertOneReading(object, what);
  return object;
}

/**
 * Go reads keys without their case, protobuf's JSON takes `snake_case` for `camelCase`: where two keys are one for such a reader, it
 * may believe another value than we do (P-B9).
 */
export function assertOneReading(object: JsonObject, what: string): void {
  const keys = Object.keys(object).map((key) => key.toLowerCase().replaceAll('_', ''));
  if (new Set(keys).size !== keys.length) throw malformed(`${what} has two keys that some readers take for one`);
}

/** The same for everything inside. */
export function assertOneReadingDeep(value: JsonValue, what: string): void {
  if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) assertOneReadingDeep(item, what);
  else if (isObject(value)) {
    assertOneReading(value, what);
    for (const member of Object.values(value)) assertOneReadingDeep(member, what);
  }
}

export function textIn(object: JsonObject, key: string, what: string): string {
  const value = object[key];
  if (typeof value !== 'string') throw malformed(`${what} has no text "${key}"`);
  return value;
}

export function objectIn(object: JsonObject, key: string, what: string): JsonObject {
  const value = object[key];
  if (!isObject(value)) throw malformed(`${what} has no object "${key}"`);
  assertOneReading(value, what);
  return value;
}
