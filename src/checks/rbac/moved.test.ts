import { expect, test } from '@jest/globals';
import { aManifest } from '../../../test/builders/manifest.ts';
import { aBinding, aClusterRole, aRole } from '../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { JsonObject } from '../../model/json.ts';
import { type Manifest, objectIdOf } from '../../model/manifest.ts';
import { compareSides } from '../../pipeline/judge.ts';
import { rbac } from './index.ts';

function named(manifest: Manifest, name: string, more: JsonObject = {}): Manifest {
  const object = { ...manifest.object, metadata: { ...(manifest.object['metadata'] as JsonObject), name }, ...more };
  return { ...manifest, object, id: objectIdOf(object) };
}

const inApp = (app: string, manifests: readonly Manifest[]): readonly Manifest[] =>
  manifests.map((one) => ({ ...one, app }));

/** Rules with a finding that is new; `missing` are apps that nobody could render. */
async function newRules(
  before: readonly Manifest[],
  after: readonly Manifest[],
  missing: readonly string[] = [],
): Promise<readonly string[]> {
  const base = { side: 'base', apps: [], manifests: before } as const;
  const merged = { side: 'merged', apps: [], manifests: after } as const;
  const notCounted = missing.map((app) => ({ app, cluster: 'production', side: 'merged' as const, reason: 'no' }));
  const builtIn = [named(aClusterRole(['*/*:*']), 'cluster-admin').object];
  const whole = { base, merged, builtIn, notCounted };
  const problems = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  const context = { policy: DEFAULT_POLICY, now: new Date(0), clusterOf: () => 'production' };
  const fresh = compareSides(problems, context).filter(({ status }) => status === 'new');
  return fresh.map(({ rule }) => rule.replace('rbac/', '')).toSorted();
}

const secrets = 'core/secrets:get,list';
const role = aClusterRole([secrets, 'apps/deployments:create']);
const binding = aBinding('ClusterRoleBinding', 'ClusterRole/it', ['User:ann']);
const renamed = [
  named(role, 'new'),
  named(aBinding('ClusterRoleBinding', 'ClusterRole/new', ['User:ann']), 'other'),
] as const;
const deployment = aManifest({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { template: { spec: { serviceAccountName: 'it' } } },
});
const account = aBinding('ClusterRoleBinding', 'ClusterRole/it', ['ServiceAccount:shop/it']);

const inShop = aBinding('RoleBinding', 'ClusterRole/it', ['User:ann']);
const narrow = aRole([secrets, 'apps/deployments:create']);
const toRole = { kind: 'Role', name: 'it' };
const labels = { 'acme/it': 'true' };
const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] };
const aggregate = named(role, 'it', { aggregationRule });
const pieces = named(role, 'pieces', { metadata: { name: 'pieces', labels } });
const ring = named(role, 'it', { aggregationRule, metadata: { name: 'it', labels } });

test.each<readonly [name: string, before: readonly Manifest[], after: readonly Manifest[]]>([
  ['under another name', [role, binding], renamed],
  ['by another app', inApp('a', [role, binding]), inApp('b', [role, binding])],
  ['by two apps', inApp('a', [role, binding]), [...inApp('a', [binding]), ...inApp('b', [role])]],
  [
    'in two roles',
    [role, binding],
    [
      aClusterRole([secrets]),
      named(aClusterRole(['apps/deployments:create']), 'more'),
      binding,
      named(aBinding('ClusterRoleBinding', 'ClusterRole/more', ['User:ann']), 'more'),
    ],
  ],
  [
    'by another binding to cluster-admin',
    [aBinding('ClusterRoleBinding', 'ClusterRole/cluster-admin', ['User:ann'])],
    [named(aBinding('ClusterRoleBinding', 'ClusterRole/cluster-admin', ['User:ann']), 'other')],
  ],
  ['in a Role where they were bound', [role, inShop], [narrow, aBinding('RoleBinding', 'Role/it', ['User:ann'])]],
  ['that an aggregate takes over', [role, binding], [aggregate, pieces, binding]],
])('the same rights %s are nothing new', async (_, before, after) => {
  const said = ['aggregation-rule', 'ineffective-grant', 'role-ref-changed'];
  expect((await newRules(before, after)).filter((rule) => !said.includes(rule))).toEqual([]);
});

test('a workload with its role that another app brings has the token that it had', async () => {
  const all = [role, account, deployment];
  expect(await newRules(inApp('a', all), inApp('b', all))).not.toContain('token-automount');
});

test.each<readonly [name: string, before: readonly Manifest[], after: readonly Manifest[], rule: string]>([
  [
    'the Role is of somebody else',
    [role, inShop],
    [narrow, aBinding('RoleBinding', 'Role/it', ['User:eve'])],
    'secrets-read',
  ],
  [
    'the Role is where it was not bound',
    [role, inShop],
    [
      aRole([secrets], 'other'),
      named(inShop, 'more', { metadata: { name: 'more', namespace: 'other' }, roleRef: toRole }),
    ],
    'secrets-read',
  ],
  ['the Role says more', [aClusterRole(['core/secrets:list'])], [narrow], 'secrets-read'],
  ['the ClusterRole stays', [role, inShop], [role, inShop, narrow], 'secrets-read'],
  ['the ClusterRole gave nothing of what it said', [aggregate], [narrow], 'secrets-read'],
  ['the ClusterRole was in another cluster', [{ ...role, cluster: 'other' }], [narrow], 'secrets-read'],
  ['the aggregate takes over itself too', [role], [ring, pieces], 'secrets-read-cluster-wide'],
  [
    'somebody else gets it on the way',
    [role, binding],
    [named(role, 'new'), aBinding('ClusterRoleBinding', 'ClusterRole/new', ['User:eve'])],
    'secrets-read-cluster-wide',
  ],
  [
    'it goes from a namespace to the whole cluster',
    [role, aBinding('RoleBinding', 'ClusterRole/it', ['User:ann'])],
    renamed,
    'secrets-read-cluster-wide',
  ],
  [
    'it goes to another namespace',
    [aRole([secrets]), aBinding('RoleBinding', 'Role/it', ['User:ann'])],
    [aRole([secrets], 'other')],
    'secrets-read',
  ],
  ['the old role stays as it was', [role], [role, named(role, 'new')], 'secrets-read-cluster-wide'],
  [
    'it is bound to another role',
    [aBinding('ClusterRoleBinding', 'ClusterRole/view', ['Group:system:authenticated'])],
    [named(aBinding('ClusterRoleBinding', 'ClusterRole/edit', ['Group:system:authenticated']), 'other')],
    'all-authenticated-subject',
  ],
])('it is new where %s', async (_, before, after, rule) => {
  expect(await newRules(before, after)).toContain(rule);
});

test('where an app could not be counted, who is bound to the new name is not known', async () => {
  expect(await newRules([role, binding], renamed)).toEqual([]);
  expect(await newRules([role, binding], renamed, ['other'])).toContain('secrets-read-cluster-wide');
});
