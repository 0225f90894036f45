import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest, aWorld } from '../../../../test/builders/manifest.ts';
import { aClusterRole, aRule } from '../../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { Problem } from '../../../model/finding.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { type Manifest, objectIdOf } from '../../../model/manifest.ts';
import { rbac } from '../index.ts';
import { expandedOf, OPERATOR_KINDS } from './index.ts';

async function problemsOf(base: readonly Manifest[], merged: readonly Manifest[]): Promise<readonly Problem[]> {
  const builtIn = ['cluster-admin', 'admin', 'edit', 'view'].map(
    (name) => named(aClusterRole(['core/pods:get']), name).object,
  );
  const whole = { base: aWorld('base', base), merged: aWorld('merged', merged), builtIn, notCounted: [] };
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY, whole };
  return rbac.run(input, AbortSignal.any([]));
}

function named(manifest: Manifest, name: string): Manifest {
  const object = { ...manifest.object, metadata: { name } };
  return { ...manifest, object, id: objectIdOf(object) };
}

async function said(manifest: Manifest): Promise<readonly string[]> {
  return (await problemsOf([], [manifest])).map(({ rule, pointer }) => `${rule} ${pointer}`);
}

async function facetsOf(manifest: Manifest): Promise<readonly (readonly string[])[]> {
  return (await problemsOf([], [manifest])).map(({ facets }) => facets);
}

async function gains(manifest: Manifest): Promise<readonly string[]> {
  return (await problemsOf([], [manifest]))
    .filter(({ rule }) => rule === 'rbac/gained-permissions')
    .map(({ message }) => message);
}

const SECRETS = [aRule('core/secrets:get')];
const csv = (install: JsonObject, more: JsonObject = {}): Manifest =>
  aManifest({
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: { name: 'etcd' },
    spec: { install: { strategy: 'deployment', spec: install }, ...more },
  });
const permissions = [{ serviceAccountName: 'etcd', rules: SECRETS }];

describe('an operator that OLM installs', () => {
  test('has its clusterPermissions in the whole cluster, at the rule that gives them', async () => {
    expect(await said(csv({ clusterPermissions: permissions }))).toEqual([
      'rbac/secrets-read-cluster-wide /spec/install/spec/clusterPermissions/0/rules/0/verbs',
      'rbac/gained-permissions /spec/install/spec/clusterPermissions/0/serviceAccountName',
    ]);
    expect(await gains(csv({ clusterPermissions: permissions }))).toEqual([
      'service account `shop/etcd` can now get on secrets in the whole cluster, by ClusterServiceVersion `etcd`',
    ]);
  });

  test('has its permissions in its namespace, or everywhere where it supports that', async () => {
    expect(await gains(csv({ permissions }))).toEqual([expect.stringContaining('get on secrets in namespace `shop`')]);
    const installModes = [{ type: 'AllNamespaces', supported: true }];
    expect(await gains(csv({ permissions }, { installModes }))).toEqual([
      expect.stringContaining('in the whole cluster'),
    ]);
    const no = [{ type: 'AllNamespaces', supported: false }];
    expect(await gains(csv({ permissions }, { installModes: no }))).toEqual([
      expect.stringContaining('in namespace `shop`'),
    ]);
  });

  test('is the object that is found, also where somebody else gains in it what another one had', async () => {
    const [found] = await problemsOf([], [csv({ clusterPermissions: permissions })]);
    expect(found?.object).toMatchObject({ kind: 'ClusterServiceVersion', name: 'etcd', namespace: 'shop' });
    const two = [{ serviceAccountName: 'other', rules: SECRETS }];
    const both = await problemsOf([csv({ clusterPermissions: permissions })], [csv({ clusterPermissions: two })]);
    const keys = (side: string) =>
      both.filter((one) => one.side === side && one.rule.includes('secrets')).map(({ key }) => key);
    expect(keys('merged')).not.toEqual(keys('base'));
  });

  test('runs pods with them', async () => {
    const deployments = [{ name: 'etcd', spec: { template: { spec: { serviceAccountName: 'etcd', hostPID: true } } } }];
    const found = await problemsOf([], [csv({ clusterPermissions: permissions, deployments })]);
    const way = found.find(({ rule }) => rule === 'rbac/escapable-takeover');
    const steps = way?.path?.map(({ object, pointer }) => [object?.kind, pointer.split('/').slice(0, 5).join('/')]);
    expect(steps).toContainEqual(['ClusterServiceVersion', '/spec/install/spec/deployments']);
    expect(way?.path?.some(({ object }) => object?.name.includes('/'))).toBe(false);
  });
});

const definition = (binding: JsonObject): Manifest =>
  aManifest({
    apiVersion: 'rbacmanager.reactiveops.io/v1beta1',
    kind: 'RBACDefinition',
    metadata: { name: 'team' },
    rbacBindings: [{ name: 'x', subjects: [{ kind: 'User', name: 'ann' }], ...binding }],
  });
const tenant = (spec: JsonObject): Manifest =>
  aManifest({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil', namespace: '' },
    spec,
  });
const scc = (more: JsonObject): Manifest =>
  aManifest({
    apiVersion: 'security.openshift.io/v1',
    kind: 'SecurityContextConstraints',
    metadata: { name: 'mine', namespace: '' },
    ...more,
  });
const rancher = (kind: string, more: JsonObject): Manifest =>
  aManifest({ apiVersion: 'management.cattle.io/v3', kind, metadata: { name: 'it', namespace: '' }, ...more });
const crossplane = (manifest: JsonValue, more: JsonObject = {}): Manifest =>
  aManifest({
    apiVersion: 'kubernetes.crossplane.io/v1alpha2',
    kind: 'Object',
    metadata: { name: 'it', namespace: '' },
    spec: { forProvider: { manifest }, ...more },
  });

describe('operators hand out', () => {
  test.each<readonly [name: string, manifest: Manifest, found: readonly string[]]>([
    [
      'by RBAC Manager, in the whole cluster',
      definition({ clusterRoleBindings: [{ clusterRole: 'cluster-admin' }] }),
      [
        'rbac/cluster-admin-binding /rbacBindings/0/clusterRoleBindings/0',
        'rbac/gained-permissions /rbacBindings/0/subjects/0',
      ],
    ],
    [
      'by RBAC Manager, in a namespace',
      definition({ roleBindings: [{ clusterRole: 'edit', namespace: 'web' }] }),
      [
        'rbac/admin-or-edit-binding /rbacBindings/0/roleBindings/0',
        'rbac/gained-permissions /rbacBindings/0/subjects/0',
      ],
    ],
    [
      'by RBAC Manager, a Role that is not there',
      definition({ roleBindings: [{ role: 'own', namespace: 'web' }] }),
      ['rbac/dangling-reference /rbacBindings/0/roleBindings/0'],
    ],
    [
      'by Capsule, admin to owners',
      tenant({ owners: [{ kind: 'User', name: 'ann' }] }),
      ['rbac/admin-or-edit-binding /spec/owners/0', 'rbac/gained-permissions /spec/owners/0'],
    ],
    [
      'by Capsule, what is written to owners',
      tenant({ owners: [{ kind: 'User', name: 'ann', clusterRoles: ['view', 'capsule-namespace-deleter'] }] }),
      ['rbac/gained-permissions /spec/owners/0'],
    ],
    [
      'by Capsule, to others',
      tenant({
        additionalRoleBindings: [
          { clusterRoleName: 'edit', subjects: [{ kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' }] },
        ],
      }),
      [
        'rbac/admin-or-edit-binding /spec/additionalRoleBindings/0/clusterRoleName',
        'rbac/gained-permissions /spec/additionalRoleBindings/0/subjects/0',
      ],
    ],
    [
      'by OpenShift, constraints to use',
      scc({ groups: ['system:authenticated'] }),
      ['rbac/all-authenticated-subject /groups/0', 'rbac/gained-permissions /groups/0'],
    ],
    ['by OpenShift, to nobody', scc({ users: [], groups: [] }), []],
    ['by Rancher, rules', rancher('GlobalRole', { rules: SECRETS }), ['rbac/secrets-read-cluster-wide /rules/0/verbs']],
    [
      'by Rancher, rules of a namespace',
      rancher('GlobalRole', { namespacedRules: { web: SECRETS } }),
      ['rbac/secrets-read /namespacedRules/web/0/verbs'],
    ],
    [
      'by Rancher, rules for every new user',
      rancher('GlobalRole', { newUserDefault: true, rules: [aRule('core/pods:get')] }),
      ['rbac/gained-permissions /newUserDefault'],
    ],
    [
      'by Rancher, everything',
      rancher('GlobalRoleBinding', { globalRoleName: 'admin', userName: 'u' }),
      ['rbac/cluster-admin-binding /globalRoleName', 'rbac/gained-permissions /globalRoleName'],
    ],
    [
      'by Rancher, a role that stands elsewhere',
      rancher('GlobalRoleBinding', { globalRoleName: 'user', userName: 'u' }),
      [],
    ],
    [
      'by Rancher, templates',
      rancher('RoleTemplate', { rules: SECRETS }),
      ['rbac/secrets-read-cluster-wide /rules/0/verbs'],
    ],
    [
      'by Rancher, the local cluster',
      rancher('ClusterRoleTemplateBinding', {
        clusterName: 'local',
        roleTemplateName: 'cluster-owner',
        groupPrincipalName: 'g',
      }),
      ['rbac/cluster-admin-binding /roleTemplateName', 'rbac/gained-permissions /roleTemplateName'],
    ],
    [
      'by Rancher, a project of it',
      rancher('ProjectRoleTemplateBinding', {
        projectName: 'local:p',
        roleTemplateName: 'project-owner',
        serviceAccount: 'a:b',
      }),
      ['rbac/admin-or-edit-binding /roleTemplateName', 'rbac/gained-permissions /roleTemplateName'],
    ],
    [
      'by Rancher, another cluster: said',
      rancher('ClusterRoleTemplateBinding', { clusterName: 'c-1', roleTemplateName: 'cluster-owner', userName: 'u' }),
      ['rbac/operator-grants-unread '],
    ],
    [
      'by Crossplane, an object',
      crossplane(aClusterRole(['core/secrets:get']).object),
      ['rbac/secrets-read-cluster-wide /spec/forProvider/manifest/rules/0/verbs'],
    ],
    [
      'by Crossplane, what it only looks at',
      crossplane(aClusterRole(['core/secrets:get']).object, { managementPolicies: ['Observe'] }),
      [],
    ],
    ['by Crossplane, nothing', crossplane('text'), []],
  ])('%s', async (_name, manifest, found) => {
    const all = await said(manifest);
    expect(all.filter((one) => !one.includes('dangling-account') && !one.includes('foreign'))).toEqual(found);
  });

  test('namespaces that only the cluster knows are unknown, and service accounts that the operator creates are there', async () => {
    const bySelector = definition({
      subjects: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'ci' }],
      roleBindings: [{ clusterRole: 'view', namespace: 'web', namespaceSelector: { matchLabels: { a: 'b' } } }],
    });
    const found = await problemsOf([], [bySelector]);
    expect(found.map(({ rule }) => rule)).not.toContain('rbac/dangling-account');
    const row = found.find(({ rule }) => rule === 'rbac/gained-permissions');
    expect(row).toMatchObject({
      grant: { reach: 'unknown' },
      message: expect.stringContaining('namespace `RBACDefinition/team/0`'),
    });
  });

  test('a service account by its user name', async () => {
    const [row] = await gains(
      tenant({ owners: [{ kind: 'ServiceAccount', name: 'system:serviceaccount:ci:robot', clusterRoles: ['view'] }] }),
    );
    expect(row).toMatch(/^service account `ci\/robot` can now/);
  });

  test('items of a List', async () => {
    const list = aManifest({ kind: 'List', items: [rancher('GlobalRole', { rules: SECRETS }).object] });
    expect(await said(list)).toEqual(['rbac/secrets-read-cluster-wide /rules/0/verbs']);
  });

  test('what somebody wrote by the name of something that Crossplane makes keeps its findings', async () => {
    const role = named(aClusterRole(['core/secrets:get']), 'it');
    const found = await problemsOf([], [role, crossplane(role.object)]);
    expect(found.filter(({ rule }) => rule.includes('secrets')).map(({ object }) => object?.kind)).toEqual([
      'ClusterRole',
      'ClusterRole',
    ]);
  });
});

const an = (apiVersion: string, kind: string, more: JsonObject): Manifest => aManifest({ apiVersion, kind, ...more });
const GENERATES = { rules: [{ generate: { kind: 'RoleBinding', data: {} } }] };
const TEMPLATE = { templates: [{ objectTemplate: 'apiVersion: v1\nkind: RoleBinding\nmetadata: {}' }] };

describe('what is known and not read is said', () => {
  test.each<readonly [name: string, manifest: Manifest, message: string | undefined]>([
    [
      'templates with a binding',
      an('redhatcop.redhat.io/v1alpha1', 'GroupConfig', { spec: TEMPLATE }),
      'GroupConfig `it` is not read: its rights are templates that the operator fills in',
    ],
    [
      'templates without one',
      an('redhatcop.redhat.io/v1alpha1', 'GroupConfig', { spec: { templates: [{ objectTemplate: 'kind: Quota' }] } }),
      undefined,
    ],
    [
      'a policy that generates a binding',
      an('kyverno.io/v1', 'ClusterPolicy', { spec: GENERATES }),
      'ClusterPolicy `it` is not read: its rules generate roles or bindings',
    ],
    [
      'a policy that only looks at bindings',
      an('kyverno.io/v1', 'ClusterPolicy', { spec: { rules: [{ match: { kind: 'RoleBinding' }, validate: {} }] } }),
      undefined,
    ],
    [
      'namespaces that inherit',
      an('hnc.x-k8s.io/v1alpha2', 'SubnamespaceAnchor', {}),
      'SubnamespaceAnchor `it` is not read: its namespace takes over the bindings of its parent',
    ],
    [
      'work for other clusters with a role',
      an('work.open-cluster-management.io/v1', 'ManifestWork', {
        spec: { workload: { manifests: [{ kind: 'ClusterRole' }] } },
      }),
      'ManifestWork `it` is not read: its rights are given in other clusters',
    ],
    [
      'work for other clusters without',
      an('work.open-cluster-management.io/v1', 'ManifestWork', {
        spec: { workload: { manifests: [{ kind: 'ConfigMap' }] } },
      }),
      undefined,
    ],
    [
      'rights in other clusters',
      an('rbac.open-cluster-management.io/v1alpha1', 'ClusterPermission', {}),
      'ClusterPermission `it` is not read: its rights are given in other clusters',
    ],
    [
      'a template of templates',
      rancher('RoleTemplate', { roleTemplateNames: ['edit'] }),
      'RoleTemplate `it` is not read: its rights are those of other templates too',
    ],
    [
      'a role of templates',
      rancher('GlobalRole', { inheritedClusterRoles: ['cluster-owner'] }),
      'GlobalRole `it` is not read: its rights in other clusters are those of templates',
    ],
  ])('%s', async (_name, manifest, message) => {
    const found = (await problemsOf([], [manifest])).filter(({ rule }) => rule === 'rbac/operator-grants-unread');
    expect(found.map((one) => one.message)).toEqual(message === undefined ? [] : [message]);
    expect(found.every(({ enforcement, grant }) => enforcement === 'advice' && grant === undefined)).toBe(true);
  });

  test('anew where it says something else', async () => {
    const [one, other] = ['a', 'b'].map((parent) =>
      an('hnc.x-k8s.io/v1alpha2', 'HierarchyConfiguration', { spec: { parent } }),
    );
    if (one === undefined || other === undefined) throw new Error('no objects');
    expect(await facetsOf(one)).not.toEqual(await facetsOf(other));
    expect(await facetsOf({ ...one, object: { ...one.object, status: { x: 1 } } })).toEqual(await facetsOf(one));
  });
});

test('nothing that a stranger writes makes a reader throw', async () => {
  const hostile = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<JsonValue>;
  const kind = fc.constantFrom(...OPERATOR_KINDS);
  const lists = ['rbacBindings', 'rules', 'users', 'groups', 'namespacedRules', 'roleTemplateNames'];
  await fc.assert(
    fc.asyncProperty(kind, hostile, hostile, async (of, value, other) => {
      const [group = '', name = ''] = of.split('/');
      const inner = { permissions: [value, { rules: other }], clusterPermissions: value, deployments: [other, value] };
      const spec = {
        install: { spec: inner },
        owners: [value, { clusterRoles: other }],
        additionalRoleBindings: [other],
        forProvider: { manifest: value },
      };
      const parts = Object.fromEntries(lists.map((list) => [list, [value, { subjects: other, roleBindings: value }]]));
      const written = [
        aManifest({ apiVersion: `${group}/v1`, kind: name, ...parts, spec }),
        aManifest({ apiVersion: `${group}/v1`, kind: name, spec: value }),
      ];
      expect(written.flatMap(expandedOf)).toBeDefined();
      await expect(problemsOf(written, written)).resolves.toBeDefined();
    }),
    { numRuns: 60 },
  );
});
