/** One rule of a Role or ClusterRole. Absent lists are empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** One verb on one resource; `group` '' is core; without `name`, on every object. */
export interface ResourceAtom {
  readonly group: string;
  /** `resource` or `resource/subresource`. */
  readonly resource: string;
  readonly verb: string;
  readonly name?: string;
}

/** One verb on one path outside the resources, such as `/metrics`. */
export interface UrlAtom {
  readonly url: string;
  readonly verb: string;
}

/** The smallest thing that can be granted. */
export type Atom = ResourceAtom | UrlAtom;

/**
 * The atoms of a rule, wildcards kept as they are written: Kubernetes' BreakdownRule. Lazy, because the product of four lists
 * that a stranger wrote has no bound.
 * https://github.com/kubernetes/component-helpers/blob/master/auth/rbac/validation/policy_comparator.go
 */
export function* atomsOf(rule: PolicyRule): Generator<Atom> {
  for (const group of rule.apiGroups) {
    for (const resource of rule.resources) {
      for (const verb of rule.verbs) yield* namedAtoms({ group, resource, verb }, rule.resourceNames);
    }
  }
  for (const url of rule.nonResourceURLs) {
    for (const verb of rule.verbs) yield { url, verb };
  }
}

function* namedAtoms(atom: ResourceAtom, names: readonly string[]): Generator<ResourceAtom> {
  if (names.length === 0) yield atom;
  for (const name of names) yield { ...atom, name };
}

/** What `servant` asks for and no single rule of `owner` gives: Kubernetes' Covers. Empty means covered. */
export function uncovered(owner: readonly PolicyRule[], servant: readonly PolicyRule[]): readonly Atom[] {
  return servant.flatMap((rule) =>
    [...atomsOf(rule)].filter((atom) => !owner.some((given) => ruleCovers(given, atom))),
  );
}

/**
 * Does one rule give the whole atom? Wildcards of the atom are literals here: a list of all known verbs never covers `*`.
 * `pods/*` is an ordinary string, and so is the resource name `*`.
 */
export function ruleCovers(rule: PolicyRule, atom: Atom): boolean {
  if (!rule.verbs.includes('*') && !rule.verbs.includes(atom.verb)) return false;
  if ('url' in atom) return rule.nonResourceURLs.some((owner) => urlCovers(owner, atom.url));
  return (
    (rule.apiGroups.includes('*') || rule.apiGroups.includes(atom.group)) &&
    widerResources(atom.resource).some((resource) => rule.resources.includes(resource)) &&
    (rule.resourceNames.length === 0 || (atom.name !== undefined && rule.resourceNames.includes(atom.name)))
  );
}

/** The strings in a rule that give `resource`: itself, everything, and for `pods/exec` also "any exec". */
export function widerResources(resource: string): readonly string[] {
  const slash = resource.indexOf('/');
  return slash < 0 ? [resource, '*'] : [resource, '*', `*${resource.slice(slash)}`];
}

/** A trailing `*` is a prefix, any other is literal: `/apis/*` does not give `/apis`. */
export function urlCovers(owner: string, requested: string): boolean {
  return owner === requested || (owner.endsWith('*') && requested.startsWith(urlPrefix(owner)));
}

/** Without its trailing stars: Go's TrimRight, which takes all of them. */
export function urlPrefix(pattern: string): string {
  let end = pattern.length;
  while (pattern[end - 1] === '*') end -= 1;
  return pattern.slice(0, end);
}
