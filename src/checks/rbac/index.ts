import type { Problem } from '../../model/finding.ts';
import { identityKey, type Manifest } from '../../model/manifest.ts';
import type { Policy } from '../../model/policy.ts';
import type { Side, World } from '../../model/world.ts';
import type { Check, CheckInput } from '../check.ts';
import { isDoor } from './accounts/exposure.ts';
import { ACCOUNT_RULES } from './accounts/rules.ts';
import { admission } from './admission.ts';
import { aggregation, aggregationLabel, broadAggregation, builtinOverride } from './aggregation.ts';
import { narrowedLines } from './argocd-narrowed.ts';
import { bindings } from './bindings.ts';
import { cloudIdentity, tokenSecret } from './credentials.ts';
import { escalation } from './escalation.ts';
import { gainedPermissions } from './effective/gained.ts';
import { danglingReference, roleRefChanged } from './effective/references.ts';
import { effectiveProblems, standingProblems } from './effective/index.ts';
import { facetOf } from './facet.ts';
import { gitops, gitopsGrants } from './gitops.ts';
import { grantIn } from './grant-of.ts';
import { givesAtom } from './grants.ts';
import { ineffectiveGrant } from './ineffective.ts';
import { limitProblems } from './limits/index.ts';
import { limitRemoved } from './limits/rules.ts';
import { movedFacets, narrowedFacets, withMoved } from './moved.ts';
import { asWritten, inNamespaces } from './namespaces.ts';
import { nodes } from './nodes.ts';
import { type RbacObject, readObjects } from './object.ts';
import { expandedOf, readdressed, withMade } from './operators/index.ts';
import { operatorGrantsUnread } from './operators/unread.ts';
import { isOfPaths, PATH_RULES } from './paths/index.ts';
import { readWorkload } from './paths/workload.ts';
import { platform } from './platform.ts';
import { type RuleHit, withoutRepetition } from './repetition.ts';
import type { Context, RbacRule } from './rule.ts';
import { secrets } from './secrets.ts';
import { isOfSets, withSets } from './sets/index.ts';
import { withEvidentFixes } from './smallest.ts';
import { broadUrls } from './urls.ts';
import { wildcards } from './wildcard.ts';
import { workloads } from './workloads.ts';

/** Every rule of the family, in report order. */
export const RULES: readonly RbacRule[] = [
  ...wildcards,
  ...escalation,
  aggregationLabel,
  broadAggregation,
  aggregation,
  builtinOverride,
  ...secrets,
  cloudIdentity,
  tokenSecret,
  ...workloads,
  ...nodes,
  ...admission,
  ...platform,
  ...gitopsGrants,
  ...gitops,
  ...bindings,
  broadUrls,
  ineffectiveGrant,
  operatorGrantsUnread,
];

/** What is only seen over all objects of a cluster. */
export const WHOLE_RULES: readonly RbacRule[] = [
  gainedPermissions,
  ...PATH_RULES,
  ...ACCOUNT_RULES,
  limitRemoved,
  danglingReference,
  roleRefChanged,
];

/** Rules that look at what a role gives, or what somebody holds. */
const GRANTING: readonly RbacRule[] = [
  ...wildcards,
  ...escalation,
  ...secrets,
  ...workloads,
  ...nodes,
  ...admission,
  ...platform,
  ...gitopsGrants,
  broadUrls,
];

/** Every rule on each object alone, and then what subjects hold by all objects of their cluster. */
export const rbac: Check = {
  id: 'rbac',
  title: 'What the change may do in the cluster',
  looksAt: ({ base, merged, whole }) => {
    const touched = [...base.manifests, ...merged.manifests];
    if (isOfSets(touched, whole?.merged.manifests ?? touched)) return true;
    if (touched.some((one) => isRead(one) || isWorkload(one) || isDoor(one))) return true;
    // What ways go over matters where somebody is bound to something.
    return touched.some(isOfPaths) && (whole?.merged.manifests ?? []).some((one) => readObjects(one).some(isBinding));
  },
  run(input, signal) {
    const sets = withSets(mapWorlds(input, inNamespaces));
    const problems = judged(mapWorlds(sets.input, withMade), signal);
    const addressed = sets.addressed(readdressed(problems, worldsOf(sets.input)));
    return Promise.resolve(asWritten(addressed, worldsOf(input)));
  },
};

function worldsOf({ base, merged, whole }: CheckInput): readonly World[] {
  return [base, merged, ...(whole === undefined ? [] : [whole.base, whole.merged])];
}

function mapWorlds({ base, merged, whole, ...rest }: CheckInput, map: (world: World) => World): CheckInput {
  const everything = whole && { ...whole, base: map(whole.base), merged: map(whole.merged) };
  return { ...rest, base: map(base), merged: map(merged), whole: everything };
}

function judged({ base, merged, policy, whole }: CheckInput, signal: AbortSignal): readonly Problem[] {
  const before = found(base, policy, signal);
  const after = found(merged, policy, signal);
  const isCounted = whole !== undefined && whole.notCounted.length === 0;
  const said = [...before, ...after].map((one) => toProblem(one, isCounted));
  const moved = isCounted
    ? [movedFacets(before, after, whole.merged), narrowedFacets(base, whole.merged)].flatMap((of) =>
        restated(after, of),
      )
    : [];
  const limits = limitProblems(whole?.base.manifests ?? base.manifests, merged.manifests);
  const narrowed = restated(after, narrowedLines(before));
  const single = said.concat(alreadyGranted(before, after, base), narrowed, moved, limits);
  const looking = {
    touched: new Set([...base.manifests, ...merged.manifests].map(({ app }) => app)),
    clusters: new Set([...base.manifests, ...merged.manifests].map(({ cluster }) => cluster)),
    granting: GRANTING,
    single: newOnes(single),
    policy,
    contextOf: (cluster: string) => contextOf(cluster, policy),
  };
  if (whole === undefined) return [...single, ...standingProblems(merged.manifests, looking)];
  const effects = effectiveProblems(whole, looking, signal);
  const standing = isCounted ? withMoved(effects, base, merged) : effects;
  return withEvidentFixes([...single, ...standing], whole.merged);
}

function isRead(manifest: Manifest): boolean {
  return readObjects(manifest).length > 0 || expandedOf(manifest).length > 0;
}

function isWorkload(manifest: Manifest): boolean {
  return readWorkload(manifest) !== undefined;
}

function isBinding({ type }: RbacObject): boolean {
  return type === 'binding';
}

/** A hit with all it came from. */
interface Found extends RuleHit {
  readonly side: Side;
  readonly object: RbacObject;
}

function found({ side, manifests }: World, policy: Policy, signal: AbortSignal): readonly Found[] {
  return manifests.flatMap((manifest) => {
    signal.throwIfAborted();
    const context = contextOf(manifest.cluster, policy);
    return readObjects(manifest).flatMap((object) =>
      withoutRepetition(hitsOf(object, context)).map((each) => ({ side, object, ...each })),
    );
  });
}

function contextOf(cluster: string, { clusters }: Policy): Context {
  const version = Object.hasOwn(clusters, cluster) ? clusters[cluster]?.kubernetes : undefined;
  const minor = /^v?1\.(\d+)/.exec(version ?? '')?.[1];
  return minor === undefined ? {} : { minor: Number(minor) };
}

function hitsOf(object: RbacObject, context: Context): readonly RuleHit[] {
  return RULES.flatMap((rule) => rule.hits(object, context).map((hit) => ({ rule, hit })));
}

function toProblem({ side, rule, object, hit, alsoSays = [] }: Found, isCounted = true): Problem {
  const { id, alias, severity, enforcement, why, fix } = rule;
  const { atoms: _, ...said } = hit;
  const { app, id: objectId } = object.manifest;
  const grant =
    rule === ineffectiveGrant || rule === operatorGrantsUnread ? undefined : grantIn(object, alsoSays, isCounted);
  const granted = grant === undefined ? {} : { grant };
  return { severity, enforcement, why, fix, ...said, side, rule: id, alias, app, object: objectId, ...granted };
}

/** Those of the merge result of which the base lacks a fact. */
function newOnes(problems: readonly Problem[]): readonly Problem[] {
  const { base = [], merged = [] } = Object.groupBy(problems, ({ side }) => side);
  const known = Map.groupBy(base, problemKey);
  return merged.filter((one) => {
    const facets = new Set(known.get(problemKey(one))?.flatMap((before) => before.facets));
    return !known.has(problemKey(one)) || one.facets.some((facet) => !facets.has(facet));
  });
}

function problemKey({ rule, app, object, key }: Problem): string {
  return [rule, app, object === null ? '' : identityKey(object), key].join('\u0001');
}

/**
 * What a role of the merge result gives and the role of that name on the base gave already, perhaps by a wildcard or under a
 * wider rule that was reported in its place, is nothing new: it is stated for the base too, in the words of the merge result.
 */
function alreadyGranted(before: readonly Found[], after: readonly Found[], base: World): readonly Problem[] {
  const said = Map.groupBy(before, sameHit);
  const unsaid = after.filter((one) => !isSaid(one, said.get(sameHit(one))));
  const roles = unsaid.length === 0 ? new Map<string, RbacObject[]>() : rolesOf(base);
  return unsaid.flatMap((one) => {
    const held = roles.get(sameObject(one.object)) ?? [];
    const known = one.hit.atoms.filter((atom) =>
      held.some((role) => role.type === 'role' && givesAtom(role.grants, atom)),
    );
    return known.length === 0 ? [] : [{ ...toProblem(one), side: 'base' as const, facets: known.map(facetOf) }];
  });
}

/** Only the first of equal names is asked, lest a change with thousands of them costs their square: stating more is harmless. */
function isSaid({ hit }: Found, [first]: readonly Found[] = []): boolean {
  const facets = new Set(first?.hit.facets);
  return hit.facets.every((facet) => facets.has(facet));
}

/** Those of the merge result of which the base knows facts, stated for the base in the words of the merge result. */
function restated(after: readonly Found[], knownOf: (one: Found) => readonly string[]): readonly Problem[] {
  return after.flatMap((one) => {
    const facets = knownOf(one);
    return facets.length === 0 ? [] : [{ ...toProblem(one), side: 'base' as const, facets }];
  });
}

function rolesOf({ manifests }: World): ReadonlyMap<string, readonly RbacObject[]> {
  return Map.groupBy(manifests.flatMap(readObjects), sameObject);
}

function sameObject({ manifest }: RbacObject): string {
  return `${manifest.app}\u0000${identityKey(manifest.id)}`;
}

function sameHit({ rule, object, hit }: Found): string {
  return [sameObject(object), rule.id, hit.key].join('\u0001');
}
