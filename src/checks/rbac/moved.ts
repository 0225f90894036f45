import type { Problem } from '../../model/finding.ts';
import { listAt, objectAt } from '../../model/json.ts';
import { identityKey, type Manifest } from '../../model/manifest.ts';
import type { Severity } from '../../model/severity.ts';
import type { World } from '../../model/world.ts';
import { Aggregation } from './effective/aggregate.ts';
import { facetOf } from './facet.ts';
import { type Grants, givesAtom, grantsOf } from './grants.ts';
import { type RbacObject, readObjects, type Role } from './object.ts';
import type { RuleHit } from './repetition.ts';

/** A hit on an object of one side. */
export interface Placed extends RuleHit {
  readonly object: RbacObject;
}

/** Which facts of a hit of the merge result another object of the same place says on the base, and no longer says. */
export type MovedFacets = (one: Placed) => readonly string[];

/**
 * A role or binding that is renamed, split or brought by another app is none of the danger new: what is gained by anybody on the
 * way is seen where the rights of both sides are compared, which needs every app of the cluster.
 */
export function movedFacets(before: readonly Placed[], after: readonly Placed[], merged: World): MovedFacets {
  const isOverwritten = overwrittenIn(merged);
  const standing = new Set(
    after
      .filter(({ object }) => !isOverwritten(object))
      .flatMap((one) => one.hit.facets.map((facet) => `${addressOf(one)}\u0001${facet}`)),
  );
  const given = before
    .filter(({ object }) => isGrant(object))
    .flatMap((one) =>
      one.hit.facets
        .filter((facet) => !standing.has(`${addressOf(one)}\u0001${facet}`))
        .map((facet) => factOf(one, facet)),
    );
  const left = new Set(given);
  return (one) => (isGrant(one.object) ? one.hit.facets.filter((facet) => left.has(factOf(one, facet))) : []);
}

/** What a role that aggregates says itself is overwritten, and so no longer given by it. */
function overwrittenIn({ manifests }: World): (object: RbacObject) => boolean {
  const known = new Map<string, Aggregation>();
  return (object) => {
    if (!isClusterRole(object) || !isAggregate(object)) return false;
    const { cluster } = object.manifest;
    const all =
      known.get(cluster) ?? new Aggregation(clusterRolesOf(manifests.filter((one) => one.cluster === cluster)));
    known.set(cluster, all);
    return !all.sourcesOf(object).includes(object);
  };
}

/**
 * A Role of what a ClusterRole gave that is gone from the cluster is the same danger in one place. Who can do there what he could
 * not do before is seen where the rights of both sides are compared.
 */
export function narrowedFacets(base: World, merged: World): MovedFacets {
  const written = clusterRolesOf(base.manifests).filter((role) => !isAggregate(role));
  const standing = written.length === 0 ? new Set() : new Set(clusterRolesOf(merged.manifests).map(nameOf));
  const gone = Map.groupBy(
    written.filter((role) => !standing.has(nameOf(role))),
    ({ manifest }) => manifest.cluster,
  );
  const given = new Map<string, Grants>(
    [...gone].map(([cluster, roles]) => [cluster, grantsOf(roles.flatMap(({ rules }) => rules))]),
  );
  return ({ object, hit }) => {
    const grants = given.get(object.manifest.cluster);
    if (grants === undefined || object.type !== 'role' || object.scope !== 'namespace') return [];
    return hit.atoms.filter((atom) => givesAtom(grants, atom)).map(facetOf);
  };
}

function clusterRolesOf(manifests: readonly Manifest[]): readonly Role[] {
  return manifests.flatMap(readObjects).filter(isClusterRole);
}

function isClusterRole(object: RbacObject): object is Role {
  return object.type === 'role' && object.scope === 'cluster';
}

function isAggregate({ manifest }: Role): boolean {
  return listAt(objectAt(manifest.object, 'aggregationRule'), 'clusterRoleSelectors').length > 0;
}

/** By name alone: a role of OpenShift is the one of Kubernetes. */
function nameOf({ manifest }: Role): string {
  return `${manifest.cluster}\u0001${manifest.id.name}`;
}

function isGrant({ type }: RbacObject): boolean {
  return type === 'role' || type === 'binding';
}

function addressOf({ object: { manifest }, rule, hit }: Placed): string {
  return [manifest.app, identityKey(manifest.id), rule.id, hit.key].join('\u0001');
}

/** The fact itself, as severe, in its cluster and namespace, whatever object says it. */
function factOf({ object, rule, hit }: Placed, facet: string): string {
  const { cluster, id, app } = object.manifest;
  const isWide = 'scope' in object && object.scope === 'cluster';
  const home = id.namespace === '' ? `\u0002${app}` : id.namespace;
  const severity: Severity = hit.severity ?? rule.severity;
  return [cluster, object.type, isWide ? '' : home, rule.id, hit.key, severity, facet].join('\u0001');
}

/** What the base says of an object that another app brings in the merge result is said of it there too. */
export function withMoved(problems: readonly Problem[], base: World, merged: World): readonly Problem[] {
  const [from, to] = [byObject(base), byObject(merged)];
  const homes = new Map<string, string>();
  for (const [object, apps] of from) {
    const [old, ...others] = apps;
    const [now, ...more] = to.get(object) ?? [];
    if (old !== undefined && now !== undefined && others.length + more.length === 0 && old !== now)
      homes.set(`${old}\u0001${object}`, now);
  }
  if (homes.size === 0) return problems;
  const clusters = new Map(base.manifests.map(({ app, cluster }) => [app, cluster]));
  const copies = problems.flatMap((problem) => {
    if (problem.side !== 'base' || problem.object === null) return [];
    const object = `${clusters.get(problem.app) ?? ''}\u0001${identityKey(problem.object)}`;
    const app = homes.get(`${problem.app}\u0001${object}`);
    return app === undefined ? [] : [{ ...problem, app }];
  });
  return [...problems, ...copies];
}

/** The apps that bring each object, by its cluster. */
function byObject({ manifests }: World): ReadonlyMap<string, readonly string[]> {
  const found = Map.groupBy(manifests, ({ cluster, id }: Manifest) => `${cluster}\u0001${identityKey(id)}`);
  return new Map([...found].map(([object, all]) => [object, [...new Set(all.map(({ app }) => app))]]));
}
