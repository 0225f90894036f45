import type { Problem } from '../../model/finding.ts';
import { identityKey, type Manifest } from '../../model/manifest.ts';
import type { Policy } from '../../model/policy.ts';
import { reaches } from '../../model/severity.ts';
import type { Side, World } from '../../model/world.ts';
import type { Check } from '../check.ts';
import { admission } from './admission.ts';
import { aggregation, aggregationLabel, broadAggregation, builtinOverride } from './aggregation.ts';
import { bindings } from './bindings.ts';
import { cloudIdentity, tokenSecret } from './credentials.ts';
import { escalation } from './escalation.ts';
import { facetOf, sayAll } from './facet.ts';
import { givesAtom } from './grants.ts';
import { ineffectiveGrant } from './ineffective.ts';
import { nodes } from './nodes.ts';
import { type RbacObject, readObjects } from './object.ts';
import { platform } from './platform.ts';
import type { Context, RbacHit, RbacRule } from './rule.ts';
import { secrets } from './secrets.ts';
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
  ...bindings,
  broadUrls,
  ineffectiveGrant,
];

/** Every rule on each object alone; who holds a role, and what several give together, is not asked here. */
export const rbac: Check = {
  id: 'rbac',
  title: 'What the change may do in the cluster',
  looksAt: ({ base, merged }) =>
    [base, merged].some(({ manifests }) => manifests.some((one) => readObjects(one).length > 0)),
  run({ base, merged, policy }, signal) {
    const before = found(base, policy, signal);
    const after = found(merged, policy, signal);
    return Promise.resolve([...before, ...after].map(toProblem).concat(alreadyGranted(before, after, base)));
  },
};

/** A hit with all it came from. */
interface Found {
  readonly side: Side;
  readonly rule: RbacRule;
  readonly object: RbacObject;
  readonly hit: RbacHit;
}

function found({ side, manifests }: World, policy: Policy, signal: AbortSignal): readonly Found[] {
  return manifests.flatMap((manifest) => {
    signal.throwIfAborted();
    const context = contextOf(manifest, policy);
    return readObjects(manifest).flatMap((object) =>
      withoutRepetition(hitsOf(object, context)).map((each) => ({ side, object, ...each })),
    );
  });
}

function contextOf({ cluster }: Manifest, { clusters }: Policy): Context {
  const version = Object.hasOwn(clusters, cluster) ? clusters[cluster]?.kubernetes : undefined;
  const minor = /^v?1\.(\d+)/.exec(version ?? '')?.[1];
  return minor === undefined ? {} : { minor: Number(minor) };
}

function hitsOf(object: RbacObject, context: Context): readonly Pick<Found, 'rule' | 'hit'>[] {
  return RULES.flatMap((rule) => rule.hits(object, context).map((hit) => ({ rule, hit })));
}

/** Leaves out what wider rules of at least the same severity say already: cluster-admin is one finding, not forty. */
function withoutRepetition(hits: readonly Pick<Found, 'rule' | 'hit'>[]): readonly Pick<Found, 'rule' | 'hit'>[] {
  return hits.filter((one) => {
    const wider = hits.filter((other) => other.rule !== one.rule && takesOver(other, one));
    return (
      one.hit.atoms.length === 0 ||
      wider.length === 0 ||
      !sayAll(
        wider.flatMap(({ hit }) => hit.atoms),
        one.hit.atoms,
      )
    );
  });
}

function takesOver(wider: Pick<Found, 'rule' | 'hit'>, one: Pick<Found, 'rule' | 'hit'>): boolean {
  const which = wider.rule.takesOver;
  if (which !== 'everything' && !which.includes(one.rule.id)) return false;
  return reaches(wider.hit.severity ?? wider.rule.severity, one.hit.severity ?? one.rule.severity);
}

function toProblem({ side, rule, object, hit }: Found): Problem {
  const { id, alias, severity, enforcement, why, fix } = rule;
  const { atoms: _, ...said } = hit;
  const { app, id: objectId } = object.manifest;
  return { severity, enforcement, why, fix, ...said, side, rule: id, alias, app, object: objectId };
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

function rolesOf({ manifests }: World): ReadonlyMap<string, readonly RbacObject[]> {
  return Map.groupBy(manifests.flatMap(readObjects), sameObject);
}

function sameObject({ manifest }: RbacObject): string {
  return `${manifest.app}\u0000${identityKey(manifest.id)}`;
}

function sameHit({ rule, object, hit }: Found): string {
  return [sameObject(object), rule.id, hit.key].join('\u0001');
}
