import type { TransparencyLogEntry } from '@sigstore/bundle';
import { type JsonObject, type JsonValue, isObject, listAt, objectAt, textAt } from '../../model/json.ts';
import { base64Of, pemBlock } from './base64.ts';
import { readObject } from './reading.ts';
import { invalid, malformed } from './refusal.ts';

/**
 * Does the log hold the signature as that of this signer? A log takes an entry of anybody for anything, so that one which names
 * another certificate or key says nothing of ours (P-C2; the library does not compare).
 */
export function assertLoggedFor(entry: TransparencyLogEntry, verifier: Buffer): void {
  if (!loggedVerifier(entry).equals(verifier)) throw invalid('its log entry is of another certificate or key');
}

/** DER of the certificate or key that a log entry names. */
function loggedVerifier({ canonicalizedBody, kindVersion }: TransparencyLogEntry): Buffer {
  const body = readObject(canonicalizedBody, 'the log entry');
  const { kind, version } = kindVersion;
  const find = Object.hasOwn(VERIFIERS, `${kind}/${version}`) ? VERIFIERS[`${kind}/${version}`] : undefined;
  if (find === undefined) throw invalid(`log entries of kind ${kind} ${version} are not supported`);
  return find(objectAt(body, 'spec'));
}

/** https://github.com/sigstore/rekor/tree/main/pkg/types and, of the second version, https://github.com/sigstore/rekor-tiles/tree/main/api/proto/rekor/v2. */
const VERIFIERS: Readonly<Record<string, (spec: JsonObject) => Buffer>> = {
  'hashedrekord/0.0.1': (spec) => pemAt(objectAt(objectAt(spec, 'signature'), 'publicKey'), 'content'),
  'dsse/0.0.1': (spec) => pemAt(only(spec, 'signatures'), 'verifier'),
  'intoto/0.0.1': (spec) => pemAt(spec, 'publicKey'),
  'intoto/0.0.2': (spec) => pemAt(only(objectAt(objectAt(spec, 'content'), 'envelope'), 'signatures'), 'publicKey'),
  'hashedrekord/0.0.2': (spec) => rawIn(objectAt(objectAt(spec, 'hashedRekordV002'), 'signature')),
  'dsse/0.0.2': (spec) => rawIn(only(objectAt(spec, 'dsseV002'), 'signatures')),
};

function only(object: JsonObject, key: string): JsonObject {
  const list: readonly JsonValue[] = listAt(object, key);
  const [first] = list;
  if (list.length !== 1 || !isObject(first)) throw malformed('its log entry has not exactly one signature');
  return first;
}

function pemAt(object: JsonObject, key: string): Buffer {
  const pem = base64Of(textAt(object, key), 'the verifier of the log entry').toString('utf8');
  return pemBlock(pem, 'the verifier of the log entry').der;
}

function rawIn(signature: JsonObject): Buffer {
  const verifier = objectAt(signature, 'verifier');
  const found = ['x509Certificate', 'publicKey'].filter((key) => isObject(verifier[key]));
  if (found.length !== 1) throw malformed('its log entry names not exactly one certificate or key');
  return base64Of(textAt(objectAt(verifier, found[0] ?? ''), 'rawBytes'), 'the verifier of the log entry');
}

/** cosign logs `.att` as this kind, which the library refuses: 6 of 9 public provenance attestations of v1.4 to v1.9 of slsa-github-generator. */
export function isInToto001({ kindVersion }: TransparencyLogEntry): boolean {
  return kindVersion.kind === 'intoto' && kindVersion.version === '0.0.1';
}

/**
 * What the library does for other kinds: the body is of the kind that the entry claims and speaks of this payload. No signature is in
 * it; who signed is compared by `assertLoggedFor`.
 * https://github.com/sigstore/rekor/blob/main/pkg/types/intoto/v0.0.1/intoto_v0_0_1_schema.json
 */
export function assertInToto001({ canonicalizedBody }: TransparencyLogEntry, payloadSha256: string): void {
  const body = readObject(canonicalizedBody, 'the log entry');
  if (textAt(body, 'kind') !== 'intoto' || textAt(body, 'apiVersion') !== '0.0.1')
    throw invalid('its log entry is of another kind than it claims');
  const hash = objectAt(objectAt(objectAt(body, 'spec'), 'content'), 'payloadHash');
  if (textAt(hash, 'algorithm') !== 'sha256' || textAt(hash, 'value') !== payloadSha256)
    throw invalid('its log entry is of another payload');
}
