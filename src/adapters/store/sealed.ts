import { createHmac, timingSafeEqual } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** A value as it lies in the store: a MAC over its name, its end and its bytes, then these. */
interface Sealed {
  readonly expiresAt: number;
  readonly value: unknown;
}

interface Unsealed extends Sealed {
  /** Of the value as text. */
  readonly bytes: number;
}

const FORM = /^p1\.([A-Za-z0-9_-]{43})\.([0-9]{1,16})\.([A-Za-z0-9_-]*)$/;

/** Larger than any verdict that GitHub could show; a bomb inflates no further. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

export function seal(key: Uint8Array, name: string, { expiresAt, value }: Sealed): string {
  return sealJson(key, name, { expiresAt, json: JSON.stringify(value) });
}

/** The same for a value that is text already. */
export function sealJson(
  key: Uint8Array,
  name: string,
  { expiresAt, json }: { readonly expiresAt: number; readonly json: string },
): string {
  const body = gzipSync(json).toString('base64url');
  return `p1.${mac(key, name, `${expiresAt}.${body}`).toString('base64url')}.${expiresAt}.${body}`;
}

/** The value if it was sealed with this key under this name (A27); everything else is as good as absent. */
export function unseal(key: Uint8Array, name: string, text: string): Unsealed | undefined {
  const [, given, expiresAt, body] = FORM.exec(text) ?? [];
  if (given === undefined || expiresAt === undefined || body === undefined) return undefined;
  if (!timingSafeEqual(Buffer.from(given, 'base64url'), mac(key, name, `${expiresAt}.${body}`))) return undefined;
  const json = gunzipSync(Buffer.from(body, 'base64url'), { maxOutputLength: MAX_INFLATED_BYTES }).toString();
  return { expiresAt: Number(expiresAt), value: JSON.parse(json), bytes: json.length };
}

function mac(key: Uint8Array, name: string, text: string): Buffer {
  return createHmac('sha256', key).update(`${name.length}:${name}`).update(text).digest();
}
