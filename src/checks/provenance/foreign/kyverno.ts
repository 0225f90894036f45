import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt, textsAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { kyvernoPattern } from './image-pattern.ts';
import { attestorSet } from './kyverno-attestors.ts';
import { type ForeignSigner, joined, nameOf, type Reading, readingOf, refuse } from './reading.ts';

/** Kyverno's own settings leave these out: https://github.com/kyverno/kyverno/blob/main/charts/kyverno/values.yaml (resourceFilters) */
export const LEFT_OUT = ['kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Rules `verifyImages` of ClusterPolicy and Policy: every rule that matches must hold, and in it every set of attestors.
 * https://github.com/kyverno/kyverno/blob/main/api/kyverno/v1/image_verification_types.go
 */
export function kyvernoPolicy(manifest: Manifest): Reading {
  const spec = objectAt(manifest.object, 'spec');
  const rules = listAt(spec, 'rules').filter((rule) => listAt(rule, 'verifyImages').length > 0);
  return joined(
    rules.flatMap((rule) =>
      listAt(rule, 'verifyImages').map((value, index) =>
        readingOf(() => readVerification({ manifest, spec, rule, value: isObject(value) ? value : {}, index })),
      ),
    ),
  );
}

interface Place {
  readonly manifest: Manifest;
  readonly spec: JsonObject;
  readonly rule: JsonValue;
  readonly value: JsonObject;
  readonly index: number;
}

function readVerification({ manifest, spec, rule, value, index }: Place): Reading {
  const where = namespacesOf(manifest, rule);
  refuseParts(value);
  const name = `${nameOf(manifest)} in ${manifest.cluster}, rule ${textAt(rule, 'name')}, entry ${index + 1}`;
  const sets = listAt(value, 'attestors').map((set, at) => attestorSet(set, `${name}, attestors ${at + 1}`));
  const mode = modeOf(spec, value);
  const rules = patternsOf(value).flatMap((match) =>
    sets.map(
      ({ signers, count }): ImageRule => ({
        match,
        from: `${nameOf(manifest)} (rule ${textAt(rule, 'name')})`,
        cluster: manifest.cluster,
        ...where,
        mode,
        require: {
          digest: false,
          signature: { anyOf: signers.map(({ signer }) => signer), count },
          platforms: 'index',
          formats: formatsOf(value),
        },
      }),
    ),
  );
  const keys = sets.flatMap(({ signers }) => signers.flatMap(({ key }: ForeignSigner) => key ?? []));
  return { rules, keys, unread: partsLeft(value) };
}

/** Asked for besides the signatures; what is not applied is said, the signatures are. */
function partsLeft(value: JsonObject): readonly string[] {
  return [
    ...(listAt(value, 'attestations').length > 0 ? ['its attestations are not asked for'] : []),
    ...(isObject(value['validate']) ? ['its conditions on attestations (validate) are not applied'] : []),
    ...(value['mutateDigest'] === false && value['verifyDigest'] !== false
      ? ['that images must have a digest is not asked for; images[].require.digest does']
      : []),
  ];
}

function refuseParts(value: JsonObject): void {
  if (textAt(value, 'type') === 'Notary') refuse('Notary signatures are not verified here');
  if (listAt(value, 'skipImageReferences').length > 0) refuse('it leaves images out (skipImageReferences)');
  const old = ['key', 'roots', 'subject', 'issuer', 'additionalExtensions', 'annotations', 'repository'];
  const found = old.find((field) => value[field] !== undefined && value[field] !== '');
  if (found !== undefined) refuse(`it uses the field ${found}`);
}

function patternsOf(value: JsonObject): readonly string[] {
  const written = [...textsAt(value, 'imageReferences'), ...[textAt(value, 'image')].filter((one) => one !== '')];
  return written.length === 0 ? refuse('it names no images') : written.map(kyvernoPattern);
}

function formatsOf(value: JsonObject): ImageRule['require']['formats'] {
  if (textAt(value, 'type') === 'SigstoreBundle') return ['sigstore-bundle'];
  return value['cosignOCI11'] === true ? undefined : ['cosign-signature'];
}

/** The entry's own word, else that of the policy; without one it is an audit. */
function modeOf(spec: JsonObject, value: JsonObject): ImageRule['mode'] {
  if (listAt(spec, 'validationFailureActionOverrides').length > 0)
    refuse('what it does depends on the namespace (validationFailureActionOverrides)');
  const action = textAt(value, 'failureAction') || textAt(spec, 'validationFailureAction');
  return action.toLowerCase() === 'enforce' ? 'block' : 'advise';
}

function namespacesOf(manifest: Manifest, rule: JsonValue): Pick<ImageRule, 'namespaces' | 'exceptNamespaces'> {
  if (hasAny(rule, ['preconditions', 'celPreconditions', 'context']))
    refuse('it depends on what the cluster knows (context, preconditions)');
  const included = selections(objectAt(rule, 'match')).map(podNamespaces);
  const excluded = hasAny(rule, ['exclude']) ? selections(objectAt(rule, 'exclude')).flatMap(excludedNamespaces) : [];
  if (included.length === 0) refuse('it matches nothing that can be read (match)');
  const own = manifest.id.kind === 'Policy' ? [manifest.id.namespace] : undefined;
  const named = included.some((one) => one.length === 0) ? undefined : included.flat();
  if (own !== undefined && named !== undefined) refuse('a Policy of one namespace that names namespaces');
  return { namespaces: own ?? named, exceptNamespaces: [...LEFT_OUT, ...excluded] };
}

function hasAny(value: JsonValue, fields: readonly string[]): boolean {
  return isObject(value) && fields.some((field) => value[field] !== undefined && value[field] !== null);
}

/** Any of them suffices: `any`, or one alone. */
function selections(match: JsonObject): readonly JsonObject[] {
  const all = listAt(match, 'all');
  if (all.length > 1) refuse('it combines selections (all)');
  const written: readonly JsonValue[] = [
    ...listAt(match, 'any'),
    ...all,
    ...(isObject(match['resources']) ? [match] : []),
  ];
  return written.map((one) => {
    const other = Object.keys(isObject(one) ? one : {}).find((key) => !['resources', 'any', 'all'].includes(key));
    if (other !== undefined) refuse(`it selects by ${other}`);
    return objectAt(one, 'resources');
  });
}

/** Namespaces in which pods are selected; none means all. */
function podNamespaces(resources: JsonObject): readonly string[] {
  const kinds = textsAt(resources, 'kinds');
  if (!kinds.some((kind) => ['Pod', 'v1/Pod', '*', '*/*'].includes(kind))) refuse('it does not select pods');
  return namespacesIn(resources, ['kinds', 'namespaces', 'operations']);
}

function excludedNamespaces(resources: JsonObject): readonly string[] {
  const names = namespacesIn(resources, ['kinds', 'namespaces']);
  return names.length === 0 ? refuse('it excludes by other facts than namespaces') : names;
}

function namespacesIn(resources: JsonObject, known: readonly string[]): readonly string[] {
  const other = Object.keys(resources).find((key) => !known.includes(key));
  if (other !== undefined) refuse(`it selects by ${other}`);
  return textsAt(resources, 'namespaces').map((name) =>
    /[?{]/.test(name) ? refuse(`the namespace ${name} has no counterpart among patterns`) : name.replace(/\*+/g, '**'),
  );
}
