import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { SignerRule } from '../../../model/policy.ts';
import type { ProofRule } from '../../../model/policy.ts';
import { someOf } from '../../../model/proof-rule.ts';
import type { AttachmentFormat, TrustedKey } from '../../../model/provenance.ts';
import { identityAt, identitySigner, literalText } from './keyless.ts';
import { predicateTypeOf } from './predicate-type.ts';
import { repositoryAt } from './repository-at.ts';
import { hashOf, keySigner, nameOf, publicKeysIn, refuse } from './reading.ts';
import { onlyValueOf, secretNamed } from './secret-keys.ts';
import type { ForeignRoot } from '../../../model/sigstore-keys.ts';
import { rootOf } from './trust-root.ts';

/** Who suffices for an authority of a ClusterImagePolicy. */
export interface AuthorityReading {
  /** Any of them; none where nobody can. */
  readonly anyOf: readonly ProofRule[];
  readonly key?: TrustedKey | undefined;
  readonly root?: ForeignRoot | undefined;
  readonly unread: readonly string[];
}

export interface AuthorityPlace {
  readonly authority: JsonObject;
  readonly index: number;
  readonly manifest: Manifest;
  readonly all: readonly Manifest[];
}

const NOBODY: AuthorityReading = { anyOf: [], unread: [] };

/** https://github.com/sigstore/policy-controller/blob/main/pkg/webhook/validator.go (ValidatePolicy) */
export function readAuthority(place: AuthorityPlace): AuthorityReading {
  const { authority } = place;
  if (['key', 'keyless', 'static'].filter((part) => isObject(authority[part])).length > 1)
    refuse('an authority has key and keyless, or static, and may have one');
  if (isObject(authority['static'])) return NOBODY;
  refusePlaces(authority);
  return isObject(authority['key']) ? byKey(place, authority['key']) : byIdentities(place);
}

function byKey({ authority, index, manifest, all }: AuthorityPlace, key: JsonObject): AuthorityReading {
  if (isBundle(authority))
    return nobodyBecause('takes bundles by a key, which policy-controller does not verify', index);
  if (isObject(authority['rfc3161timestamp'])) refuse('it asks for a timestamp beside a key');
  // Whatever follows the first key is not read there.
  const [pem = ''] = publicKeysIn(keyText(key, manifest, all));
  const log = textAt(objectAt(authority, 'ctlog'), 'trustRootRef');
  const root = log === '' ? 'public-good' : rootOf({ ...refsOf(authority), certificates: log }, manifest, all);
  const name = `${nameOf(manifest)} in ${manifest.cluster}, authority ${index + 1}`;
  const { signer, key: trusted } = keySigner({
    name,
    pem,
    hash: hashOf(textAt(key, 'hashAlgorithm')),
    needsLog: isObject(authority['ctlog']),
    ...(root === 'public-good' ? {} : { root: root.name }),
  });
  return { ...proofsOf(authority, [signer]), key: trusted, root: root === 'public-good' ? undefined : root };
}

function byIdentities({ authority, index, manifest, all }: AuthorityPlace): AuthorityReading {
  const keyless = authority['keyless'];
  if (!isObject(keyless)) return refuse('it has neither key nor keyless');
  const identities = listAt(keyless, 'identities');
  if (identities.length === 0) refuse('it names no identity');
  const signers = identities.map((identity) => identitySigner(identityAt(identity, literalText)));
  if (isObject(keyless['ca-cert']) && textAt(keyless, 'url') === '')
    return nobodyBecause('has a ca-cert, which policy-controller takes and never asks: nobody satisfies it', index);
  const root = keylessRoot(authority, keyless, { manifest, all });
  const own = root === 'public-good' ? undefined : root;
  const reading = proofsOf(authority, own === undefined ? signers : signers.map(underRoot(own)));
  if (keyless['insecureIgnoreSCT'] !== true) return { ...reading, root: own };
  const strict = 'an entry of a certificate log must hold here where there is one (insecureIgnoreSCT)';
  return { ...reading, root: own, unread: [...reading.unread, strict] };
}

function underRoot({ name }: ForeignRoot): (signer: SignerRule) => SignerRule {
  return (signer) => (signer.kind === 'keyless' ? { ...signer, root: name } : signer);
}

function keylessRoot(
  authority: JsonObject,
  keyless: JsonObject,
  { manifest, all }: Pick<AuthorityPlace, 'manifest' | 'all'>,
): ForeignRoot | 'public-good' {
  const refs = { ...refsOf(authority), ignoresCertificateLog: keyless['insecureIgnoreSCT'] === true };
  if (refs.certificates === '') return publicRoot(authority, keyless);
  const isElsewhere = ({ part, ref }: { readonly part: string; readonly ref: string }) =>
    isObject(authority[part]) && ref !== refs.certificates;
  const others = [
    { part: 'ctlog', ref: refs.log },
    { part: 'rfc3161timestamp', ref: refs.timestamps },
  ];
  if (refs.isBundle && others.some(isElsewhere))
    refuse('it takes bundles, and its log or timestamps stand in another TrustRoot');
  if (!refs.isBundle && refs.log === '' && textAt(objectAt(authority, 'ctlog'), 'url') !== '')
    refuse('it joins a TrustRoot with the public log');
  return rootOf(refs, manifest, all);
}

function publicRoot(authority: JsonObject, keyless: JsonObject): 'public-good' {
  const url = textAt(keyless, 'url');
  if (url !== '' && url !== 'https://fulcio.sigstore.dev') refuse(`its certificates come from ${url}`);
  if (isObject(authority['rfc3161timestamp']) || textAt(objectAt(authority, 'ctlog'), 'trustRootRef') !== '')
    refuse('it joins a TrustRoot with the public instance');
  return 'public-good';
}

function refsOf(authority: JsonObject) {
  return {
    certificates: textAt(objectAt(authority, 'keyless'), 'trustRootRef'),
    log: textAt(objectAt(authority, 'ctlog'), 'trustRootRef'),
    timestamps: textAt(objectAt(authority, 'rfc3161timestamp'), 'trustRootRef'),
    isBundle: isBundle(authority),
    ignoresCertificateLog: false,
  };
}

function isBundle(authority: JsonObject): boolean {
  return textAt(authority, 'signatureFormat') === 'bundle';
}

function nobodyBecause(reason: string, index: number): AuthorityReading {
  return { anyOf: [], unread: [`its authority ${index + 1} ${reason}`] };
}

/** Any signer with a signature; with attestations, one of each type by any of them. */
function proofsOf(authority: JsonObject, signers: readonly SignerRule[]): Pick<AuthorityReading, 'anyOf' | 'unread'> {
  const attestations = listAt(authority, 'attestations');
  const place = placeOf(authority);
  if (attestations.length === 0) {
    const formats: readonly AttachmentFormat[] = [isBundle(authority) ? 'sigstore-bundle' : 'cosign-signature'];
    return { anyOf: signers.map((signer) => ({ kind: 'proof', signer, formats, ...place })), unread: [] };
  }
  const formats: readonly AttachmentFormat[] = [isBundle(authority) ? 'sigstore-bundle' : 'cosign-attestation'];
  const each = attestations.map((one) => {
    const predicateType = predicateTypeOf(textAt(one, 'predicateType'));
    const by = signers.map((signer): ProofRule => ({ kind: 'proof', signer, predicateType, formats, ...place }));
    return someOf(by, 1);
  });
  return { anyOf: [someOf(each, each.length)], unread: attestations.flatMap(attestationLeft) };
}

/** Three short forms name a shape that the predicate must have, too. */
const SHAPED = new Set(['link', 'slsaprovenance', 'vuln']);

function attestationLeft(one: JsonValue): readonly string[] {
  const [name, type] = [textAt(one, 'name'), textAt(one, 'predicateType')];
  return [
    ...(isObject(one) && isObject(one['policy'])
      ? [`the policy (CUE or Rego) of its attestation ${name} is not applied`]
      : []),
    ...(SHAPED.has(type) ? [`the form of its attestation ${name} (${type}) is not looked at`] : []),
  ];
}

/** What changes where is looked, and what is known to the cluster only. */
function refusePlaces(authority: JsonObject): void {
  const log = objectAt(authority, 'ctlog');
  const url = textAt(log, 'url');
  if (url !== '' && url !== 'https://rekor.sigstore.dev' && textAt(log, 'trustRootRef') === '')
    refuse(`it asks the log ${url}`);
  const sources = listAt(authority, 'source');
  if (sources.length > 1) refuse('an authority has several sources, and may have one');
  if (sources.some((one) => textAt(one, 'tagPrefix') !== ''))
    refuse('its signatures lie under tags of their own (tagPrefix)');
}

/** Where its signatures lie; pull secrets are nothing that changes what they say. */
function placeOf(authority: JsonObject): { readonly at?: string } {
  const [source] = listAt(authority, 'source');
  const oci = textAt(source, 'oci');
  return oci === '' ? {} : { at: repositoryAt(oci) };
}

function keyText(key: JsonObject, manifest: Manifest, all: readonly Manifest[]): string {
  if (isObject(key['secretRef'])) {
    const ref = key['secretRef'];
    return onlyValueOf(secretNamed(textAt(ref, 'name'), textAt(ref, 'namespace') || 'cosign-system', manifest, all));
  }
  return textAt(key, 'data') || refuse('its key is not written out; a key service is known to the cluster only');
}
