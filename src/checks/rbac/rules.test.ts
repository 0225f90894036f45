import { describe, expect, test } from '@jest/globals';
import { aBinding, aClusterRole, aRole } from '../../../test/builders/rbac.ts';
import { aManifest } from '../../../test/builders/manifest.ts';
import type { JsonValue } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { gitops } from './gitops.ts';
import { RULES } from './index.ts';
import { readObjects } from './object.ts';
import type { Context, RbacHit } from './rule.ts';

const RBAC = 'rbac.authorization.k8s.io';

function hits(rule: string, manifest: Manifest, context: Context = {}): readonly RbacHit[] {
  const found = RULES.find(({ id }) => id === `rbac/${rule}`);
  if (found === undefined) throw new Error(`no rule ${rule}`);
  return readObjects(manifest).flatMap((object) => found.hits(object, context));
}

function severityOf(rule: string, manifest: Manifest): readonly string[] {
  const severity = RULES.find(({ id }) => id === `rbac/${rule}`)?.severity;
  return hits(rule, manifest).map((hit) => hit.severity ?? severity ?? '');
}

type Rules = readonly (string | JsonValue)[];

/** Rule, severity, rules of a ClusterRole that meet it, facets; then rules just past the edge. */
const IN_CLUSTER_ROLES: readonly (readonly [string, string, Rules, readonly string[], ...Rules[]])[] = [
  [
    'write-argocd-objects',
    'critical',
    ['argoproj.io/applications:create'],
    ['argoproj.io/applications:create'],
    ['argoproj.io/applications:get'],
    ['argoproj.io/workflows:create'],
  ],
  ['write-argocd-objects', 'medium', ['argoproj.io/appprojects:patch@shop'], ['argoproj.io/appprojects:patch@shop']],
  [
    'write-flux-objects',
    'high',
    ['helm.toolkit.fluxcd.io/helmreleases:update'],
    ['helm.toolkit.fluxcd.io/helmreleases:update'],
    ['helm.toolkit.fluxcd.io/helmreleases:get'],
  ],
  [
    'cluster-admin-equivalent',
    'critical',
    ['*/*:*'],
    ['*/*:*', 'core/*:*'],
    ['*/*:get,list,watch'],
    ['apps/*:*'],
    ['*/pods:*'],
  ],
  ['cluster-admin-equivalent', 'critical', ['core/*:*'], ['core/*:*']],
  [
    'write-all-resources',
    'critical',
    ['*/*:delete'],
    ['*/*:delete', 'core/*:delete'],
    ['*/*:get'],
    ['apps/*:delete'],
    ['core/*/status:delete'],
  ],
  ['read-all-resources', 'high', ['core/*:list'], ['core/*:list'], ['*/*:create'], ['core/pods:list']],
  [
    'wildcard-verb',
    'high',
    ['core/secrets:*'],
    ['core/secrets:*'],
    ['core/secrets:get,list,watch,create,update,patch,delete,deletecollection'],
    ['core/events:*'],
    ['secrets/secrets:*'],
  ],
  ['whole-api-group', 'medium', ['apps/*:get'], ['apps/*:get'], ['apps/deployments:get']],
  ['every-verb', 'low', ['acme.example/widgets:*'], ['acme.example/widgets:*'], ['acme.example/widgets:get,delete']],
  ['wildcard-group', 'low', ['*/pods:get'], ['*/pods:get'], ['core/pods:get'], ['*/*/scale:update']],
  [
    'escalate',
    'critical',
    [`${RBAC}/clusterroles:escalate,update`],
    [`${RBAC}/clusterroles:escalate`, `${RBAC}/clusterroles:update`],
    [`${RBAC}/clusterroles:update,patch`],
    [`${RBAC}/rolebindings:escalate`],
    ['core/roles:escalate'],
  ],
  ['escalate', 'critical', ['*/*:escalate'], [`${RBAC}/clusterroles:escalate`, `${RBAC}/roles:escalate`]],
  [
    'bind',
    'critical',
    [`${RBAC}/clusterroles:bind`, `${RBAC}/clusterrolebindings:create`],
    [`${RBAC}/clusterrolebindings:create`, `${RBAC}/clusterroles:bind`],
    [`${RBAC}/clusterrolebindings,rolebindings:bind,create`],
  ],
  ['bind', 'critical', [`${RBAC}/clusterroles:bind@cluster-admin`], [`${RBAC}/clusterroles:bind@cluster-admin`]],
  [
    'bind',
    'high',
    [`${RBAC}/clusterroles:bind@view,edit`],
    [`${RBAC}/clusterroles:bind@edit`, `${RBAC}/clusterroles:bind@view`],
  ],
  ['bind', 'low', [`${RBAC}/clusterroles:bind@view`], [`${RBAC}/clusterroles:bind@view`]],
  [
    'write-bindings',
    'medium',
    [`${RBAC}/rolebindings:patch`],
    [`${RBAC}/rolebindings:patch`],
    [`${RBAC}/rolebindings:get,list,delete`],
  ],
  ['write-roles', 'medium', [`${RBAC}/roles:create`], [`${RBAC}/roles:create`], [`${RBAC}/roles:get`]],
  [
    'impersonate',
    'critical',
    ['core/users:impersonate'],
    ['core/users:impersonate'],
    ['apps/users:impersonate'],
    ['core/pods:impersonate'],
  ],
  ['impersonate', 'critical', ['*/groups:*'], ['core/groups:impersonate']],
  ['impersonate', 'critical', ['core/groups:impersonate@system:masters'], ['core/groups:impersonate@system:masters']],
  ['impersonate', 'medium', ['core/users:impersonate@ann'], ['core/users:impersonate@ann']],
  [
    'impersonate',
    'critical',
    ['authentication.k8s.io/userextras/scopes,uids:impersonate'],
    ['authentication.k8s.io/uids:impersonate', 'authentication.k8s.io/userextras/scopes:impersonate'],
    ['authentication.k8s.io/userextras/*,userextras:impersonate'],
  ],
  [
    'constrained-impersonation',
    'high',
    ['authentication.k8s.io/users:impersonate:user-info', 'core/secrets:impersonate-on:user-info:get'],
    ['authentication.k8s.io/users:impersonate:user-info', 'core/secrets:impersonate-on:user-info:get'],
    ['authentication.k8s.io/users:impersonate:user-info'],
    ['core/secrets:impersonate-on:user-info:get'],
  ],
  [
    'approve-certificates',
    'critical',
    [
      'certificates.k8s.io/certificatesigningrequests:create',
      'certificates.k8s.io/certificatesigningrequests/approval:patch',
      'certificates.k8s.io/signers:approve@kubernetes.io/*',
    ],
    [
      'certificates.k8s.io/certificatesigningrequests/approval:patch',
      'certificates.k8s.io/certificatesigningrequests:create',
      'certificates.k8s.io/signers:approve@kubernetes.io/*',
    ],
    [
      'certificates.k8s.io/certificatesigningrequests:create',
      'certificates.k8s.io/certificatesigningrequests/approval:patch',
      'certificates.k8s.io/signers:approve@kubernetes.io/kubelet-serving',
    ],
  ],
  [
    'approve-certificates-partly',
    'medium',
    ['certificates.k8s.io/signers:approve', 'certificates.k8s.io/certificatesigningrequests/approval:update'],
    ['certificates.k8s.io/certificatesigningrequests/approval:update', 'certificates.k8s.io/signers:approve'],
    ['certificates.k8s.io/signers:approve'],
  ],
  [
    'sign-certificates',
    'high',
    ['certificates.k8s.io/signers:sign', 'certificates.k8s.io/certificatesigningrequests/status:patch'],
    ['certificates.k8s.io/certificatesigningrequests/status:patch', 'certificates.k8s.io/signers:sign'],
    ['certificates.k8s.io/signers:sign'],
    ['certificates.k8s.io/signers:sign@example.com/own', 'certificates.k8s.io/certificatesigningrequests/status:patch'],
  ],
  [
    'token-request',
    'critical',
    ['core/*/token:create'],
    ['core/serviceaccounts/token:create'],
    ['core/serviceaccounts:create'],
    ['core/serviceaccounts/*:create'],
    ['core/serviceaccounts/token:get'],
  ],
  ['token-request', 'low', ['core/serviceaccounts/token:create@ci'], ['core/serviceaccounts/token:create@ci']],
  [
    'token-secret-mint',
    'critical',
    ['core/secrets:create', 'core/pods:create'],
    ['core/pods:create', 'core/secrets:create'],
    ['core/secrets:create'],
    ['core/secrets:get,list'],
    ['core/secrets:create@db', 'core/secrets:get'],
  ],
  ['token-secret-mint', 'critical', ['core/secrets:patch'], ['core/secrets:patch']],
  [
    'secrets-read-cluster-wide',
    'critical',
    ['core/secrets:get', 'core/secrets:list'],
    ['core/secrets:get', 'core/secrets:list'],
    ['core/secrets:create'],
    ['v1/secrets:get'],
    ['core/secrets/*:get'],
  ],
  ['secrets-read-cluster-wide', 'critical', ['*/*:*'], ['core/secrets:get', 'core/secrets:list', 'core/secrets:watch']],
  ['secrets-read-cluster-wide', 'low', ['core/secrets:get@db'], ['core/secrets:get@db']],
  ['secrets-read-cluster-wide', 'low', ['core/secrets:get@*'], ['core/secrets:get@*']],
  ['secrets-write', 'high', ['core/secrets:delete'], ['core/secrets:delete'], ['core/secrets:get']],
  [
    'configmaps-with-authority',
    'critical',
    ['core/configmaps:update@aws-auth,own'],
    ['core/configmaps:update@aws-auth'],
    ['core/configmaps:update@own'],
    ['core/configmaps:get'],
  ],
  [
    'create-workloads',
    'critical',
    ['core+apps/pods,deployments:create'],
    ['apps/deployments:create', 'core/pods:create'],
    ['core/pods:update'],
    ['core/deployments:create'],
  ],
  ['create-workloads', 'critical', ['tekton.dev/pipelineruns:create'], ['tekton.dev/pipelineruns:create']],
  [
    'modify-workloads',
    'high',
    ['core/pods:patch'],
    ['core/pods:patch'],
    ['core/pods:create'],
    ['core/pods/status:patch'],
  ],
  [
    'pods-exec',
    'high',
    ['core/*/exec:create'],
    ['core/pods/exec:create'],
    ['core/pods/*:create'],
    ['core/pods:*'],
    ['apps/pods/exec:create'],
  ],
  ['pods-attach', 'high', ['core/pods/attach:create'], ['core/pods/attach:create'], ['core/pods/exec:create']],
  [
    'ephemeral-containers',
    'high',
    ['core/pods/ephemeralcontainers:patch'],
    ['core/pods/ephemeralcontainers:patch'],
    ['core/pods/ephemeralcontainers:get'],
  ],
  [
    'pods-portforward',
    'medium',
    ['core/pods/portforward:create'],
    ['core/pods/portforward:create'],
    ['core/pods:create'],
  ],
  ['pods-services-proxy', 'medium', ['core/services/proxy:get'], ['core/services/proxy:get'], ['core/services:get']],
  [
    'nodes-proxy',
    'critical',
    ['core/*/proxy:get'],
    ['core/nodes/proxy:get'],
    ['core/nodes/metrics,nodes/stats:get'],
    ['core/nodes:get'],
  ],
  ['nodes-proxy', 'high', ['core/nodes/proxy:get@one'], ['core/nodes/proxy:get@one']],
  ['logs', 'low', ['core/pods/log:get'], ['core/pods/log:get'], ['core/pods/log:delete']],
  [
    'steal-pods',
    'high',
    ['core/pods/eviction:create', 'core/nodes/status:patch'],
    ['core/nodes/status:patch', 'core/pods/eviction:create'],
    ['core/pods:delete'],
    ['core/nodes/status:patch'],
  ],
  ['status-tampering', 'low', ['core/pods/status:update'], ['core/pods/status:update'], ['core/pods/status:get']],
  [
    'service-status-tampering',
    'medium',
    ['core/services/status:patch'],
    ['core/services/status:patch'],
    ['core/services:patch'],
  ],
  ['scheduling-bypass', 'medium', ['core/pods/binding:create'], ['core/pods/binding:create'], ['core/bindings:get']],
  ['nodes-write', 'high', ['core/nodes:delete'], ['core/nodes:delete'], ['core/nodes:get,list,watch']],
  [
    'admission-webhooks',
    'critical',
    ['admissionregistration.k8s.io/mutatingwebhookconfigurations:patch'],
    ['admissionregistration.k8s.io/mutatingwebhookconfigurations:patch'],
    ['admissionregistration.k8s.io/mutatingwebhookconfigurations:get'],
  ],
  [
    'admission-policies',
    'high',
    ['admissionregistration.k8s.io/validatingadmissionpolicybindings:delete'],
    ['admissionregistration.k8s.io/validatingadmissionpolicybindings:delete'],
    ['admissionregistration.k8s.io/validatingadmissionpolicies:list'],
  ],
  [
    'policy-engines',
    'high',
    ['constraints.gatekeeper.sh/k8sallowedrepos:update'],
    ['constraints.gatekeeper.sh/k8sallowedrepos:update'],
    ['*/k8sallowedrepos:update'],
    ['constraints.gatekeeper.sh/*:get'],
  ],
  ['policy-engines', 'high', ['constraints.gatekeeper.sh/*:update'], ['constraints.gatekeeper.sh/*:update']],
  [
    'persistent-volumes',
    'high',
    ['core/persistentvolumes:create'],
    ['core/persistentvolumes:create'],
    ['core/persistentvolumeclaims:create'],
  ],
  [
    'storage-classes',
    'medium',
    ['storage.k8s.io/storageclasses:create'],
    ['storage.k8s.io/storageclasses:create'],
    ['storage.k8s.io/storageclasses:get'],
  ],
  ['namespace-labels', 'high', ['core/namespaces:patch'], ['core/namespaces:patch'], ['core/namespaces:delete']],
  [
    'custom-resource-definitions',
    'medium',
    ['apiextensions.k8s.io/customresourcedefinitions:delete'],
    ['apiextensions.k8s.io/customresourcedefinitions:delete'],
    ['apiextensions.k8s.io/customresourcedefinitions:watch'],
  ],
  [
    'aggregated-apis',
    'high',
    ['apiregistration.k8s.io/apiservices:create'],
    ['apiregistration.k8s.io/apiservices:create'],
    ['apiregistration.k8s.io/apiservices/status:update'],
  ],
  [
    'networking',
    'medium',
    ['discovery.k8s.io/endpointslices:update'],
    ['discovery.k8s.io/endpointslices:update'],
    ['core/endpointslices:update'],
  ],
  [
    'destruction',
    'medium',
    ['apps/statefulsets:deletecollection'],
    ['apps/statefulsets:deletecollection'],
    ['core/statefulsets:deletecollection'],
    ['core/configmaps:delete'],
  ],
  ['evidence-removal', 'low', ['core/events:delete'], ['core/events:delete'], ['core/events:create,patch']],
  [
    'resource-governance',
    'low',
    ['core/limitranges:delete'],
    ['core/limitranges:delete'],
    ['coordination.k8s.io/leases:update'],
  ],
  [
    'azure-pod-identity',
    'high',
    ['aadpodidentity.k8s.io/azurepodidentityexceptions:create'],
    ['aadpodidentity.k8s.io/azurepodidentityexceptions:create'],
    ['aadpodidentity.k8s.io/azureidentities:create'],
  ],
];

describe('in a ClusterRole', () => {
  test.each(IN_CLUSTER_ROLES)('%s is %s for %j', (rule, severity, rules, facets) => {
    expect(hits(rule, aClusterRole(rules)).map((hit) => hit.facets)).toEqual([facets]);
    expect(severityOf(rule, aClusterRole(rules))).toEqual([severity]);
  });

  const past = IN_CLUSTER_ROLES.flatMap(([rule, , , , ...rows]) => rows.map((rules) => [rule, rules] as const));
  test.each(past)('%s is not for %j', (rule, rules) => {
    expect(hits(rule, aClusterRole(rules))).toEqual([]);
  });
});

/** Rule, namespace, rules of the Role, severities. */
const IN_ROLES = [
  ['namespace-admin', 'shop', ['*/*:*'], ['high']],
  ['namespace-admin', 'kube-system', ['*/*:*'], ['critical']],
  ['namespace-admin', 'shop', ['*/*:get'], []],
  ['cluster-admin-equivalent', 'shop', ['*/*:*'], []],
  ['secrets-read', 'shop', ['core/secrets:watch'], ['high']],
  ['secrets-read', 'shop', ['core/secrets:get@db'], ['low']],
  ['secrets-read', 'shop', ['core/secrets:create'], []],
  ['secrets-read-cluster-wide', 'shop', ['core/secrets:get'], []],
  ['token-request', 'shop', ['core/serviceaccounts/token:create'], ['high']],
  ['token-request', 'argocd', ['core/serviceaccounts/token:create'], ['critical']],
  ['create-workloads', 'shop', ['apps/deployments:create'], ['high']],
  ['create-workloads', 'flux-system', ['apps/deployments:create'], ['critical']],
  ['escalate', 'shop', [`${RBAC}/roles:escalate`], ['high']],
  ['escalate', 'shop', [`${RBAC}/clusterroles:escalate`], []],
  // Asked for with the namespace of the binding.
  ['bind', 'shop', [`${RBAC}/clusterroles:bind`], ['high']],
  ['impersonate', 'shop', ['core/serviceaccounts:impersonate'], ['critical']],
  ['impersonate', 'shop', ['core/users,groups:impersonate'], []],
  ['configmaps-with-authority', 'kube-system', ['core/configmaps:update'], ['high']],
  ['configmaps-with-authority', 'shop', ['core/configmaps:update'], []],
  ['configmaps-with-authority', 'gitops', ['core/configmaps:update@argocd-rbac-cm'], ['high']],
  ['control-plane-leases', 'kube-system', ['coordination.k8s.io/leases:update'], ['low']],
  ['control-plane-leases', 'shop', ['coordination.k8s.io/leases:update'], []],
  ['control-plane-leases', 'kube-system', ['coordination.k8s.io/leases:update@own'], []],
  ['nodes-proxy', 'shop', ['core/nodes/proxy:get'], []],
  ['admission-webhooks', 'shop', ['admissionregistration.k8s.io/*:*'], []],
  ['namespace-labels', 'shop', ['core/namespaces:patch'], ['high']],
  ['namespace-labels', 'shop', ['core/namespaces:create'], []],
] as const;

describe('in a Role', () => {
  test.each(IN_ROLES)('%s in namespace %s for %j: %j', (rule, namespace, rules, severities) => {
    expect(severityOf(rule, aRole(rules, namespace))).toEqual(severities);
  });
});

describe('limits by name', () => {
  const names = Array.from({ length: 300 }, (_, index) => `s${index}`).join(',');
  test.each([
    ['the empty name lifts the limit of list', ['core/secrets:list@db,'], 'critical', ['core/secrets:list']],
    ['but not that of get', ['core/secrets:get@db,'], 'low', ['core/secrets:get@', 'core/secrets:get@db']],
    ['so many names are as good as none', [`core/secrets:get@${names}`], 'critical', ['core/secrets:get']],
    [
      'also where several rules bring them',
      names.split(',').map((name) => `core/secrets:get@${name}`),
      'critical',
      ['core/secrets:get'],
    ],
    ['one rule without names suffices', ['core/secrets:get@db', 'core/secrets:get'], 'critical', ['core/secrets:get']],
  ])('%s', (_name, rules, severity, facets) => {
    const found = hits('secrets-read-cluster-wide', aClusterRole(rules));
    expect(found.map((hit) => [hit.severity, hit.facets])).toEqual([[severity, facets]]);
  });

  test('a name makes nothing more severe than the scope allows', () => {
    expect(severityOf('bind', aRole([`${RBAC}/roles:bind@cluster-admin`]))).toEqual(['high']);
  });
});

test('so many API groups are as good as all', () => {
  const apiGroups = Array.from({ length: 3_000 }, (_, index) => `g${index}`);
  const [hit] = hits('whole-api-group', aClusterRole([{ apiGroups, resources: ['*'], verbs: ['get'] }]));
  expect(hit?.facets).toContain('*/*:get');
  expect(hit?.facets.length).toBeLessThan(20);
});

describe('by Kubernetes version', () => {
  test.each([
    ['get alone suffices before 1.35', { minor: 34 }, 'core/pods/exec:get', ['core/pods/exec:get']],
    ['from 1.35 create is needed', { minor: 35 }, 'core/pods/exec:get', undefined],
    ['create counts always', { minor: 35 }, 'core/pods/exec:create', ['core/pods/exec:create']],
    ['an unknown version counts as old', {}, 'core/pods/exec:get', ['core/pods/exec:get']],
  ] as const)('%s', (_name, context, rule, facets) => {
    expect(hits('pods-exec', aClusterRole([rule]), context)[0]?.facets).toEqual(facets);
  });
});

/** Rule, binding, role, subjects, severities. */
const BINDINGS = [
  ['cluster-admin-binding', 'ClusterRoleBinding', 'ClusterRole/cluster-admin', ['User:ann'], ['critical']],
  ['cluster-admin-binding', 'RoleBinding', 'ClusterRole/cluster-admin', ['User:ann'], ['high']],
  ['cluster-admin-binding', 'RoleBinding', 'Role/cluster-admin', ['User:ann'], []],
  ['cluster-admin-binding', 'ClusterRoleBinding', 'ClusterRole/cluster-admin', [], []],
  ['admin-or-edit-binding', 'RoleBinding', 'ClusterRole/edit', ['User:ann'], ['high']],
  ['admin-or-edit-binding', 'ClusterRoleBinding', 'ClusterRole/admin', ['User:ann'], ['critical']],
  ['admin-or-edit-binding', 'RoleBinding', 'ClusterRole/view', ['User:ann'], []],
  ['anonymous-subject', 'RoleBinding', 'ClusterRole/view', ['User:system:anonymous'], ['critical']],
  ['anonymous-subject', 'ClusterRoleBinding', 'ClusterRole/x', ['Group:system:unauthenticated'], ['critical']],
  [
    'anonymous-subject',
    'ClusterRoleBinding',
    'ClusterRole/system:public-info-viewer',
    ['Group:system:unauthenticated'],
    [],
  ],
  [
    'anonymous-subject',
    'RoleBinding',
    'Role/kubeadm:bootstrap-signer-clusterinfo',
    ['User:system:anonymous'],
    ['critical'],
  ],
  ['anonymous-subject', 'RoleBinding', 'ClusterRole/view', ['Group:system:anonymous'], []],
  ['all-authenticated-subject', 'ClusterRoleBinding', 'ClusterRole/view', ['Group:system:authenticated'], ['high']],
  ['all-authenticated-subject', 'ClusterRoleBinding', 'ClusterRole/edit', ['Group:system:authenticated'], ['critical']],
  [
    'all-authenticated-subject',
    'ClusterRoleBinding',
    'ClusterRole/system:discovery',
    ['Group:system:authenticated'],
    [],
  ],
  ['masters-subject', 'RoleBinding', 'Role/x', ['Group:system:masters'], ['high']],
  ['masters-subject', 'RoleBinding', 'Role/x', ['User:system:masters'], []],
  ['all-service-accounts-subject', 'RoleBinding', 'Role/x', ['Group:system:serviceaccounts:shop'], ['high']],
  ['all-service-accounts-subject', 'RoleBinding', 'Role/x', ['Group:system:serviceaccountsx'], []],
  ['default-account-subject', 'RoleBinding', 'Role/x', ['ServiceAccount:/default'], ['high']],
  ['default-account-subject', 'RoleBinding', 'Role/x', ['User:system:serviceaccount:shop:default'], ['high']],
  ['default-account-subject', 'RoleBinding', 'Role/x', ['ServiceAccount:/own'], []],
  ['foreign-namespace-subject', 'RoleBinding', 'Role/x', ['ServiceAccount:other/own'], ['medium']],
  ['foreign-namespace-subject', 'RoleBinding', 'Role/x', ['ServiceAccount:/own', 'ServiceAccount:shop/own'], []],
  ['foreign-namespace-subject', 'ClusterRoleBinding', 'ClusterRole/x', ['ServiceAccount:other/own'], []],
  ['disguised-subject', 'RoleBinding', 'Role/x', ['User:system:serviceaccount:shop:own'], ['low']],
  ['disguised-subject', 'ClusterRoleBinding', 'ClusterRole/x', ['ServiceAccount:/own'], ['low']],
  ['disguised-subject', 'RoleBinding', 'Role/x', ['User:system:kube-scheduler'], ['low']],
  ['disguised-subject', 'RoleBinding', 'Role/x', ['User:system:serviceaccount:shop:own:x'], []],
  ['disguised-subject', 'RoleBinding', 'Role/x', ['User:system:serviceaccount::own'], []],
  ['disguised-subject', 'RoleBinding', 'Role/x', ['Robot:x'], ['low']],
  ['disguised-subject', 'RoleBinding', 'Role/x', [{ kind: 'User', name: 'ann', apiGroup: 'v1' }], ['low']],
  ['disguised-subject', 'RoleBinding', 'Role/x', [7], ['low']],
  ['disguised-subject', 'RoleBinding', 'Role/x', ['User:ann', 'Group:team', 'ServiceAccount:/own'], []],
] as const;

describe('bindings', () => {
  test.each(BINDINGS)('%s: %s to %s for %j is %j', (...[rule, kind, role, subjects, severities]) => {
    expect(severityOf(rule, aBinding(kind, role, subjects))).toEqual(severities);
  });

  test('joining a cluster without a login is allowed in kube-public only', () => {
    const binding = aBinding('RoleBinding', 'Role/kubeadm:bootstrap-signer-clusterinfo', ['User:system:anonymous']);
    const inPublic = { ...binding, id: { ...binding.id, namespace: 'kube-public' } };
    expect(hits('anonymous-subject', inPublic)).toEqual([]);
  });

  test('the finding points at the subject, or at the role', () => {
    const binding = aBinding('RoleBinding', 'ClusterRole/cluster-admin', ['User:ann', 'Group:system:masters']);
    expect(hits('masters-subject', binding)[0]?.pointer).toBe('/subjects/1');
    expect(hits('cluster-admin-binding', binding)[0]?.pointer).toBe('/roleRef');
  });

  test('all ways to write one service account are one identity', () => {
    const written = [
      'User:system:serviceaccount:shop:default',
      'ServiceAccount:/default',
      'ServiceAccount:shop/default',
    ];
    const found = hits('default-account-subject', aBinding('RoleBinding', 'Role/x', written));
    expect(found[0]?.facets).toEqual(['Role/x -> ServiceAccount:shop/default']);
  });
});

function selecting(selector: JsonValue): Manifest {
  return aClusterRole([], { aggregationRule: { clusterRoleSelectors: [selector] } });
}

describe('aggregation', () => {
  const label = 'rbac.authorization.k8s.io/aggregate-to-view';
  const labelled = (value: JsonValue, rules: Rules): Manifest =>
    aClusterRole(rules, { metadata: { name: 'it', labels: { [label]: value } } });

  test.each([
    ['a label with rules', labelled('true', ['core/secrets:get']), ['core/secrets:get', 'label']],
    ['a label that is written as a boolean', labelled(true, ['core/secrets:get']), ['core/secrets:get', 'label']],
    ['a label with another value', labelled('false', ['core/secrets:get']), undefined],
    ['a label without rules', labelled('true', []), undefined],
  ])('%s', (_name, manifest, facets) => {
    expect(hits('aggregation-label', manifest)[0]?.facets.toSorted()).toEqual(facets);
  });

  test.each([
    ['an empty selector', {}, 'broad'],
    ['null, which is empty', null, 'broad'],
    ['a selector that only excludes', { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, 'broad'],
    [
      'a label that cluster-admin carries',
      { matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
      'broad',
    ],
    ['a label of its own', { matchLabels: { 'example.com/aggregate': 'true' } }, 'narrow'],
    ['a list of values', { matchExpressions: [{ key: 'example.com/a', operator: 'In', values: ['b'] }] }, 'narrow'],
  ])('%s', (_name, selector, expected) => {
    const found = [
      hits('aggregation-rule-broad', selecting(selector)).length,
      hits('aggregation-rule', selecting(selector)).length,
    ];
    expect(found).toEqual(expected === 'broad' ? [1, 0] : [0, 1]);
  });

  test.each([
    ['view', 1],
    ['cluster-admin', 1],
    ['system:discovery', 1],
    ['viewer', 0],
  ])('a ClusterRole of the name %s', (name, count) => {
    expect(hits('builtin-role-override', aClusterRole([], { metadata: { name, namespace: '' } }))).toHaveLength(count);
  });

  test('a product without end is compared as a whole', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `n${index}`);
    const [hit] = hits('aggregation-label', labelled('true', [{ apiGroups: many, resources: many, verbs: many }]));
    expect(hit?.facets).toHaveLength(2);
    expect(hit?.message.length).toBeLessThan(1_000);
  });

  test('a label on another role than a ClusterRole means nothing', () => {
    expect(
      ['aggregation-label', 'aggregation-rule', 'builtin-role-override'].flatMap((rule) =>
        hits(rule, aRole(['core/pods:get'])),
      ),
    ).toEqual([]);
  });
});

describe('paths outside the resources', () => {
  test.each([
    ['*', ['get'], ['url:*:get']],
    ['/*', ['get'], ['url:/*:get']],
    ['/debug/pprof', ['get'], ['url:/debug/pprof:get']],
    ['/logs*', ['get'], ['url:/logs*:get']],
    ['/d*', ['get'], ['url:/d*:get']],
    ['/metrics', ['get', 'post'], ['url:/metrics:post']],
    ['/metrics', ['get'], undefined],
    ['/healthz', ['*'], undefined],
    ['/apis/*', ['get'], undefined],
    ['/x/*/y', ['get'], undefined],
  ])('%s with %j', (url, verbs, facets) => {
    expect(hits('broad-urls', aClusterRole([{ nonResourceURLs: [url], verbs }]))[0]?.facets).toEqual(facets);
  });

  test('a Role cannot grant them', () => {
    expect(hits('broad-urls', aRole([{ nonResourceURLs: ['*'], verbs: ['*'] }]))).toEqual([]);
  });
});

describe('what has no effect', () => {
  test.each([
    ['pods/* is no wildcard', aClusterRole(['core/pods/*:get']), ['subresources pods/*']],
    ['a name is no wildcard', aClusterRole(['core/secrets:get@*']), ['name-wildcard']],
    ['create has no name yet', aClusterRole(['core/secrets:get,create@db']), ['by-name create']],
    ['a subresource is created by name', aClusterRole(['core/serviceaccounts/token:create@db']), undefined],
    ['a cluster-scoped resource in a Role', aRole(['core/nodes:get']), ['cluster-scoped nodes']],
    ['the own namespace in a Role', aRole(['core/namespaces:get']), undefined],
    ['other namespaces in a Role', aRole(['core/namespaces:list,create']), ['cluster-scoped namespaces']],
    ['a resource in the wrong group', aClusterRole(['core/deployments:get']), ['unknown deployments']],
    ['one of two groups fits', aClusterRole(['core+apps/deployments,pods:get']), undefined],
    ['an unknown group is not judged', aClusterRole(['example.com/secrits:get']), undefined],
    ['an unknown verb', aClusterRole(['core/pods:GET,read']), ['unknown verb GET', 'unknown verb read']],
    ['a path in a Role', aRole([{ nonResourceURLs: ['/x'], verbs: ['get'] }]), ['url-in-role']],
    [
      'resources and paths',
      aClusterRole([{ nonResourceURLs: ['/x'], resources: ['pods'], apiGroups: [''], verbs: ['get'] }]),
      ['both-kinds'],
    ],
    ['no verbs', aClusterRole([{ apiGroups: [''], resources: ['pods'] }]), ['no-verbs']],
    ['no groups', aClusterRole([{ verbs: ['get'], resources: ['pods'] }]), ['no-groups']],
    ['no resources', aClusterRole([{ verbs: ['get'], apiGroups: [''] }]), ['no-resources']],
    ['null, which is a rule without anything', aClusterRole([null]), ['no-verbs']],
    ['a rule that is a number', aClusterRole([7]), ['rule-not-an-object']],
    [
      'verbs that are a string',
      aClusterRole([{ verbs: 'get', apiGroups: [''], resources: ['pods'] }]),
      ['not-texts verbs'],
    ],
    [
      'a list with a number',
      aClusterRole([{ verbs: ['get', 7], apiGroups: [''], resources: ['pods'] }]),
      ['not-texts verbs'],
    ],
    ['rules that are no list', aClusterRole([], { rules: 'all' }), ['rules-not-a-list']],
    [
      'rules under an aggregationRule',
      aClusterRole(['core/pods:get'], { aggregationRule: { clusterRoleSelectors: [{}] } }),
      ['rules-overwritten'],
    ],
    ['no rules at all', aClusterRole([], { rules: null }), undefined],
    ['a ClusterRoleBinding of a Role', aBinding('ClusterRoleBinding', 'Role/x', []), ['role-in-cluster']],
    ['a binding of nothing', aBinding('RoleBinding', 'Robot/x', []), ['no-role']],
    [
      'subjects that are no list',
      { ...aBinding('RoleBinding', 'Role/x', []), object: { roleRef: { kind: 'Role', name: 'x' }, subjects: {} } },
      ['subjects-not-a-list'],
    ],
  ])('%s', (_name, manifest, facets) => {
    expect(hits('ineffective-grant', manifest)[0]?.facets).toEqual(facets);
  });
});

function account(annotations: JsonValue): Manifest {
  return aManifest({ kind: 'ServiceAccount', metadata: { annotations } });
}

describe('accounts and tokens', () => {
  test('a service account that acts in the cloud', () => {
    const [hit] = hits('cloud-identity', account({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/a' }));
    expect(hit?.facets).toEqual(['eks.amazonaws.com/role-arn=arn:aws:iam::1:role/a']);
    expect(hits('cloud-identity', account({ note: 'x' }))).toEqual([]);
  });

  test('a Secret that is filled with a token', () => {
    const secret = aManifest({
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'ci' } },
    });
    expect(hits('token-secret', secret)[0]?.facets).toEqual(['kubernetes.io/service-account-token ci']);
    expect(hits('token-secret', aManifest({ kind: 'Secret', type: 'Opaque' }))).toEqual([]);
  });
});

test('a message says who can do what, where', () => {
  const [found] = hits('secrets-read-cluster-wide', aClusterRole(['core/secrets:*']));
  expect(found?.message).toBe(
    'ClusterRole `it` can read every Secret of every namespace it is bound in: get, list, watch on secrets',
  );
  const [limited] = hits('secrets-read', aRole(['core/secrets:get@db,cache']));
  expect(limited?.message).toBe(
    'Role `it` can read named Secrets of namespace `shop`: get on secrets named `db`, `cache`',
  );
  const [bound] = hits('masters-subject', aBinding('RoleBinding', 'Role/x', ['Group:system:masters']));
  expect(bound?.message).toBe('RoleBinding `it` gives Role `x` in namespace `shop` to group `system:masters`');
});

test('a finding points at the first rule that grants it', () => {
  expect(hits('secrets-read', aRole(['core/pods:get', 'core/secrets:list', 'core/secrets:get']))[0]?.pointer).toBe(
    '/rules/1/verbs',
  );
});

test('the first rule counts, whichever wildcard gives it', () => {
  const [hit] = hits('pods-exec', aRole(['core/*:create', 'core/pods/exec:create', 'core/*/exec:create']));
  expect(hit?.pointer).toBe('/rules/0/verbs');
});

test('OpenShift says the same in its own group, with core for a missing group', () => {
  const role = {
    ...aClusterRole([]),
    object: { rules: [{ verbs: ['get'], resources: ['secrets'], apiGroups: null }] },
  };
  const id = { ...role.id, apiVersion: 'authorization.openshift.io/v1' };
  expect(hits('secrets-read-cluster-wide', { ...role, id })).toHaveLength(1);
  expect(hits('secrets-read-cluster-wide', role)).toEqual([]);
  const binding = {
    ...aBinding('RoleBinding', 'ClusterRole/x', []),
    object: { roleRef: { name: 'admin' }, subjects: [{ kind: 'SystemGroup', name: 'system:unauthenticated' }] },
  };
  const bindingId = { ...binding.id, apiVersion: 'authorization.openshift.io/v1' };
  expect(hits('anonymous-subject', { ...binding, id: bindingId })).toHaveLength(1);
  expect(hits('admin-or-edit-binding', { ...binding, id: bindingId })).toHaveLength(1);
});

test('items of a list are read one by one, their kind taken from the list', () => {
  const list = aManifest({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleList',
    items: [null, { metadata: { name: 'a' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }] }],
  });
  expect(hits('secrets-read', list)[0]?.message).toContain('Role `a` can read every Secret of namespace `shop`');
});

test('every rule has a row in a table, or a table of its own', () => {
  const own = [
    'aggregation-label',
    'aggregation-rule-broad',
    'aggregation-rule',
    'builtin-role-override',
    'cloud-identity',
    'operator-grants-unread',
  ];
  const more = [...gitops.map(({ id }) => id.slice('rbac/'.length)), 'token-secret', 'broad-urls', 'ineffective-grant'];
  const inTables = [...IN_CLUSTER_ROLES, ...IN_ROLES, ...BINDINGS].map(([rule]) => rule);
  const tested = new Set([...inTables, ...own, ...more].map((rule) => `rbac/${rule}`));
  expect(RULES.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});
