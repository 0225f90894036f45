import { publicKeyOf } from '../config/public-key.ts';
import { isObject, type JsonObject, type JsonValue, textAt } from '../model/json.ts';
import type { Trust, TrustedKey } from '../model/provenance.ts';

export interface JoinedKeys {
  readonly trust: Trust;
  /** By the ids of the engine: the name that a key is trusted by, or why its signatures cannot be told. */
  readonly uses: ReadonlyMap<string, JsonObject>;
}

const HASHES: Readonly<Record<string, TrustedKey['hash']>> = { sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' };

/**
 * Adds the keys of attestors to those that are trusted. One that is trusted already keeps its name, so that one signature is never two;
 * on other terms (hash, days, log) nobody could say what its signatures are worth there.
 */
export function joinKeys(trust: Trust, wanted: readonly JsonValue[]): JoinedKeys {
  const known = new Map(trust.keys.map((key) => [publicKeyOf(key.pem), key]));
  const added: TrustedKey[] = [];
  const uses = new Map<string, JsonObject>();
  for (const key of wanted.filter(isObject)) {
    const pem = textAt(key, 'pem');
    const text = publicKeyOf(pem);
    const twin = known.get(text);
    const fault = text === undefined ? 'its key is no public key that can be read' : faultOf(key, twin);
    const use: TrustedKey = twin ?? { name: nameOf(text ?? ''), pem, ...hashOf(key), needsLog: false };
    uses.set(textAt(key, 'id'), fault === undefined ? { name: use.name } : { unknown: fault });
    if (fault !== undefined || twin !== undefined) continue;
    known.set(text, use);
    added.push(use);
  }
  return { trust: { ...trust, keys: [...trust.keys, ...added] }, uses };
}

/** That a log holds a signature is asked of the signature, so a key that needs none serves attestors of both kinds. */
function faultOf(key: JsonObject, twin: TrustedKey | undefined): string | undefined {
  const written = textAt(key, 'hash') || 'sha256';
  if (!Object.hasOwn(HASHES, written)) return `signatures with ${written} are not verified here`;
  if (twin === undefined) return undefined;
  const isBounded = twin.validFrom !== undefined || twin.validUntil !== undefined;
  const isStricter = twin.needsLog && key['noLog'] === true;
  if (!isBounded && !isStricter && (twin.hash ?? 'sha256') === written) return undefined;
  return `its key is trusted on other terms already (${twin.name})`;
}

function hashOf(key: JsonObject): Pick<TrustedKey, 'hash'> {
  const hash = HASHES[textAt(key, 'hash')];
  return hash === undefined || hash === 'sha256' ? {} : { hash };
}

/** The end tells keys apart for a reader. */
function nameOf(text: string): string {
  return `the key of an ImageValidatingPolicy that ends with ${text.replace(/-----[^-]*-----|\s/g, '').slice(-16)}`;
}
