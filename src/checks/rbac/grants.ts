import { type Atom, type PolicyRule, type ResourceAtom, urlCovers, widerResources } from '../../model/rbac.ts';
import { facetOf } from './facet.ts';
import type { Target } from './target.ts';

/** A rule and its place in the list that a person wrote. */
export interface PlacedRule {
  readonly index: number;
  readonly rule: PolicyRule;
}

interface Grant {
  readonly index: number;
  readonly groups: ReadonlySet<string>;
  readonly verbs: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** What the rules of one role give, found by resource. Nothing is multiplied out: a stranger wrote the lists. */
export interface Grants {
  readonly byResource: ReadonlyMap<string, readonly Grant[]>;
  readonly urls: readonly PlacedRule[];
}

export interface Granted {
  readonly atom: Atom;
  /** The first rule that gives it. */
  readonly index: number;
}

/** So many names are as good as no limit, and keep facets short: the product with every target stays bounded. */
const MAX_NAMES = 256;

/** The same for API groups or resources that a row asks for by pattern: so many are as good as all. */
const MAX_MATCHES = 2_048;

const NOTHING: readonly Granted[] = [];

export function grantsOf(rules: readonly PlacedRule[]): Grants {
  const byResource = new Map<string, Grant[]>();
  for (const { index, rule } of rules) {
    const { apiGroups, verbs, resourceNames } = rule;
    const grant = { index, groups: new Set(apiGroups), verbs: new Set(verbs), names: new Set(resourceNames) };
    for (const resource of new Set(rule.resources)) {
      const bucket = byResource.get(resource);
      if (bucket === undefined) byResource.set(resource, [grant]);
      else bucket.push(grant);
    }
  }
  return { byResource, urls: rules.filter(({ rule }) => rule.nonResourceURLs.length > 0) };
}

/** Requests that carry no object name. */
const NAMELESS: ReadonlySet<string> = new Set(['create', 'deletecollection', 'list', 'watch']);
const NEVER_NAMED: ReadonlySet<string> = new Set(['create', 'deletecollection']);

/**
 * The names that a grant is limited to, or `any`. The name '' equals that of a request without one, so it lifts the limit
 * for those; other names never match a create or deletecollection. (A create of a subresource carries the name.)
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/rbac/v1/evaluation_helpers.go
 */
function namesFor({ names }: Grant, resource: string, verb: string): ReadonlySet<string> | 'any' {
  if (names.size === 0) return 'any';
  if (resource.includes('/')) return names;
  if (NAMELESS.has(verb) && names.has('')) return 'any';
  return NEVER_NAMED.has(verb) ? new Set() : names;
}

function gives(allowed: ReadonlySet<string>, wanted: string): boolean {
  return allowed.has(wanted) || allowed.has('*');
}

/** Collects the rules behind one verb on one resource: without limit, or by name. */
class Finds {
  readonly #what: Omit<ResourceAtom, 'name'>;
  /** The first rule without limit, and the first with one. */
  #any: number | undefined;
  #first: number | undefined;
  readonly #named = new Map<string, number>();

  constructor(what: Omit<ResourceAtom, 'name'>) {
    this.#what = what;
  }

  add(grant: Grant): void {
    const names = namesFor(grant, this.#what.resource, this.#what.verb);
    if (names === 'any') this.#any = least(this.#any, grant.index);
    else if (names.size > 0) this.#first = least(this.#first, grant.index);
    for (const name of names === 'any' ? [] : names) {
      if (this.#named.size <= MAX_NAMES) this.#named.set(name, least(this.#named.get(name), grant.index));
    }
  }

  granted(): readonly Granted[] {
    const first = this.#any ?? (this.#named.size > MAX_NAMES ? this.#first : undefined);
    if (first !== undefined) return [{ atom: this.#what, index: first }];
    return [...this.#named].map(([name, index]) => ({ atom: { ...this.#what, name }, index }));
  }
}

function least(known: number | undefined, index: number): number {
  return known === undefined ? index : Math.min(known, index);
}

/** Every atom of the target that the rules give, each once, wildcards of the rules written out as the target's words. */
export function grantedBy(grants: Grants, target: Target): readonly Granted[] {
  return target.isPattern ? byPattern(grants, target) : literally(grants, target);
}

/** The inner loop of the family: most targets find no bucket, and nothing is allocated for them. */
function literally({ byResource }: Grants, { group, resource, wider, verbs }: Target): readonly Granted[] {
  if (!wider.some((wide) => byResource.has(wide))) return NOTHING;
  const buckets = wider.map((wide) => byResource.get(wide) ?? []);
  const candidates = buckets.flat().filter(({ groups }) => gives(groups, group));
  return verbs.flatMap((verb) => {
    const givers = candidates.filter((grant) => gives(grant.verbs, verb));
    if (givers.length === 0) return NOTHING;
    const finds = new Finds({ group, resource, verb });
    for (const grant of givers) finds.add(grant);
    return finds.granted();
  });
}

function byPattern(grants: Grants, target: Target): readonly Granted[] {
  const found = new Map<string, Finds>();
  for (const [grant, what] of matches(grants, target)) {
    const key = facetOf(what);
    const finds = found.get(key) ?? new Finds(what);
    finds.add(grant);
    found.set(key, finds);
    if (found.size > MAX_MATCHES) return everythingOf(target, grant.index);
  }
  return [...found.values()].flatMap((finds) => finds.granted());
}

function everythingOf({ group, verbs }: Target, index: number): readonly Granted[] {
  return verbs.map((verb) => ({ atom: { group: group === '?' ? '*' : group, resource: '*', verb }, index }));
}

function bucketsFor(grants: Grants, { resource, wider }: Target): readonly (readonly [string, readonly Grant[]])[] {
  if (!resource.endsWith('?')) return wider.map((wide) => [resource, grants.byResource.get(wide) ?? []] as const);
  const prefix = resource.slice(0, -1);
  // `pods/*` and the like are no wildcards and give nothing; `*/scale` is nobody's name.
  const isNamed = (key: string): boolean => key.startsWith(prefix) && !key.startsWith('*') && !key.endsWith('/*');
  return [...grants.byResource].filter(([key]) => key === '*' || isNamed(key));
}

function* matches(grants: Grants, target: Target): Generator<readonly [Grant, Omit<ResourceAtom, 'name'>]> {
  for (const [resource, bucket] of bucketsFor(grants, target)) {
    for (const grant of bucket) {
      const verbs = target.verbs.flatMap((verb) => verbsFor(grant, verb));
      for (const group of groupsFor(grant, resource, target)) {
        yield* verbs.map((verb) => [grant, { group, resource, verb }] as const);
      }
    }
  }
}

function verbsFor({ verbs }: Grant, wanted: string): readonly string[] {
  if (!wanted.endsWith('?')) return gives(verbs, wanted) ? [wanted] : [];
  const prefix = wanted.slice(0, -1);
  return [...verbs].flatMap((verb) => {
    if (verb === '*') return [`${prefix}*`];
    return verb.startsWith(prefix) ? [verb] : [];
  });
}

/** A resource that any group could have says something about this group only where the group is named too. */
function groupsFor({ groups }: Grant, resource: string, target: Target): readonly string[] {
  if (target.group === '?') return [...groups];
  const needsGroup = target.resource === '?' && resource !== '*';
  return (needsGroup ? groups.has(target.group) : gives(groups, target.group)) ? [target.group] : [];
}

/** Do the rules give this atom, as Kubernetes decides? */
export function givesAtom(grants: Grants, atom: Atom): boolean {
  if ('url' in atom) {
    return grants.urls.some(
      ({ rule }) =>
        (rule.verbs.includes('*') || rule.verbs.includes(atom.verb)) &&
        rule.nonResourceURLs.some((owner) => urlCovers(owner, atom.url)),
    );
  }
  return widerResources(atom.resource)
    .flatMap((wide) => grants.byResource.get(wide) ?? [])
    .some((grant) => {
      if (!gives(grant.groups, atom.group) || !gives(grant.verbs, atom.verb)) return false;
      const names = namesFor(grant, atom.resource, atom.verb);
      return names === 'any' || (atom.name !== undefined && names.has(atom.name));
    });
}
