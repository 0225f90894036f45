import { isObject, type JsonObject } from './json.ts';

/**
 * The object of a JSON text, undefined where it is none or where readers may see different objects in it: a key written twice, or
 * bytes that are no UTF-8 (P-D3).
 */
export function strictObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return isObject(value) && !hasKeyTwice(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of valid JSON: what stands before a colon is a key of the object that was opened last. */
function hasKeyTwice(text: string): boolean {
  const open: Set<string>[] = [];
  const last = { text: '' };
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':') last.text = token;
    else if (isSecond(String(JSON.parse(last.text)), open.at(-1))) return true;
  }
  return false;
}

function isSecond(key: string, keys: Set<string> | undefined): boolean {
  if (keys?.has(key) === true) return true;
  keys?.add(key);
  return false;
}
