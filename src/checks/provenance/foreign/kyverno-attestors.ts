import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../../model/json.ts';
import type { ProofRule } from '../../../model/policy.ts';
import { someOf } from '../../../model/proof-rule.ts';
import type { AttachmentFormat } from '../../../model/provenance.ts';
import { identityAt, identitySigner } from './keyless.ts';
import { type ForeignSigner, hashOf, keySigner, publicKeysIn, refuse } from './reading.ts';

/** An entry is one signer, or a set of its own. */
export type Entry = ForeignSigner | AttestorSet;

export interface AttestorSet {
  readonly entries: readonly Entry[];
  readonly count: number;
}

/** Nobody nests deeper, and what is compared grows with it. */
const MAX_DEPTH = 4;

/** Without a count every entry must have signed; several keys in one entry are several entries. */
export function attestorSet(set: JsonValue, name: string, depth = 1): AttestorSet {
  if (depth > MAX_DEPTH) refuse(`its attestors are nested deeper than ${MAX_DEPTH}`);
  const entries = listAt(set, 'entries').flatMap((entry, index) =>
    entriesOf(isObject(entry) ? entry : {}, `${name}, entry ${index + 1}`, depth),
  );
  const count = isObject(set) ? set['count'] : undefined;
  if (entries.length === 0) refuse('a set of attestors has no entries');
  return { entries, count: typeof count === 'number' && count > 0 ? count : entries.length };
}

export function signersIn({ entries }: AttestorSet): readonly ForeignSigner[] {
  return entries.flatMap((one) => ('signer' in one ? [one] : signersIn(one)));
}

/** The signers of a set that nests none; undefined where it does. */
export function plainSigners({ entries }: AttestorSet): readonly ForeignSigner[] | undefined {
  const signers = entries.flatMap((one) => ('signer' in one ? [one] : []));
  return signers.length === entries.length ? signers : undefined;
}

/** What a leaf asks for besides its signer. */
type Asked = {
  readonly predicateType?: string;
  readonly formats: readonly AttachmentFormat[] | undefined;
  readonly at?: string;
};

export function proofOfSet({ entries, count }: AttestorSet, asked: Asked): ProofRule {
  return someOf(
    entries.map((one) => ('signer' in one ? { kind: 'proof', signer: one.signer, ...asked } : proofOfSet(one, asked))),
    count,
  );
}

function entriesOf(entry: JsonObject, name: string, depth: number): readonly Entry[] {
  const odd = ['annotations', 'repository', 'certificates'].find(
    (field) => entry[field] !== undefined && entry[field] !== '',
  );
  if (odd !== undefined) refuse(`an attestor uses the field ${odd}`);
  if (isObject(entry['attestor'])) return [attestorSet(entry['attestor'], `${name}, nested`, depth + 1)];
  return isObject(entry['keys']) ? keySigners(entry['keys'], name) : [keylessSigner(entry['keyless'])];
}

function keySigners(keys: JsonObject, name: string): readonly ForeignSigner[] {
  const rekor = logOf(keys);
  refuseTimestamps(keys);
  const hash = hashOf(textAt(keys, 'signatureAlgorithm'));
  return publicKeysIn(textAt(keys, 'publicKeys')).map((pem, index) =>
    keySigner({ name: `${name}, key ${index + 1}`, pem, hash, needsLog: rekor['ignoreTlog'] !== true }),
  );
}

function keylessSigner(value: JsonValue | undefined): ForeignSigner {
  const keyless = isObject(value) ? value : refuse('an attestor has neither keys nor keyless');
  const own = ['roots', 'additionalExtensions'].find((field) => keyless[field] !== undefined && keyless[field] !== '');
  if (own !== undefined) refuse(`an attestor uses the field ${own}`);
  refuseTimestamps(keyless);
  if (textAt(objectAt(keyless, 'ctlog'), 'pubkey') !== '') refuse('an attestor brings a certificate log');
  if (logOf(keyless)['ignoreTlog'] === true) refuse('an attestor takes certificates that no log holds');
  const { issuer, subject } = identityAt(keyless, wildcards);
  if (issuer === '' && subject === '') refuse('an attestor names nobody: any keyless signature would do');
  // One of the two alone is enough there: https://github.com/kyverno/kyverno/blob/main/pkg/image/verifiers/cpol/cosign/cosign.go
  return { signer: identitySigner({ issuer: issuer || '**', subject: subject || '**' }) };
}

function refuseTimestamps(attestor: JsonObject): void {
  if (textAt(objectAt(attestor, 'ctlog'), 'tsaCertChain') !== '') refuse('an attestor brings a timestamp authority');
}

/** Certificates of the public instance are in a certificate log, and presync asks for that in any case. */
export function ignoresCertificateLog(value: JsonValue): boolean {
  return listAt(value, 'attestors')
    .flatMap((set) => listAt(set, 'entries'))
    .some((entry) => objectAt(objectAt(entry, 'keyless'), 'ctlog')['ignoreSCT'] === true);
}

function logOf(attestor: JsonObject): JsonObject {
  const rekor = objectAt(attestor, 'rekor');
  const url = textAt(rekor, 'url');
  if (textAt(rekor, 'pubkey') !== '' || (url !== '' && url !== 'https://rekor.sigstore.dev'))
    refuse('an attestor asks a log of its own');
  return rekor;
}

/** Plain fields have wildcards too: https://github.com/kyverno/kyverno/blob/main/pkg/image/verifiers/cpol/cosign/cosign.go */
function wildcards(text: string): string {
  if (text.includes('?')) refuse(`${text} has a wildcard for one character`);
  return text.replace(/\*+/g, '**');
}
