import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../../model/json.ts';
import { identityAt, identitySigner } from './keyless.ts';
import { type ForeignSigner, hashOf, keySigner, publicKeysIn, refuse } from './reading.ts';

export interface AttestorSet {
  readonly signers: readonly ForeignSigner[];
  readonly count: number;
}

/** Without a count every entry must have signed; several keys in one entry are several entries. */
export function attestorSet(set: JsonValue, name: string): AttestorSet {
  const signers = listAt(set, 'entries').flatMap((entry, index) =>
    signersOf(isObject(entry) ? entry : {}, `${name}, entry ${index + 1}`),
  );
  const count = isObject(set) ? set['count'] : undefined;
  if (signers.length === 0) refuse('a set of attestors has no entries');
  return { signers, count: typeof count === 'number' && count > 0 ? count : signers.length };
}

function signersOf(entry: JsonObject, name: string): readonly ForeignSigner[] {
  const odd = ['attestor', 'annotations', 'repository', 'certificates'].find(
    (field) => entry[field] !== undefined && entry[field] !== '',
  );
  if (odd !== undefined) refuse(`an attestor uses the field ${odd}`);
  return isObject(entry['keys']) ? keySigners(entry['keys'], name) : [keylessSigner(entry['keyless'])];
}

function keySigners(keys: JsonObject, name: string): readonly ForeignSigner[] {
  const rekor = logOf(keys);
  if (isObject(keys['ctlog']) && textAt(keys['ctlog'], 'tsaCertChain') !== '')
    refuse('an attestor brings a timestamp authority');
  const hash = hashOf(textAt(keys, 'signatureAlgorithm'));
  return publicKeysIn(textAt(keys, 'publicKeys')).map((pem, index) =>
    keySigner({ name: `${name}, key ${index + 1}`, pem, hash, needsLog: rekor['ignoreTlog'] !== true }),
  );
}

function keylessSigner(value: JsonValue | undefined): ForeignSigner {
  const keyless = isObject(value) ? value : refuse('an attestor has neither keys nor keyless');
  const own = ['roots', 'additionalExtensions', 'ctlog'].find(
    (field) => keyless[field] !== undefined && keyless[field] !== '',
  );
  if (own !== undefined) refuse(`an attestor uses the field ${own}`);
  if (logOf(keyless)['ignoreTlog'] === true) refuse('an attestor takes certificates that no log holds');
  return { signer: identitySigner(identityAt(keyless, wildcards)) };
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
