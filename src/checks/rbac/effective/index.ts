import { type Atom, ruleCovers } from '../../../model/rbac.ts';
import type { Problem } from '../../../model/finding.ts';
import { identityKey, type Manifest } from '../../../model/manifest.ts';
import type { Policy } from '../../../model/policy.ts';
import { reaches } from '../../../model/severity.ts';
import type { WholeWorlds } from '../../check.ts';
import { accountProblems } from '../accounts/index.ts';
import { facetOf } from '../facet.ts';
import { grantTo } from '../grant-of.ts';
import type { Context, RbacRule } from '../rule.ts';
import { pathProblems } from '../paths/index.ts';
import { type BaseSide, baseOf, manifestsOf, type OneSide } from './sides.ts';
import { BUILT_IN, type Cause, causeOf, changedAgainst, type IsChanged, objectKey } from './cause.ts';
import { type ClusterRights, clusterRights } from './cluster.ts';
import { asRule, type Difference, type Gain, gains } from './diff.ts';
import { effectsOf } from './effects.ts';
import { gainedPermissions } from './gained.ts';
import { danglingProblems, roleRefProblems } from './references.ts';
import { gainOf } from './gain-of.ts';
import { rowsText, throughText } from './wording.ts';

/** What a look at the whole cluster needs besides the worlds. */
export interface Looking {
  /** The clusters that the change touches. */
  readonly clusters: ReadonlySet<string>;
  /** Apps that the change touches. */
  readonly touched: ReadonlySet<string>;
  /** Rules that look at what roles give. */
  readonly granting: readonly RbacRule[];
  /** Problems of single objects: what they say as new is not said again. */
  readonly single: readonly Problem[];
  readonly policy: Policy;
  contextOf(cluster: string): Context;
}

/** Without a base: what the objects at hand say of one another. */
export function standingProblems(manifests: readonly Manifest[], looking: Looking): readonly Problem[] {
  return [...looking.clusters].toSorted().flatMap((cluster) => {
    const own = manifests.filter((one) => one.cluster === cluster);
    const context = looking.contextOf(cluster);
    return accountProblems(
      undefined,
      { manifests: own, rights: clusterRights(own) },
      { ...looking, context, notCounted: [] },
    );
  });
}

/** What subjects gain and lose by the change, in each cluster apart, over all of its objects. */
export function effectiveProblems(whole: WholeWorlds, looking: Looking, signal: AbortSignal): readonly Problem[] {
  return [...looking.clusters].toSorted().flatMap((cluster) => {
    signal.throwIfAborted();
    const base = baseOf(whole, cluster);
    const merged = manifestsOf(whole.merged, whole, cluster);
    const notCounted = whole.notCounted.filter((one) => one.cluster === cluster);
    return inCluster(
      base,
      { manifests: merged, rights: clusterRights(merged, base.rights.lists) },
      {
        ...looking,
        cluster,
        notCounted,
      },
    );
  });
}

type LookingIn = Looking & Pick<WholeWorlds, 'notCounted'> & { readonly cluster: string };

function inCluster(base: BaseSide, merged: OneSide, looking: LookingIn): readonly Problem[] {
  const [before, after] = [base.rights, merged.rights];
  const isGone = changedAgainst(merged.manifests);
  const gained = gains(before, after);
  const { granting, cluster } = looking;
  const { isNew } = base;
  const paths = { granting, context: looking.contextOf(cluster), isNew, isGone, cluster };
  return [
    ...danglingProblems(before, after, looking),
    ...roleRefProblems(base.manifests, merged.manifests, isNew),
    ...gained.flatMap((gain) => rowProblems(gain, 'merged', isNew)),
    ...gains(after, before).flatMap((gain) => rowProblems(gain, 'base', isGone)),
    ...accountProblems(base, merged, { ...looking, context: paths.context }),
    ...pathProblems(base, merged, paths),
    ...gained.flatMap((gain) => effectProblems(gain, { from: before, to: after }, isNew, looking)),
  ];
}

/** One for each object by which it came. */
function rowProblems(
  { rows, scope, subject, isCut }: Gain,
  side: Problem['side'],
  isChanged: IsChanged,
): readonly Problem[] {
  const caused = rows.map((row) => ({ row, cause: causeOf(row, isChanged) }));
  const groups = Map.groupBy(caused, ({ cause, row }) => `${objectKey(cause.manifest)}\u0000${throughText(row)}`);
  const { id, alias, severity, enforcement, why, fix } = gainedPermissions;
  return [...groups].flatMap(([, found]) => {
    const [first, ...rest] = found;
    if (first === undefined) return [];
    const { manifest, pointer } = first.cause;
    const some = [first.row, ...rest.map(({ row }) => row)] as const;
    const more = isCut ? ', and more than can be listed' : '';
    return [
      {
        side,
        rule: id,
        alias,
        severity,
        enforcement,
        why,
        fix,
        app: manifest.app,
        object: manifest.id,
        pointer,
        key: [side, subject.identity, scope, throughText(first.row)].join(' '),
        facets: some.map(({ atom }) => facetOf(atom)).toSorted(),
        message: `${rowsText(some, side === 'merged' ? 'can now' : 'can no longer', scope)}${more}`,
        grant: grantTo(subject, scope, { atoms: some.map(({ atom }) => atom), isCut }),
        gain: gainOf(some, scope, isCut),
      },
    ];
  });
}

function effectProblems(
  gain: Gain,
  rights: { readonly from: ClusterRights; readonly to: ClusterRights },
  isChanged: IsChanged,
  looking: LookingIn,
): readonly Problem[] {
  const found = effectsOf(gain, rights, looking.granting, looking.contextOf(looking.cluster));
  return found.flatMap(({ rule, hit, atom, alsoSays }) => {
    const row = causing(gain, [atom, ...hit.atoms]);
    if (row === undefined) return [];
    const cause = causeOf(row, isChanged);
    const severity = hit.severity ?? rule.severity;
    const problem: Problem = {
      side: 'merged',
      rule: rule.id,
      alias: rule.alias,
      severity,
      enforcement: rule.enforcement,
      why: rule.why,
      fix: rule.fix,
      app: cause.manifest.app,
      object: cause.manifest.id,
      pointer: cause.pointer,
      key: ['held', gain.subject.identity, gain.scope, hit.key].join(' '),
      facets: hit.facets,
      message: `${hit.message}, by ${throughText(row)}`,
      grant: grantTo(gain.subject, gain.scope, { atoms: hit.atoms, alsoSays }),
    };
    const isOfItsRole = hit.atoms.every((one) => isOfBuiltIn(rowOf(gain, one), row));
    return isSaid(problem, { row, cause, isOfItsRole }, looking) ? [] : [problem];
  });
}

/**
 * The row of this scope that the danger needs. What consists of rights in the whole cluster alone is said of these, and not once more
 * in each namespace in which a role for a lease is bound.
 */
function causing(gain: Gain, atoms: readonly Atom[]): Difference | undefined {
  for (const atom of atoms) {
    const row = rowOf(gain, atom);
    if (row !== undefined) return row;
  }
  return gain.isCut ? gain.rows[0] : undefined;
}

function rowOf({ rows }: Gain, atom: Atom): Difference | undefined {
  return rows.find((one) => ruleCovers(asRule(one.atom), atom));
}

/** Does it come by that binding, from what Kubernetes itself puts into the bound role? */
function isOfBuiltIn(row: Difference | undefined, { held }: Difference): boolean {
  return row !== undefined && row.held.binding === held.binding && row.rule.source.manifest.app === BUILT_IN;
}

/** Rules about bindings that name the power of the built-in role themselves, with a severity for all of it together. */
const POWER: ReadonlySet<string> = new Set(['rbac/cluster-admin-binding', 'rbac/admin-or-edit-binding']);

interface By {
  readonly row: Difference;
  readonly cause: Cause;
  /** All that the problem consists of is in the built-in role that is bound. */
  readonly isOfItsRole: boolean;
}

/**
 * Is it said already, as new and no less severe, of the role or the binding? A waiver may have been given for the role as it was
 * bound then: where there is one for the rule, nothing is left out.
 */
function isSaid(
  problem: Problem,
  { row: { held, rule }, cause, isOfItsRole }: By,
  { single, policy }: LookingIn,
): boolean {
  const { allow, blockWhere } = policy.rbac;
  // What the policy blocks by subject and place is only seen here.
  if (blockWhere.length > 0) return false;
  if ([...policy.waivers, ...allow].some((one) => one.rule === problem.rule || POWER.has(one.rule))) return false;
  const roles = new Set([held.role, rule.source].map(({ manifest }) => objectKey(manifest)));
  const binding = objectKey(cause.manifest);
  return single.some((one) => {
    if (one.object === null) return false;
    const key = `${one.app}\u0000${identityKey(one.object)}`;
    if (POWER.has(one.rule) && key === binding) return isOfItsRole || reaches(one.severity, problem.severity);
    return one.rule === problem.rule && reaches(one.severity, problem.severity) && roles.has(key);
  });
}
