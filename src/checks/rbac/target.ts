import { widerResources } from '../../model/rbac.ts';

/**
 * What a row looks for. `group` `?`: whichever group a rule names together with that resource. `resource` ending in `?`:
 * whichever resource begins so. A verb ending in `?`: whichever verb begins so. Anything else is the literal of the atom, so
 * that the target `*` is only met by the wildcard itself.
 */
export interface Target {
  readonly group: string;
  readonly resource: string;
  /** The strings in a rule that give the resource. */
  readonly wider: readonly string[];
  readonly verbs: readonly string[];
  readonly isPattern: boolean;
  /** Only granted by Kubernetes before this minor version of 1. */
  readonly before?: number;
}

export const RBAC = 'rbac.authorization.k8s.io';
export const READ = 'get,list,watch';
export const WRITE = 'create,update,patch';
export const MODIFY = 'update,patch';
export const CHANGE = 'create,update,patch,delete,deletecollection';

/** `core/secrets,pods/exec:get,list`: a group, its resources, and the verbs on each. */
export function targets(text: string): readonly Target[] {
  const slash = text.indexOf('/');
  const colon = text.indexOf(':', slash);
  const group = text.slice(0, slash);
  const verbs = text.slice(colon + 1).split(',');
  const resources = text.slice(slash + 1, colon).split(',');
  return resources.map((resource) => ({
    group: group === 'core' ? '' : group,
    resource,
    verbs,
    wider: widerResources(resource),
    isPattern: [group, resource, ...verbs].some((word) => word.endsWith('?')),
  }));
}

/** Targets of which one is enough. */
export interface Need {
  readonly targets: readonly Target[];
  /** Where a grant is limited to names, only these matter, and they matter as much as no limit. */
  readonly names?: readonly string[];
}

/** What must all be granted in one role. */
export type Way = readonly Need[];

export function anyOf(...texts: readonly string[]): Need {
  return { targets: texts.flatMap(targets) };
}

export function named(need: Need, names: readonly string[]): Need {
  return { ...need, names };
}

/** Needs that hold for clusters older than Kubernetes 1.`minor`; an unknown version counts as older. */
export function orBefore(minor: number, need: Need, older: Need): Need {
  return { targets: [...need.targets, ...older.targets.map((target) => ({ ...target, before: minor }))] };
}
