import { matchesGlob } from '../../model/glob.ts';
import type { ResourceAtom } from '../../model/rbac.ts';

/**
 * Namespaces of the control plane and of the controllers that admit or apply everything else: what is powerful in a
 * namespace is power over the cluster there.
 */
const PRIVILEGED: ReadonlySet<string> = new Set([
  'kube-system',
  'argocd',
  'flux-system',
  'gatekeeper-system',
  'kyverno',
  'cert-manager',
]);

export function isPrivileged(namespace: string): boolean {
  return PRIVILEGED.has(namespace);
}

/** Further namespaces that a row of the catalogue may be limited to. */
const NAMED = ['kube-system', 'kube-public', 'argocd'] as const;
export type NamedNamespace = (typeof NAMED)[number];

/** May the catalogue say something else of a Role there than of the same Role in any other namespace? */
export function isSingledOut(namespace: string): boolean {
  return isPrivileged(namespace) || NAMED.some((one) => one === namespace);
}

/** Does the pattern reach one of them? What is more than `*` is read as whatever starts as it does. */
export function reachesPrivileged(pattern: string): boolean {
  const [start = ''] = pattern.split(/[?[{]/, 1);
  const isPlain = start === pattern;
  return [...PRIVILEGED].some((name) => matchesGlob(isPlain ? pattern : `${start.split('*', 1)[0] ?? ''}*`, name));
}

/** Kinds without a namespace, by API group: `kubectl api-resources --namespaced=false`, and what is only named in requests. */
const CLUSTER_SCOPED: Readonly<Record<string, readonly string[]>> = {
  '': ['componentstatuses', 'namespaces', 'nodes', 'persistentvolumes', 'users', 'groups'],
  'admissionregistration.k8s.io': ['*'],
  'apiextensions.k8s.io': ['*'],
  'apiregistration.k8s.io': ['*'],
  'authentication.k8s.io': ['tokenreviews', 'selfsubjectreviews', 'users', 'groups', 'uids', 'userextras', 'nodes'],
  'authorization.k8s.io': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
  'certificates.k8s.io': ['certificatesigningrequests', 'clustertrustbundles', 'signers'],
  'constraints.gatekeeper.sh': ['*'],
  'flowcontrol.apiserver.k8s.io': ['*'],
  'gateway.networking.k8s.io': ['gatewayclasses'],
  'kyverno.io': ['clusterpolicies', 'clustercleanuppolicies'],
  'networking.k8s.io': ['ingressclasses', 'ipaddresses', 'servicecidrs'],
  'node.k8s.io': ['*'],
  'rbac.authorization.k8s.io': ['clusterroles', 'clusterrolebindings'],
  'scheduling.k8s.io': ['priorityclasses'],
  'storage.k8s.io': ['storageclasses', 'csidrivers', 'csinodes', 'volumeattachments', 'volumeattributesclasses'],
  'templates.gatekeeper.sh': ['*'],
};

/** A RoleBinding reaches its own namespace object, because that request carries the namespace; creating and listing do not. */
const ON_OWN_NAMESPACE: ReadonlySet<string> = new Set(['get', 'update', 'patch', 'delete']);

function isClusterScoped(group: string, resource: string): boolean {
  const kind = resource.split('/', 1)[0] ?? '';
  const known = Object.hasOwn(CLUSTER_SCOPED, group) ? (CLUSTER_SCOPED[group] ?? []) : [];
  return known.includes('*') || known.includes(kind);
}

/** Is every one of these API groups one whose kinds are listed here? */
export function knowsScopeOf(groups: readonly string[]): boolean {
  return groups.every((group) => Object.hasOwn(CLUSTER_SCOPED, group));
}

/**
 * Whether a RoleBinding may name a ClusterRole is asked with the namespace of the binding:
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/rbac/escalation_check.go, BindingAuthorized
 */
function isBindHere(group: string, resource: string, verb: string): boolean {
  return group === 'rbac.authorization.k8s.io' && resource === 'clusterroles' && (verb === 'bind' || verb === '*');
}

/** Can a Role, which only a RoleBinding can name, give this at all? */
export function worksInNamespace({ group, resource, verb }: Omit<ResourceAtom, 'name'>): boolean {
  if (!isClusterScoped(group, resource) || isBindHere(group, resource, verb)) return true;
  return group === '' && resource.split('/', 1)[0] === 'namespaces' && (verb === '*' || ON_OWN_NAMESPACE.has(verb));
}
