import { looser } from '../../../model/demand-cover.ts';
import { canonicalJson, listAt, objectAt, textAt } from '../../../model/json.ts';
import { identityKey, type Manifest, type ObjectId } from '../../../model/manifest.ts';
import type { ImageRule, SignerRule } from '../../../model/policy.ts';
import { looserProof } from '../../../model/proof-cover.ts';
import { withSigners } from '../../../model/proof-rule.ts';
import type { TrustedKey } from '../../../model/provenance.ts';
import { holdsWherever } from './covers.ts';
import { isMoot } from './flux-moot.ts';
import type { GuardLost } from './guard-lost.ts';
import { actionOf, isAsked, isDenying, isEvaluated, isPolicyException } from './image-validating-policy.ts';
import { foreignRules, readerOf } from './index.ts';
import { isExceptedBy, isRuleException, verifyingRules } from './kyverno-exceptions.ts';
import { nameOf } from './reading.ts';
import type { ForeignRoot } from '../../../model/sigstore-keys.ts';
import { webhooksLost } from './webhook-lost.ts';

/**
 * What other tools ask of images at the base and no longer after the merge, cluster by cluster: over whole worlds, since one object
 * may take over what another one asked. What only advises guards nothing.
 */
export function guardsLost(base: readonly Manifest[], merged: readonly Manifest[]): readonly GuardLost[] {
  const lost = [merged, ...overridden(base, merged)].flatMap((after) => lostBetween(base, after));
  return [...new Map(lost.map((one) => [canonicalJson([objectKey(one.guard), one.key, one.message]), one])).values()];
}

/** Guards, and what decides what they ask. */
const CLUSTER_WIDE = new Set([
  'ClusterImagePolicy',
  'ClusterPolicy',
  'ImageValidatingPolicy',
  'TrustRoot',
  'Namespace',
  'ValidatingWebhookConfiguration',
]);

/** Of two objects of one name the cluster has whichever was applied last: the other world is the one in which that is the new one. */
function overridden(base: readonly Manifest[], merged: readonly Manifest[]): readonly (readonly Manifest[])[] {
  const known = new Set(base.filter(isDeciding).map(contentKey));
  const deciding = merged.filter(isDeciding);
  const twins = new Set(deciding.filter((one) => !known.has(contentKey(one))).map(objectKey));
  const isOld = (one: Manifest) => isDeciding(one) && twins.has(objectKey(one)) && known.has(contentKey(one));
  return deciding.some(isOld) ? [merged.filter((one) => !isOld(one))] : [];
}

/** Without a namespace of their own two objects of one name may stand in two namespaces. */
function isDeciding(one: Manifest): boolean {
  if (CLUSTER_WIDE.has(one.id.kind)) return true;
  return one.id.namespace !== '' && (one.id.kind === 'Secret' || readerOf(one) !== undefined);
}

function contentKey(one: Manifest): string {
  return `${objectKey(one)} ${canonicalJson(one.object)}`;
}

function lostBetween(base: readonly Manifest[], merged: readonly Manifest[]): readonly GuardLost[] {
  const before = base.filter((manifest) => readerOf(manifest) !== undefined);
  const after = new Map(merged.map((manifest) => [objectKey(manifest), manifest]));
  const labels = new Map<string, string>();
  const all = rulesOf(base, labels);
  // Whether one that comes counts is not known: what it may take away is said below.
  const known = new Set(base.filter(isRuleException).map(exceptionText));
  const asked = rulesOf(
    merged.filter((one) => !isRuleException(one) || known.has(exceptionText(one))),
    labels,
  );
  const worlds = { base, merged, asked };
  const unread = new Set(foreignRules(base).unread.map(({ object, cluster }) => placeKey(cluster, object)));
  const lostRules = before.flatMap((guard) => {
    const rules = all.filter(({ from, cluster }) => cluster === guard.cluster && isOf(from, guard));
    const now = after.get(objectKey(guard));
    const open = rules.filter((rule) => !isMoot(guard, rule, worlds));
    const lost = open.flatMap((rule) => ruleLost(rule, asked, guard, now));
    const isUnread = unread.has(objectKey(guard)) && !isMoot(guard, undefined, worlds);
    const isWhole = isUnread || isDenying(guard);
    return lost.length > 0 || !isWhole ? lost : unreadLost(guard, now);
  });
  return [...lostRules, ...exempted(base, merged, all), ...webhooksLost(base, merged)];
}

function objectKey({ cluster, id }: Manifest): string {
  return placeKey(cluster, id);
}

function placeKey(cluster: string, id: ObjectId): string {
  return [cluster, identityKey(id)].join('\u0001');
}

function isOf(from: string, guard: Manifest): boolean {
  return from === nameOf(guard) || from.startsWith(`${nameOf(guard)} (`);
}

/** Rules in which keys and roots are called by what they are: the same keep their meaning wherever they are written. */
function rulesOf(manifests: readonly Manifest[], labels: Map<string, string>): readonly ImageRule[] {
  const { rules, keys, roots } = foreignRules(manifests);
  const names = new Map(roots.map((root) => [root.name, rootLabel(root, labels)]));
  const texts = new Map(keys.map((key) => [key.name, keyText(key, names)]));
  const renamed = (one: SignerRule): SignerRule => {
    if (one.kind === 'key') return { kind: 'key', key: texts.get(one.key) ?? one.key };
    return one.kind === 'keyless' && one.root !== undefined ? { ...one, root: names.get(one.root) ?? one.root } : one;
  };
  return rules.map((rule) => {
    const { signature, proof } = rule.require;
    const parts = {
      ...(signature === undefined ? {} : { signature: { ...signature, anyOf: signature.anyOf.map(renamed) } }),
      ...(proof === undefined ? {} : { proof: withSigners(proof, renamed) }),
    };
    return { ...rule, require: { ...rule.require, ...parts } };
  });
}

/** One label for one content, on both sides: whoever swaps the keys of a root has made another root. */
function rootLabel({ name, ...content }: ForeignRoot, labels: Map<string, string>): string {
  const key = canonicalJson(content);
  const taken = new Set(labels.values());
  const label = labels.get(key) ?? (taken.has(name) ? `${name} (other keys ${labels.size})` : name);
  labels.set(key, label);
  return label;
}

/** The whole key: a part of it could be made to look alike. */
function keyText({ pem, hash, needsLog, root }: TrustedKey, names: ReadonlyMap<string, string>): string {
  const body = pem.replace(/-----[^-]*-----|\s/g, '');
  const under = root === undefined ? '' : ` under ${names.get(root) ?? root}`;
  return `key ${body}${needsLog ? ' with a log entry' : ''}${under}${hash === undefined ? '' : ` (${hash})`}`;
}

/** For a reader the end of a key will do. */
function shortened(clause: string): string {
  return clause.replace(/key [A-Za-z0-9+/=]*([A-Za-z0-9+/=]{12})/g, 'key …$1');
}

function ruleLost(
  rule: ImageRule,
  asked: readonly ImageRule[],
  guard: Manifest,
  now: Manifest | undefined,
): readonly GuardLost[] {
  if (rule.mode !== 'block') return [];
  const covering = asked.filter((other) => holdsWherever(other, rule));
  const [nearest] = covering.map((other) => looserThan(rule, other)).toSorted((a, b) => a.length - b.length);
  if (nearest?.length === 0) return [];
  const what = now === undefined ? 'is taken away' : 'asks for less';
  const clause =
    nearest === undefined
      ? `images of ${rule.match} would run without its signature check`
      : shortened(nearest.join('; '));
  return [
    { guard, key: `${rule.from} ${rule.match}`, message: `${nameOf(guard)} ${what}; ${clause}`, isCertain: true },
  ];
}

function looserThan(before: ImageRule, after: ImageRule): readonly string[] {
  const isPlain = before.require.proof === undefined && after.require.proof === undefined;
  return isPlain ? looser('signature', before, after) : looserProof(before, after);
}

/** What is not understood is a guard all the same: taken away it is lost, changed it may be. */
function unreadLost(guard: Manifest, now: Manifest | undefined): readonly GuardLost[] {
  const place = { guard, key: 'whole' };
  if (now === undefined)
    return [
      {
        ...place,
        message: `${nameOf(guard)} is taken away; what it asks of images would not be asked any more`,
        isCertain: true,
      },
    ];
  if (canonicalJson(now.object['spec']) === canonicalJson(guard.object['spec'])) return [];
  if (isEvaluated(guard) && actionOf(now) === 'advise')
    return [
      {
        ...place,
        message: `${nameOf(guard)} asks for less; it would only report what it denies today`,
        isCertain: true,
      },
    ];
  if (isEvaluated(guard) && !isAsked(now))
    return [{ ...place, message: `${nameOf(guard)} asks for less; it would let everything in`, isCertain: true }];
  const message = `${nameOf(guard)} says something else; whether it asks for as much, its own tool alone can tell`;
  return [{ ...place, message, isCertain: false }];
}

/** Whether an exception counts is a setting of the cluster, so a new one may take a guard away. */
function exempted(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  rules: readonly ImageRule[],
): readonly GuardLost[] {
  const known = new Set(base.filter(isException).map(exceptionText));
  const asking = rules.filter(({ mode }) => mode === 'block');
  const guards = base.filter(
    (one) => isDenying(one) || asking.some(({ from, cluster }) => cluster === one.cluster && isOf(from, one)),
  );
  const added = merged.filter((one) => isException(one) && !known.has(exceptionText(one)));
  return added.flatMap((exception) =>
    guards
      .filter((one) => one.cluster === exception.cluster && isMeant(exception, one))
      .map((guard) => ({
        guard,
        key: nameOf(exception),
        message: `${nameOf(exception)} may leave objects out of ${nameOf(guard)}`,
        isCertain: false,
      })),
  );
}

function isException(one: Manifest): boolean {
  return isPolicyException(one) || isRuleException(one);
}

function exceptionText(exception: Manifest): string {
  return `${objectKey(exception)} ${canonicalJson(exception.object['spec'])}`;
}

function isMeant(exception: Manifest, guard: Manifest): boolean {
  if (isRuleException(exception)) return verifyingRules(guard).some((rule) => isExceptedBy(exception, guard, rule));
  const { kind, name } = guard.id;
  const refs = listAt(objectAt(exception.object, 'spec'), 'policyRefs');
  return refs.some((ref) => textAt(ref, 'kind') === kind && textAt(ref, 'name') === name);
}
