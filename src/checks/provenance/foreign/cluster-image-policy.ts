import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { controllerPattern } from './image-pattern.ts';
import { identityAt, identitySigner, literalText } from './keyless.ts';
import {
  type ForeignSigner,
  hashOf,
  keySigner,
  nameOf,
  NOTHING,
  publicKeysIn,
  type Reading,
  refuse,
} from './reading.ts';

/** Namespaces opt in: https://github.com/sigstore/policy-controller/blob/main/config/500-webhook-configuration.yaml */
const INCLUDE = 'policy.sigstore.dev/include';

/**
 * ClusterImagePolicy of policy-controller: every policy that matches must hold, in it any authority suffices.
 * https://github.com/sigstore/policy-controller/blob/main/pkg/apis/policy/v1beta1/clusterimagepolicy_types.go
 */
export function clusterImagePolicy(manifest: Manifest, all: readonly Manifest[]): Reading {
  const spec = objectAt(manifest.object, 'spec');
  if (listAt(spec, 'match').length > 0) refuse('it selects objects by kind or label (match)');
  const authorities = listAt(spec, 'authorities').map((value) => (isObject(value) ? value : {}));
  if (authorities.length === 0) refuse('it names no authority');
  if (authorities.some((one) => staticAction(one) === 'pass')) return { ...NOTHING, unread: policyLeft(spec) };
  const signers = authorities
    .filter((one) => staticAction(one) === '')
    .map((one, index) => signersOf(one, index, manifest));
  const formats = formatsOf(authorities.filter((one) => staticAction(one) === ''));
  const rules = listAt(spec, 'images').map(
    (image): ImageRule => ({
      match: controllerPattern(textAt(image, 'glob')),
      from: nameOf(manifest),
      cluster: manifest.cluster,
      namespaces: includedNamespaces(manifest.cluster, all),
      mode: modeOf(spec),
      require: {
        digest: false,
        signature: { anyOf: signers.flat().map(({ signer }) => signer), count: 1 },
        platforms: 'index',
        formats,
      },
    }),
  );
  return { rules, keys: signers.flat().flatMap(({ key }) => key ?? []), unread: policyLeft(spec) };
}

function modeOf(spec: JsonObject): ImageRule['mode'] {
  const mode = textAt(spec, 'mode');
  if (mode === 'warn') return 'advise';
  return ['', 'enforce'].includes(mode) ? 'block' : refuse(`its mode ${mode} is none`);
}

function staticAction(authority: JsonObject): string {
  return textAt(objectAt(authority, 'static'), 'action');
}

function policyLeft(spec: JsonObject): readonly string[] {
  return isObject(spec['policy']) ? ['its policy (CUE or Rego) is not applied'] : [];
}

/** Only there the webhook is asked; where no Namespace says so, the cluster knows more than Git. */
function includedNamespaces(cluster: string, all: readonly Manifest[]): readonly string[] {
  const found = all.filter(
    ({ id, cluster: other, object }) =>
      other === cluster &&
      id.kind === 'Namespace' &&
      id.apiVersion === 'v1' &&
      textAt(objectAt(objectAt(object, 'metadata'), 'labels'), INCLUDE) === 'true',
  );
  return found.length === 0
    ? refuse(`no Namespace of this cluster has the label ${INCLUDE}: "true" in Git, so where it holds is not known`)
    : found.map(({ id }) => id.name);
}

function formatsOf(authorities: readonly JsonObject[]): ImageRule['require']['formats'] {
  const named = [...new Set(authorities.map((one) => textAt(one, 'signatureFormat') || 'legacy'))];
  if (named.length > 1) return refuse('its authorities take different formats');
  return named[0] === 'bundle' ? ['sigstore-bundle'] : ['cosign-signature'];
}

function signersOf(authority: JsonObject, index: number, manifest: Manifest): readonly ForeignSigner[] {
  refuseParts(authority);
  const key = authority['key'];
  if (isObject(key) && isObject(authority['keyless'])) refuse('an authority has key and keyless, and may have one');
  if (isObject(key))
    return publicKeysIn(keyText(key)).map((pem, at) => {
      const name = `${nameOf(manifest)} in ${manifest.cluster}, authority ${index + 1}${at === 0 ? '' : `, key ${at + 1}`}`;
      return keySigner({
        name,
        pem,
        hash: hashOf(textAt(key, 'hashAlgorithm')),
        needsLog: isObject(authority['ctlog']),
      });
    });
  const identities = listAt(keylessOf(authority['keyless']), 'identities');
  if (identities.length === 0) refuse('it names no identity');
  return identities.map((identity) => ({ signer: identitySigner(identityAt(identity, literalText)) }));
}

/** What changes who is believed, and is known to the cluster only. */
function refuseParts(authority: JsonObject): void {
  if (listAt(authority, 'attestations').length > 0) refuse('it asks for attestations in place of signatures');
  if (isObject(authority['rfc3161timestamp'])) refuse('it asks for a timestamp of an authority that the cluster knows');
  if (textAt(objectAt(authority, 'ctlog'), 'trustRootRef') !== '') refuse('its log stands in a TrustRoot');
  const url = textAt(objectAt(authority, 'ctlog'), 'url');
  if (url !== '' && url !== 'https://rekor.sigstore.dev') refuse(`it asks the log ${url}`);
  const elsewhere = listAt(authority, 'source').some(
    (one) => textAt(one, 'oci') !== '' || textAt(one, 'tagPrefix') !== '',
  );
  if (elsewhere) refuse('its signatures lie elsewhere (source)');
}

function keyText(key: JsonObject): string {
  return (
    textAt(key, 'data') || refuse('its key is not written out; a secret or a key service is known to the cluster only')
  );
}

function keylessOf(value: JsonValue | undefined): JsonObject {
  const keyless = isObject(value) ? value : refuse('it has neither key nor keyless');
  const url = textAt(keyless, 'url');
  if (url !== '' && url !== 'https://fulcio.sigstore.dev') refuse(`its certificates come from ${url}`);
  const own = ['ca-cert', 'trustRootRef', 'insecureIgnoreSCT'].find((field) => keyless[field] !== undefined);
  return own === undefined ? keyless : refuse(`its certificates stand under a root of its own (${own})`);
}
