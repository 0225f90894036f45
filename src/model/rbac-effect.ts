/** What a grant leads to, in the words of policy (`rbac.blockWhere`). */
export const RBAC_EFFECTS = [
  'cluster-admin',
  'secrets',
  'impersonation',
  'workloads',
  'nodes',
  'admission',
  'persistence',
  'cross-namespace',
] as const;

export type RbacEffect = (typeof RBAC_EFFECTS)[number];

const POWER: readonly RbacEffect[] = ['cluster-admin', 'secrets', 'impersonation', 'workloads', 'persistence'];
/** Full control of a namespace, or of whatever somebody chooses. */
const IN_A_NAMESPACE: readonly RbacEffect[] = ['secrets', 'impersonation', 'workloads', 'persistence'];

/**
 * Every rule of the family and what it leads to. A rule that names no effect is only blocked by its severity or by its id.
 * That something reaches out of a namespace also follows from who gets what (src/checks/rbac/grant-of.ts).
 */
export const RBAC_RULE_EFFECTS: Readonly<Record<string, readonly RbacEffect[]>> = {
  'rbac/gained-permissions': [],
  'rbac/workload-takeover': ['cluster-admin'],
  'rbac/escapable-takeover': ['cluster-admin', 'nodes'],
  'rbac/path-to-cluster': ['cluster-admin'],
  'rbac/path-to-namespace': ['cross-namespace'],
  'rbac/paths-not-searched': [],
  'rbac/exposed-takeover': ['cluster-admin'],
  'rbac/default-account': [],
  'rbac/token-automount': [],
  'rbac/token-mounted-by-hand': [],
  'rbac/account-switch': [],
  'rbac/gitops-limit-removed': ['cross-namespace'],
  'rbac/flux-account-power': ['cross-namespace'],
  'rbac/dangling-reference': [],
  'rbac/dangling-account': [],
  'rbac/role-ref-changed': [],
  'rbac/operator-grants-unread': [],
  'rbac/cluster-admin-equivalent': [...POWER, 'nodes', 'admission', 'cross-namespace'],
  'rbac/namespace-admin': IN_A_NAMESPACE,
  'rbac/write-all-resources': [...POWER, 'nodes', 'admission'],
  'rbac/read-all-resources': ['secrets'],
  'rbac/wildcard-verb': [],
  'rbac/every-verb': [],
  'rbac/whole-api-group': [],
  'rbac/wildcard-group': [],
  'rbac/escalate': ['cluster-admin', 'persistence'],
  'rbac/bind': ['cluster-admin', 'persistence'],
  'rbac/write-bindings': ['persistence'],
  'rbac/write-roles': ['persistence'],
  'rbac/impersonate': ['impersonation', 'cluster-admin'],
  'rbac/constrained-impersonation': ['impersonation'],
  'rbac/approve-certificates': ['cluster-admin', 'impersonation', 'persistence'],
  'rbac/approve-certificates-partly': ['impersonation', 'persistence'],
  'rbac/sign-certificates': ['cluster-admin', 'impersonation', 'persistence'],
  'rbac/aggregation-label': ['persistence'],
  'rbac/aggregation-rule-broad': ['cluster-admin', 'persistence'],
  'rbac/aggregation-rule': ['persistence'],
  'rbac/builtin-role-override': ['persistence'],
  'rbac/token-request': ['secrets', 'impersonation', 'persistence'],
  'rbac/token-secret-mint': ['secrets', 'impersonation', 'persistence'],
  'rbac/secrets-read-cluster-wide': ['secrets', 'impersonation'],
  'rbac/secrets-read': ['secrets'],
  'rbac/secrets-write': ['secrets'],
  'rbac/configmaps-with-authority': ['cluster-admin', 'persistence'],
  'rbac/cloud-identity': ['impersonation'],
  'rbac/token-secret': ['secrets', 'persistence'],
  'rbac/create-workloads': ['workloads', 'impersonation'],
  'rbac/modify-workloads': ['workloads', 'impersonation'],
  'rbac/pods-exec': ['workloads', 'impersonation'],
  'rbac/pods-attach': ['workloads'],
  'rbac/ephemeral-containers': ['workloads', 'impersonation'],
  'rbac/pods-portforward': ['workloads'],
  'rbac/pods-services-proxy': ['workloads'],
  'rbac/nodes-proxy': ['nodes', 'workloads', 'impersonation'],
  'rbac/logs': [],
  'rbac/steal-pods': ['nodes', 'workloads'],
  'rbac/status-tampering': ['nodes'],
  'rbac/service-status-tampering': [],
  'rbac/scheduling-bypass': ['nodes'],
  'rbac/nodes-write': ['nodes'],
  'rbac/admission-webhooks': ['admission', 'secrets', 'persistence', 'cluster-admin'],
  'rbac/admission-policies': ['admission'],
  'rbac/policy-engines': ['admission'],
  'rbac/persistent-volumes': ['nodes'],
  'rbac/storage-classes': [],
  'rbac/namespace-labels': ['admission'],
  'rbac/custom-resource-definitions': ['persistence'],
  'rbac/aggregated-apis': ['cluster-admin', 'persistence'],
  'rbac/networking': [],
  'rbac/destruction': [],
  'rbac/evidence-removal': [],
  'rbac/resource-governance': [],
  'rbac/control-plane-leases': [],
  'rbac/azure-pod-identity': ['nodes', 'impersonation'],
  'rbac/write-argocd-objects': ['cluster-admin', 'persistence'],
  'rbac/write-flux-objects': ['cluster-admin', 'persistence'],
  'rbac/permissive-project': ['cross-namespace'],
  'rbac/application-escapes': ['cross-namespace'],
  'rbac/argocd-rbac': ['cluster-admin'],
  'rbac/argocd-project-roles': ['workloads'],
  'rbac/argocd-impersonation': ['cross-namespace'],
  'rbac/flux-without-account': ['cluster-admin', 'cross-namespace'],
  'rbac/flux-foreign-source': ['cross-namespace'],
  'rbac/cluster-admin-binding': [...POWER, 'nodes', 'admission'],
  'rbac/admin-or-edit-binding': IN_A_NAMESPACE,
  'rbac/anonymous-subject': [],
  'rbac/all-authenticated-subject': [],
  'rbac/masters-subject': [...POWER, 'nodes', 'admission'],
  'rbac/all-service-accounts-subject': [],
  'rbac/default-account-subject': [],
  'rbac/foreign-namespace-subject': ['cross-namespace'],
  'rbac/disguised-subject': [],
  'rbac/broad-urls': [],
  'rbac/ineffective-grant': [],
};

/** What policy may name: an effect, or the id of a rule. */
export const RBAC_DANGERS: readonly string[] = [...RBAC_EFFECTS, ...Object.keys(RBAC_RULE_EFFECTS)];

/** Is the rule this one, or does it lead to that effect? */
export function leadsTo(rule: string, danger: string): boolean {
  const effects: readonly string[] = Object.hasOwn(RBAC_RULE_EFFECTS, rule) ? (RBAC_RULE_EFFECTS[rule] ?? []) : [];
  return rule === danger || effects.includes(danger);
}
