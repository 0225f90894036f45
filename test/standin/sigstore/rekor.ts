import { type SigningKey, aSigningKey, base64, sha256, signedBy } from './keys.ts';

/** Who signed, as a log keeps it. */
export interface Verifier {
  readonly key: SigningKey;
  /** DER and PEM of the certificate; without one the key itself is kept. */
  readonly certificate?: { readonly der: Uint8Array; readonly pem: string } | undefined;
}

/** What is logged. */
export interface Logged {
  readonly verifier: Verifier;
  readonly signature: Uint8Array;
  /** The bytes that were signed: an artifact, or the pre-authentication encoding of an envelope. */
  readonly signed: Uint8Array;
  /** Of DSSE. */
  readonly envelope?: { readonly json: string; readonly payload: Uint8Array; readonly payloadType: string } | undefined;
}

export interface EntryBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: object;
}

/** `TransparencyLogEntry` of a bundle, in JSON: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_rekor.proto */
export interface LogEntry {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly kindVersion: { readonly kind: string; readonly version: string };
  readonly integratedTime?: string;
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string };
  readonly inclusionProof: {
    readonly logIndex: string;
    readonly rootHash: string;
    readonly treeSize: string;
    readonly hashes: readonly string[];
    readonly checkpoint: { readonly envelope: string };
  };
  readonly canonicalizedBody: string;
}

export interface TransparencyLog {
  readonly url: string;
  readonly key: SigningKey;
  readonly id: Uint8Array;
  /** Keeps an entry at that time. */
  keep(body: EntryBody, at: Date): LogEntry;
}

/** The log of 2021: time and promise signed (SET), and a proof. */
export function aRekor(host: string): TransparencyLog {
  const key = aSigningKey();
  const id = sha256(key.spki);
  return {
    url: `https://${host}`,
    key,
    id,
    keep(body, at) {
      const canonical = canonicalJson(body);
      const time = Math.floor(at.getTime() / 1000);
      const promise = canonicalJson({
        body: base64(canonical),
        integratedTime: time,
        logID: id.toString('hex'),
        logIndex: SECOND_OF_TWO,
      });
      return {
        ...included(canonical, body, { key, id, host, origin: `${host} - 1193050959916656506` }),
        integratedTime: `${time}`,
        inclusionPromise: { signedEntryTimestamp: base64(signedBy(key, Buffer.from(promise))) },
      };
    },
  };
}

/** The log of 2025, tiles: a proof and neither time nor promise, so a timestamp of somebody else is needed. */
export function aTiledRekor(host: string): TransparencyLog {
  const key = aSigningKey('Ed25519');
  // https://github.com/C2SP/C2SP/blob/main/signed-note.md: name, newline, 1 for Ed25519, the bare key.
  const id = sha256(Buffer.concat([Buffer.from(`${host}\n\u0001`), key.spki.subarray(-32)]));
  return {
    url: `https://${host}`,
    key,
    id,
    keep: (body) => ({ ...included(canonicalJson(body), body, { key, id, host, origin: host }), integratedTime: '0' }),
  };
}

interface Checkpointer {
  readonly key: SigningKey;
  readonly id: Uint8Array;
  readonly host: string;
  readonly origin: string;
}

/** Every entry is the second leaf of a tree of two, so that its proof has a hash to show. */
const SECOND_OF_TWO = 1;

function included(canonical: string, { kind, apiVersion }: EntryBody, log: Checkpointer): LogEntry {
  const leaf = sha256(Buffer.concat([Uint8Array.of(0), Buffer.from(canonical)]));
  const sibling = sha256(Buffer.concat([Uint8Array.of(0), Buffer.from('the first entry')]));
  const root = sha256(Buffer.concat([Uint8Array.of(1), sibling, leaf]));
  return {
    logIndex: `${SECOND_OF_TWO}`,
    logId: { keyId: base64(log.id) },
    kindVersion: { kind, version: apiVersion },
    inclusionProof: {
      logIndex: `${SECOND_OF_TWO}`,
      rootHash: base64(root),
      treeSize: '2',
      hashes: [base64(sibling)],
      checkpoint: { envelope: checkpoint(root, log) },
    },
    canonicalizedBody: base64(canonical),
  };
}

/** https://github.com/transparency-dev/formats/blob/main/log/README.md */
function checkpoint(root: Uint8Array, { key, id, host, origin }: Checkpointer): string {
  const note = `${origin}\n2\n${base64(root)}\n`;
  const signature = Buffer.concat([id.subarray(0, 4), signedBy(key, Buffer.from(note))]);
  return `${note}\n\u2014 ${host} ${base64(signature)}\n`;
}

/** RFC 8785 for what entries hold: text, whole numbers, lists, objects. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
