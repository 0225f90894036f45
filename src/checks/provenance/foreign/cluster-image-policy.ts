import {
  canonicalJson,
  isObject,
  type JsonObject,
  type JsonValue,
  listAt,
  objectAt,
  textAt,
} from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { ImageRule, ObjectSelector } from '../../../model/policy.ts';
import type { ProofRule } from '../../../model/policy.ts';
import { someOf } from '../../../model/proof-rule.ts';
import { readAuthority } from './authority.ts';
import { controllerImages } from './image-pattern.ts';
import { includedNamespaces } from './included.ts';
import { nameOf, NOTHING, type Reading, refuse } from './reading.ts';

/**
 * ClusterImagePolicy of policy-controller: every policy that matches must hold, in it any authority suffices.
 * https://github.com/sigstore/policy-controller/blob/main/pkg/apis/policy/v1beta1/clusterimagepolicy_types.go
 */
export function clusterImagePolicy(manifest: Manifest, all: readonly Manifest[]): Reading {
  const spec = objectAt(manifest.object, 'spec');
  const authorities = listAt(spec, 'authorities').map((value) => (isObject(value) ? value : {}));
  if (authorities.length === 0) refuse('it names no authority');
  if (authorities.some((one) => staticAction(one) === 'pass')) return { ...NOTHING, unread: policyLeft(spec) };
  const read = authorities.map((authority, index) => readAuthority({ authority, index, manifest, all }));
  const where = includedNamespaces(manifest.cluster, all);
  const require = requireOf(
    read.flatMap(({ anyOf }) => anyOf),
    authorities,
  );
  const rules = listAt(spec, 'images').map(
    (image): ImageRule => ({
      ...controllerImages(textAt(image, 'glob')),
      from: nameOf(manifest),
      cluster: manifest.cluster,
      ...where,
      ...objectsOf(spec),
      mode: modeOf(spec),
      require,
    }),
  );
  return {
    rules,
    keys: read.flatMap(({ key }) => key ?? []),
    roots: read.flatMap(({ root }) => root ?? []),
    unread: [...read.flatMap(({ unread }) => unread), ...policyLeft(spec)],
  };
}

/** Where all are signatures of one format, as users write it: two such rules can be compared signer by signer. */
function requireOf(anyOf: readonly ProofRule[], authorities: readonly JsonObject[]): ImageRule['require'] {
  const base = { digest: false, platforms: 'index' } as const;
  const leaves = anyOf.flatMap((one) => (isPlain(one) ? [one] : []));
  const formats = new Set(leaves.map((leaf) => canonicalJson(leaf.formats)));
  if (leaves.length < anyOf.length || formats.size > 1) return { ...base, proof: someOf(anyOf, 1) };
  const messages = authorities.map((one) => textAt(objectAt(one, 'static'), 'message')).filter((text) => text !== '');
  return {
    ...base,
    signature: { anyOf: leaves.map(({ signer }) => signer), count: 1 },
    formats: leaves[0]?.formats ?? ['cosign-signature'],
    ...(leaves.length === 0 && messages.length > 0 ? { refusal: messages.join('; ') } : {}),
  };
}

type Leaf = Extract<ProofRule, { kind: 'proof' }>;

function isPlain(one: ProofRule): one is Leaf {
  return one.kind === 'proof' && one.predicateType === undefined && one.at === undefined;
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

/** https://github.com/sigstore/policy-controller/blob/main/pkg/apis/config/image_policies.go (GetMatchingPolicies) */
function objectsOf(spec: JsonObject): Pick<ImageRule, 'objects'> {
  const match = listAt(spec, 'match');
  return match.length === 0 ? {} : { objects: match.map(objectSelector) };
}

function objectSelector(one: JsonValue): ObjectSelector {
  const [group, version, resource] = [textAt(one, 'group'), textAt(one, 'version'), textAt(one, 'resource')];
  const selector = isObject(one) && isObject(one['selector']) ? { selector: one['selector'] } : {};
  return { group, version, resource, ...selector };
}
