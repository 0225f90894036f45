import { type Binding, type RbacObject, readObjects, type Role } from '../object.ts';
import type { PlacedRule } from '../grants.ts';
import type { Subject } from '../subject.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { Aggregation } from './aggregate.ts';
import { RuleLists, type WrittenRule } from './rule-lists.ts';

/** One rule that somebody holds, and the role in which a person wrote it: another one than the bound role where that aggregates. */
export interface HeldRule extends WrittenRule {
  readonly source: Role;
}

/** One role that a subject holds in one scope, through one binding. */
export interface Held {
  readonly binding: Binding;
  readonly subject: Subject;
  readonly role: Role;
  readonly rules: readonly HeldRule[];
}

/** What one subject holds in one scope; '' is the cluster. */
export interface Holding {
  readonly subject: Subject;
  readonly scope: string;
  readonly held: readonly Held[];
}

/** Who holds what in one cluster: https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/rbac/validation/rule.go */
export interface ClusterRights {
  /** In the order in which the bindings name somebody. */
  readonly holdings: readonly Holding[];
  /** The same by identity, and then by scope. */
  readonly byIdentity: ReadonlyMap<string, ReadonlyMap<string, Holding>>;
  /** Shared by all sides that are compared. */
  readonly lists: RuleLists;
  /** Bindings whose role is in no app that was counted, and is not built in. */
  readonly dangling: readonly Binding[];
  /** What whoever is bound to the roles of that name has; `place` is the scope of the binding. */
  rulesOf(kind: string, place: string, name: string): readonly HeldRule[];
}

/** A namespace that only the controller knows is one for each app: nothing else is told apart by it. */
export function scopeOf({ scope, manifest }: Binding): string {
  if (scope === 'cluster') return '';
  return manifest.id.namespace === '' ? `\u0001${manifest.app}` : manifest.id.namespace;
}

export function clusterRights(manifests: readonly Manifest[], lists = new RuleLists()): ClusterRights {
  const objects = manifests.flatMap(readObjects);
  const roles = objects.filter((one) => one.type === 'role');
  const byName = Map.groupBy(roles, (role) =>
    roleKey(role.scope === 'cluster' ? 'ClusterRole' : 'Role', placeOf(role), role.manifest.id.name),
  );
  const rulesOf = ruleReader(new Aggregation(roles.filter(({ scope }) => scope === 'cluster')));
  const holdings: Written[] = [];
  const byIdentity = new Map<string, Map<string, Written>>();
  const dangling: Binding[] = [];
  for (const binding of objects.filter(isBinding)) {
    const bound = byName.get(boundKey(binding)) ?? [];
    if (bound.length === 0) dangling.push(binding);
    const scope = scopeOf(binding);
    for (const subject of subjectsOf(binding)) {
      const own = byIdentity.get(subject.identity) ?? new Map<string, Written>();
      byIdentity.set(subject.identity, own);
      const holding = own.get(scope) ?? { subject, scope, held: [] };
      if (!own.has(scope)) holdings.push(holding);
      own.set(scope, holding);
      // Of several roles of one name nobody can say here which will stand: all count.
      for (const role of bound) holding.held.push({ binding, subject, role, rules: rulesOf(role) });
    }
  }
  const named = (kind: string, place: string, name: string) =>
    (byName.get(roleKey(kind, place, name)) ?? []).flatMap(rulesOf);
  return { holdings, byIdentity, lists, dangling, rulesOf: named };
}

interface Written extends Holding {
  readonly held: Held[];
}

function isBinding(object: RbacObject): object is Binding {
  return object.type === 'binding';
}

function placeOf({ manifest }: Role): string {
  return manifest.id.namespace === '' ? `\u0001${manifest.app}` : manifest.id.namespace;
}

function roleKey(kind: string, place: string, name: string): string {
  return `${kind}\u0000${kind === 'Role' ? place : ''}\u0000${name}`;
}

/** No Role is at the place of a ClusterRoleBinding, which can only name a ClusterRole; another one is refused, and so gives nothing. */
function boundKey(binding: Binding): string {
  return roleKey(binding.roleRef.kind, scopeOf(binding), binding.roleRef.name);
}

const MATCHED: ReadonlySet<string> = new Set(['User', 'Group', 'ServiceAccount']);

/** Each that can match at all, once: an account without namespace in a ClusterRoleBinding matches nobody. */
function subjectsOf({ subjects, scope }: Binding): readonly Subject[] {
  const matching = subjects.filter(
    ({ kind, name, namespace }) =>
      MATCHED.has(kind) && name !== '' && !(kind === 'ServiceAccount' && namespace === '' && scope === 'cluster'),
  );
  if (matching.length < 2) return matching;
  return [...new Map(matching.toReversed().map((subject) => [subject.identity, subject])).values()].toReversed();
}

/** Roles never change, and are the same in all that is asked about their cluster: what was written out goes with them. */
const OWN = new WeakMap<Role, readonly HeldRule[]>();

/** Rules are compared by text, so each role is written out once, and only if somebody holds it. */
function ownRules(source: Role): readonly HeldRule[] {
  const known = OWN.get(source) ?? source.rules.map((placed) => ({ ...placed, source, text: textOf(placed) }));
  OWN.set(source, known);
  return known;
}

function textOf({ rule: { verbs, apiGroups, resources, resourceNames, nonResourceURLs } }: PlacedRule): string {
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs]);
}

function ruleReader(aggregation: Aggregation): (role: Role) => readonly HeldRule[] {
  const all = new Map<Role, readonly HeldRule[]>();
  return (role) => {
    const known = all.get(role) ?? rulesOfAll(aggregation.sourcesOf(role));
    all.set(role, known);
    return known;
  };
}

function rulesOfAll(sources: readonly Role[]): readonly HeldRule[] {
  const [first, ...rest] = sources;
  return first !== undefined && rest.length === 0 ? ownRules(first) : sources.flatMap(ownRules);
}
