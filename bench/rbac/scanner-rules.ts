// Which rules of presync say what a check of another scanner says, and where they rightly differ.

/** Rules that say everything at once: where a scanner names one danger of a wildcard, these name all. */
export const WIDE: readonly string[] = [
  'cluster-admin-equivalent',
  'namespace-admin',
  'write-all-resources',
  'read-all-resources',
  'wildcard-verb',
];

const WORKLOADS = 'create-workloads modify-workloads';
const SECRETS = 'secrets-read secrets-read-cluster-wide secrets-write token-secret-mint';
const EXEC = 'pods-exec pods-attach';
const ADMIN = 'cluster-admin-binding cluster-admin-equivalent';

/** By tool and the beginning of the check's name; the first that fits counts. A check that is not here is of another subject. */
const SAME: readonly (readonly [tool: string, check: string, rules: string])[] = [
  ['trivy', 'allowing_create_role_binding_and_associate', 'write-bindings bind'],
  ['trivy', 'allowing_create_role_clusterrolebinding', 'write-bindings bind'],
  ['trivy', 'allowing_to_update_a_malicious_pod', 'modify-workloads create-workloads destruction'],
  ['trivy', 'allowing_users_rolebinding', 'write-bindings bind'],
  ['trivy', 'anonymous_user_bind', 'anonymous-subject'],
  ['trivy', 'any_any', 'cluster-admin-equivalent namespace-admin'],
  ['trivy', 'any_verb', 'wildcard-verb'],
  ['trivy', 'attaching_pod_view_logs_realtime', 'pods-attach'],
  ['trivy', 'authenticate_group_bind', 'all-authenticated-subject'],
  ['trivy', 'cluster_admin_role_is_only_used', 'cluster-admin-binding'],
  ['trivy', 'delete_pod_logs', 'evidence-removal'],
  ['trivy', 'get_shell_on_pod', 'pods-exec'],
  ['trivy', 'impersonate_privileged_groups', 'impersonate'],
  ['trivy', 'manage_all_resources', 'write-all-resources read-all-resources'],
  ['trivy', 'manage_configmaps', 'configmaps-with-authority'],
  ['trivy', 'manage_eks_iam_auth_configmap', 'configmaps-with-authority'],
  ['trivy', 'manage_kubernetes_networking', 'networking'],
  ['trivy', 'manage_kubernetes_rbac_resources', 'escalate bind impersonate wildcard-verb'],
  ['trivy', 'manage_namespace_secrets', SECRETS],
  ['trivy', 'manage_secrets', SECRETS],
  ['trivy', 'manage_webhook_configurations', 'admission-webhooks'],
  ['trivy', 'masters_group_bind', 'masters-subject'],
  ['trivy', 'privilege_escalation_from_node_proxy', 'nodes-proxy'],
  ['kubescape', 'cluster-admin-role', ADMIN],
  ['kubescape', 'ensure-default-service-accounts', 'default-account-subject'],
  ['kubescape', 'exec-into-container', EXEC],
  ['kubescape', 'rule-can-access-proxy-subresource', 'nodes-proxy pods-services-proxy'],
  ['kubescape', 'rule-can-approve-cert', 'approve-certificates approve-certificates-partly'],
  ['kubescape', 'rule-can-bind-escalate', 'bind escalate'],
  ['kubescape', 'rule-can-create-pod', WORKLOADS],
  ['kubescape', 'rule-can-create-pv', 'persistent-volumes'],
  ['kubescape', 'rule-can-create-service-account-token', 'token-request'],
  ['kubescape', 'rule-can-delete-k8s-events', 'evidence-removal'],
  ['kubescape', 'rule-can-impersonate', 'impersonate'],
  ['kubescape', 'rule-can-list-get-secrets', SECRETS],
  ['kubescape', 'rule-can-modify-admission-webhooks', 'admission-webhooks'],
  ['kubescape', 'rule-can-portforward', 'pods-portforward'],
  ['kubescape', 'rule-can-update-configmap', 'configmaps-with-authority'],
  ['kubescape', 'rule-excessive-delete-rights', 'destruction'],
  ['kubescape', 'rule-list-all-cluster-admins', ADMIN],
  ['kubescape', 'system-authenticated-allowed', 'all-authenticated-subject'],
  ['kubescape', 'anonymous-access-enabled', 'anonymous-subject'],
  ['kubescape', 'workload-with-administrative-roles', 'workload-takeover escapable-takeover'],
  ['kubescape', 'workload-with-cluster-takeover-roles', 'workload-takeover escapable-takeover'],
  ['checkov', 'DefaultServiceAccountBinding', 'default-account-subject'],
  ['checkov', 'RbacApprove', 'approve-certificates approve-certificates-partly'],
  ['checkov', 'RbacBindRoleBindings', 'bind'],
  ['checkov', 'RbacControlWebhooks', 'admission-webhooks'],
  ['checkov', 'RbacEscalateRoles', 'escalate'],
  ['checkov', 'WildcardRoles', 'wildcard-verb every-verb whole-api-group wildcard-group'],
  ['checkov', 'ImpersonatePermissions', 'impersonate'],
  ['checkov', 'ModifyServicesStatus', 'service-status-tampering'],
  ['checkov', 'NoCreateNodesProxyOrPodsExec', 'nodes-proxy pods-exec'],
  ['checkov', 'ReadAllSecrets', SECRETS],
  ['checkov', 'RoleBindingPE', 'bind write-bindings'],
  ['kube-linter', 'access-to-create-pods', WORKLOADS],
  ['kube-linter', 'access-to-secrets', SECRETS],
  ['kube-linter', 'cluster-admin-role-binding', 'cluster-admin-binding'],
  ['kube-linter', 'wildcard-in-rules', 'wildcard-verb every-verb whole-api-group wildcard-group'],
  ['polaris', 'clusterrolePodExecAttach', EXEC],
  ['polaris', 'clusterrolebindingPodExecAttach', EXEC],
  ['polaris', 'rolePodExecAttach', EXEC],
  ['polaris', 'rolebindingClusterRolePodExecAttach', EXEC],
  ['polaris', 'rolebindingRolePodExecAttach', EXEC],
  ['polaris', 'clusterrolebindingClusterAdmin', ADMIN],
  ['polaris', 'rolebindingClusterAdmin', `${ADMIN} namespace-admin`],
  ['kyverno', 'restrict-binding-clusteradmin', 'cluster-admin-binding'],
  ['kyverno', 'restrict-binding-system-groups', 'anonymous-subject masters-subject all-authenticated-subject'],
  ['kyverno', 'restrict-clusterrole-csr', 'approve-certificates approve-certificates-partly sign-certificates'],
  ['kyverno', 'restrict-clusterrole-mutating', 'admission-webhooks'],
  ['kyverno', 'restrict-clusterrole-nodesproxy', 'nodes-proxy'],
  ['kyverno', 'restrict-escalation-verbs-roles', 'escalate bind impersonate'],
  ['kyverno', 'restrict-secret-role-verbs', 'secrets-read secrets-read-cluster-wide'],
  ['kyverno', 'restrict-wildcard-resources', 'whole-api-group write-all-resources read-all-resources'],
  ['kyverno', 'restrict-wildcard-verbs', 'wildcard-verb every-verb'],
  ['kubiscan', 'risky-get-secrets', SECRETS],
  ['kubiscan', 'risky-list-secrets', SECRETS],
  ['kubiscan', 'risky-impersonate', 'impersonate'],
  ['kubiscan', 'risky-any', 'wildcard-verb'],
  ['kubiscan', 'risky-execute-command-node-proxy', 'nodes-proxy'],
  ['kubiscan', 'risky-create-rolebind', 'write-bindings bind'],
  ['kubiscan', 'risky-create', 'create-workloads modify-workloads write-bindings bind'],
  ['kubiscan', 'risky-update', 'modify-workloads create-workloads'],
  ['kubiscan', 'risky-', 'pods-exec pods-attach write-bindings bind secrets-read impersonate ephemeral-containers'],
];

/** Undefined where the check is of another subject. */
export function sameRules(tool: string, check: string): readonly string[] | undefined {
  return SAME.find(([owner, start]) => owner === tool && check.startsWith(start))?.[2].split(' ');
}

export interface Exception {
  readonly tool: string;
  readonly check: RegExp;
  readonly name: RegExp;
  /** Why Kubernetes decides otherwise than the scanner. */
  readonly reason: string;
}

const NOT_BY_A_ROLE = 'kinds without a namespace are not given by a Role, because only a RoleBinding can name it';
const NO_SUCH_KIND = 'the kind is written ClusterRolebinding, which no API server knows';
const NOT_BUILT_IN = 'a Role of that name is not the built-in ClusterRole, and a ClusterRoleBinding cannot name a Role';
const NO_SUCH_VERB = 'impersonate is only asked for users, groups, service accounts and what belongs to them';

/** Where presync differs on purpose. Whoever is right, nothing stands here without its reason. */
export const EXCEPTIONS: readonly Exception[] = [
  { tool: 'trivy', check: /_bind$/, name: /^test_cluster_role_binding/, reason: NO_SUCH_KIND },
  {
    tool: 'trivy',
    check: /^authenticate_group_bind$/,
    name: /non_gke$/,
    reason: 'every pod is in system:authenticated, not only on GKE',
  },
  { tool: 'trivy', check: /^cluster_admin_role/, name: /./, reason: NOT_BUILT_IN },
  {
    tool: 'trivy',
    check: /^any_verb$/,
    name: /(?:clusterroles|clusterrolebindings|users|groups)$/,
    reason: NOT_BY_A_ROLE,
  },
  { tool: 'trivy', check: /clusterrolebinding_and_associate/, name: /./, reason: NOT_BY_A_ROLE },
  {
    tool: 'trivy',
    check: /^(?:impersonate_privileged_groups|manage_webhook|privilege_escalation_from_node)/,
    name: /./,
    reason: NOT_BY_A_ROLE,
  },
  { tool: 'trivy', check: /^manage_/, name: /impersonate$/, reason: NO_SUCH_VERB },
  {
    tool: 'trivy',
    check: /^delete_pod_logs$/,
    name: /./,
    reason: 'no API server deletes pods/log; who deletes events is reported',
  },
  {
    tool: 'trivy',
    check: /^manage_configmaps$/,
    name: /./,
    reason: 'only config maps that decide over access matter, and none of them is in namespace default',
  },
  {
    tool: 'trivy',
    check: /^manage_eks/,
    name: /(?:create|deletecollection)$/,
    reason: 'resourceNames never match a create or deletecollection',
  },
  {
    tool: 'trivy',
    check: /^manage_eks/,
    name: /delete$/,
    reason: 'without aws-auth nobody gains anything; writing it is reported',
  },
  {
    tool: 'trivy',
    check: /^allowing_create_role_binding/,
    name: /not_role_binding$|not_create$/,
    reason: 'bind is reported alone: whoever writes bindings may hold it by another role',
  },
  { tool: 'trivy', check: /^allowing_users_rolebinding/, name: /no_verb_get$/, reason: 'a patch needs no get' },
  {
    tool: 'kubescape',
    check: /^anonymous-access/,
    name: /^fail$/,
    reason: 'system:public-info-viewer is bound to everybody in every cluster',
  },
  {
    tool: 'kubescape',
    check: /^cluster-admin-role$/,
    name: /rolebinding$/,
    reason: 'cluster-admin in one namespace is all of that namespace',
  },
  { tool: 'kubescape', check: /^ensure-default/, name: /./, reason: 'a label says nothing about what a binding gives' },
  {
    tool: 'kubescape',
    check: /^(?:exec-into|rule-can-portforward)/,
    name: /^clusterrole/,
    reason: '`pods/*` is an ordinary string that gives no subresource',
  },
  {
    tool: 'kubescape',
    check: /^rule-can-approve/,
    name: /rolebinding$/,
    reason: 'without approve on signers and without the right to create requests nothing is approved',
  },
  { tool: 'kubescape', check: /^rule-can-bind-escalate/, name: /^role-/, reason: NOT_BY_A_ROLE },
  {
    tool: 'kubescape',
    check: /^system-authenticated/,
    name: /./,
    reason: 'whatever everybody is given is reported, not only what takes over the cluster',
  },
  {
    tool: 'kubescape',
    check: /^workload-with-administrative/,
    name: /limited-permissions$/,
    reason: 'its account reads every Secret and reaches every kubelet',
  },
  {
    tool: 'checkov',
    check: /^RbacBind/,
    name: /./,
    reason: 'the API server asks for bind on roles and clusterroles, not on bindings',
  },
  {
    tool: 'checkov',
    check: /^WildcardRoles$/,
    name: /failed-[13]/,
    reason: 'the verbs "" and "example" are none, so nothing is given',
  },
  {
    tool: 'polaris',
    check: /./,
    name: /system[_-]|gce_calico/,
    reason: 'a name that begins with system: gives as much as any other',
  },
  {
    tool: 'polaris',
    check: /./,
    name: /defaultclusterrole/,
    reason: 'a manifest that writes a built-in role again is reported, with what it gives',
  },
  {
    tool: 'polaris',
    check: /./,
    name: /explicit_apigroups/,
    reason: 'everything of the core group is every Secret, pod and service account',
  },
  {
    tool: 'polaris',
    check: /./,
    name: /missing_ref/,
    reason: 'what a missing role gives nobody knows: reported as rbac/dangling-reference',
  },
  { tool: 'kyverno', check: /^restrict-binding-clusteradmin/, name: /^badrb/, reason: NOT_BUILT_IN },
  {
    tool: 'kyverno',
    check: /^restrict-binding-system-groups/,
    name: /01$/,
    reason: 'system:anonymous is a user, and nobody is in a group of that name',
  },
  {
    tool: 'kyverno',
    check: /^restrict-clusterrole-csr/,
    name: /./,
    reason: 'certificates are of the group certificates.k8s.io, not of the core',
  },
  { tool: 'kyverno', check: /^restrict-escalation/, name: /^badrole01$/, reason: NO_SUCH_VERB },
  {
    tool: 'kubiscan',
    check: /(?:-groups|-users|-clusterroles|-clusterrolebindings|-node-proxy|-clusterrole)$/,
    name: /./,
    reason: NOT_BY_A_ROLE,
  },
];
