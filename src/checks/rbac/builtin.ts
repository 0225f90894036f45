/** Plurals of the groups in which typing errors are common; a group that is not here is not judged. */
const RESOURCES: Readonly<Record<string, string>> = {
  '': `bindings componentstatuses configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims
    persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services users groups`,
  apps: 'controllerrevisions daemonsets deployments replicasets statefulsets',
  autoscaling: 'horizontalpodautoscalers',
  batch: 'cronjobs jobs',
  'coordination.k8s.io': 'leases leasecandidates',
  policy: 'poddisruptionbudgets podsecuritypolicies',
  'rbac.authorization.k8s.io': 'clusterrolebindings clusterroles rolebindings roles',
};

const KNOWN: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(RESOURCES).map(([group, names]) => [group, new Set(names.split(/\s+/))]),
);

/** Are these groups, at least one, all among the known? */
export function areBuiltin(groups: readonly string[]): boolean {
  return groups.length > 0 && groups.every((group) => KNOWN.has(group));
}

/** Has one of the groups this resource, or the resource this is a part of? */
export function hasResource(groups: readonly string[], resource: string): boolean {
  const kind = resource.split('/', 1)[0] ?? '';
  return groups.some((group) => KNOWN.get(group)?.has(kind));
}

/** Those of requests, and those that only authorization knows; `proxy` is what old kubelets ask for. */
const VERBS: ReadonlySet<string> = new Set(
  '* get list watch create update patch delete deletecollection use bind escalate impersonate approve sign attest proxy'.split(
    ' ',
  ),
);

export function isUnknownVerb(verb: string): boolean {
  return !VERBS.has(verb) && !verb.startsWith('impersonate');
}
