import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt, textsAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { type ImagesOf, isWithoutRegistry, kyvernoImages } from './image-pattern.ts';
import { actionsOf, namespaceGlob, type Where } from './kyverno-actions.ts';
import { withoutExcepted } from './kyverno-exceptions.ts';
import { formatsOf, placeOf, readAttestation } from './kyverno-attestations.ts';
import {
  type AttestorSet,
  attestorSet,
  ignoresCertificateLog,
  plainSigners,
  proofOfSet,
  signersIn,
} from './kyverno-attestors.ts';
import { type ForeignSigner, joined, nameOf, NOTHING, type Reading, readingOf, refuse } from './reading.ts';

/** Kyverno's own settings leave these out: https://github.com/kyverno/kyverno/blob/main/charts/kyverno/values.yaml (resourceFilters) */
export const LEFT_OUT = ['kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Rules `verifyImages` of ClusterPolicy and Policy: every rule that matches must hold, and in it every set of attestors.
 * https://github.com/kyverno/kyverno/blob/main/api/kyverno/v1/image_verification_types.go
 */
export function kyvernoPolicy(manifest: Manifest, all: readonly Manifest[]): Reading {
  const spec = objectAt(manifest.object, 'spec');
  if (spec['admission'] === false) return NOTHING;
  const rules = listAt(spec, 'rules').filter((rule) => listAt(rule, 'verifyImages').length > 0);
  if (rules.length > 0) refuseConditions(spec);
  return joined(
    rules.flatMap((rule) =>
      listAt(rule, 'verifyImages').map((value, index) =>
        readingOf(() => readVerification({ manifest, all, spec, rule, value: isObject(value) ? value : {}, index })),
      ),
    ),
  );
}

interface Place {
  readonly manifest: Manifest;
  readonly all: readonly Manifest[];
  readonly spec: JsonObject;
  readonly rule: JsonValue;
  readonly value: JsonObject;
  readonly index: number;
}

function readVerification(place: Place): Reading {
  const { manifest, all, spec, rule, value, index } = place;
  refuseParts(value);
  const name = `${nameOf(manifest)} in ${manifest.cluster}, rule ${textAt(rule, 'name')}, entry ${index + 1}`;
  const sets = listAt(value, 'attestors').map((set, at) => attestorSet(set, `${name}, attestors ${at + 1}`));
  const attested = listAt(value, 'attestations').map((one, at) =>
    readAttestation(one, value, `${name}, attestation ${at + 1}`),
  );
  const required = [...sets.map((set) => signatureOf(set, value)), ...attested.flatMap(({ required: own }) => own)];
  const written = actionsOf(spec, rule, namespacesOf(manifest, rule));
  const { actions, unread } = withoutExcepted(written, { policy: manifest, rule: textAt(rule, 'name'), all });
  const skipped = skippedBy(value);
  const rules = patternsOf(value).flatMap((images) =>
    actions.flatMap((action) =>
      required.map(
        (more): ImageRule => ({
          ...images,
          ...skipped,
          from: `${nameOf(manifest)} (rule ${textAt(rule, 'name')})`,
          cluster: manifest.cluster,
          ...action,
          require: { digest: false, platforms: 'index', ...more },
        }),
      ),
    ),
  );
  const signers = [...sets, ...attested.flatMap(({ sets: own }) => own)].flatMap(signersIn);
  const keys = signers.flatMap(({ key }: ForeignSigner) => key ?? []);
  return { rules, keys, unread: [...attested.flatMap((one) => one.unread), ...partsLeft(value), ...unread] };
}

type Required = Partial<ImageRule['require']>;

/** As users write it where it can be: two such rules can be compared signer by signer. */
function signatureOf(set: AttestorSet, value: JsonObject): Required {
  const formats = formatsOf(value);
  const plain = plainSigners(set);
  const place = placeOf(value);
  if (plain === undefined || place.at !== undefined) return { proof: proofOfSet(set, { formats, ...place }) };
  return { signature: { anyOf: plain.map(({ signer }) => signer), count: set.count }, formats };
}

/** Asked for besides the signatures; what is not applied is said, the signatures are. */
function partsLeft(value: JsonObject): readonly string[] {
  const written = patternsIn(value).filter(isWithoutRegistry);
  const skipped = textsAt(value, 'skipImageReferences').filter(
    (one) => !/[^:]\*$|^\*$/.test(one) || one.startsWith('docker.io/'),
  );
  return [
    ...(isObject(value['validate']) ? ['its conditions on attestations (validate) are not applied'] : []),
    ...(value['mutateDigest'] === false && value['verifyDigest'] !== false
      ? ['that images must have a digest is not asked for; images[].require.digest does']
      : []),
    ...(ignoresCertificateLog(value)
      ? ['its certificates need a certificate log here (ignoreSCT is not followed)']
      : []),
    ...written.map(
      (one) => `${one} names no registry: here it means Docker Hub, there only by a setting of the cluster`,
    ),
    ...skipped.map(
      (one) =>
        `${one} leaves out single tags or one spelling of Docker Hub, which are not left out here (skipImageReferences)`,
    ),
  ];
}

/** What keeps the whole policy from being asked: https://github.com/kyverno/kyverno/blob/main/api/kyverno/v1/spec_types.go */
function refuseConditions(spec: JsonObject): void {
  if (listAt(objectAt(spec, 'webhookConfiguration'), 'matchConditions').length > 0)
    refuse('it is asked under conditions (webhookConfiguration.matchConditions)');
  if (textAt(spec, 'applyRules') === 'One' && listAt(spec, 'rules').length > 1)
    refuse('only the first of its rules that matches is applied (applyRules)');
}

function refuseParts(value: JsonObject): void {
  if (textAt(value, 'type') === 'Notary') refuse('Notary signatures are not verified here');
  const old = ['key', 'roots', 'subject', 'issuer', 'additionalExtensions', 'annotations'];
  const found = old.find((field) => value[field] !== undefined && value[field] !== '');
  if (found !== undefined) refuse(`it uses the field ${found}`);
}

function patternsIn(value: JsonObject): readonly string[] {
  return [...textsAt(value, 'imageReferences'), ...[textAt(value, 'image')].filter((one) => one !== '')];
}

function patternsOf(value: JsonObject): readonly ImagesOf[] {
  const written = patternsIn(value);
  return written.length === 0 ? refuse('it names no images') : written.map(kyvernoImages);
}

function skippedBy(value: JsonObject): Pick<ImageRule, 'exceptReferences'> {
  const skipped = textsAt(value, 'skipImageReferences');
  const variable = skipped.find((one) => /\{\{|\$\(/.test(one));
  if (variable !== undefined) refuse(`${variable} is filled in by the cluster`);
  return skipped.length === 0 ? {} : { exceptReferences: skipped.map((pattern) => ({ tool: 'kyverno', pattern })) };
}

function namespacesOf(manifest: Manifest, rule: JsonValue): Where {
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
  return textsAt(resources, 'namespaces').map(namespaceGlob);
}
