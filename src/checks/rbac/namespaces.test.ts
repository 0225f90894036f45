import { expect, test } from '@jest/globals';
import { aManifest } from '../../../test/builders/manifest.ts';
import { aBinding, aClusterRole, aRole } from '../../../test/builders/rbac.ts';
import { anApp } from '../../../test/builders/rendered.ts';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { Problem } from '../../model/finding.ts';
import type { JsonObject } from '../../model/json.ts';
import { type Manifest, objectIdOf } from '../../model/manifest.ts';
import type { Side, World } from '../../model/world.ts';
import { rbac } from './index.ts';

/** As many repositories write it: the app says where everything goes. */
function loose(manifest: Manifest): Manifest {
  const { namespace: _, ...metadata } = manifest.object['metadata'] as JsonObject;
  const object = { ...manifest.object, metadata };
  return { ...manifest, object, id: objectIdOf(object) };
}

function sent(side: Side, namespace: string, manifests: readonly Manifest[]): World {
  return { side, apps: [anApp({ definition: { spec: { destination: { namespace } } } })], manifests };
}

async function problemsOf(base: World, merged: World): Promise<readonly Problem[]> {
  const whole = { base, merged, builtIn: [], notCounted: [] };
  const problems = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  return problems.filter(({ side }) => side === 'merged');
}

const runningAs = (serviceAccountName: string): Manifest =>
  aManifest({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec: { serviceAccountName } } } });
const reading = [
  aClusterRole(['core/secrets:get,list']),
  aBinding('ClusterRoleBinding', 'ClusterRole/it', ['ServiceAccount:shop/strong']),
];

test('a workload without a namespace runs as the account of the namespace to which its app goes', async () => {
  const [before, after] = ['weak', 'strong'].map((account) => [loose(runningAs(account)), ...reading]);
  const found = await problemsOf(sent('base', 'shop', before ?? []), sent('merged', 'shop', after ?? []));
  const switched = found.find(({ rule }) => rule === 'rbac/account-switch');
  expect(switched).toMatchObject({ severity: 'critical', object: { kind: 'Deployment', namespace: '', name: 'it' } });
  expect(found.find(({ rule }) => rule === 'rbac/workload-takeover')?.path?.[0]?.object).toMatchObject({
    kind: 'Deployment',
    namespace: '',
  });
});

test.each<readonly [apiVersion: string, kind: string, specOf: (account: JsonObject) => JsonObject]>([
  ['argoproj.io/v1alpha1', 'Rollout', (account) => ({ template: { spec: account } })],
  ['argoproj.io/v1alpha1', 'Workflow', (account) => account],
  ['argoproj.io/v1alpha1', 'CronWorkflow', (account) => ({ workflowSpec: account })],
  ['apps.openshift.io/v1', 'DeploymentConfig', (account) => ({ template: { spec: account } })],
  ['keda.sh/v1alpha1', 'ScaledJob', (account) => ({ jobTargetRef: { template: { spec: account } } })],
  ['serving.knative.dev/v1', 'Service', (account) => ({ template: { spec: account } })],
  ['tekton.dev/v1', 'PipelineRun', (account) => ({ taskRunTemplate: account })],
  ['tekton.dev/v1', 'TaskRun', (account) => account],
])('%s %s runs as an account, as the kinds of Kubernetes do', async (apiVersion, kind, specOf) => {
  const [before, after] = ['weak', 'strong'].map((serviceAccountName) => [
    loose(aManifest({ apiVersion, kind, spec: specOf({ serviceAccountName }) })),
    ...reading,
  ]);
  const found = await problemsOf(sent('base', 'shop', before ?? []), sent('merged', 'shop', after ?? []));
  expect(found.find(({ rule }) => rule === 'rbac/account-switch')).toMatchObject({ severity: 'critical' });
});

test('a role and a binding meet where only one of them names the namespace', async () => {
  const role = loose(aRole(['core/secrets:get']));
  const binding = aBinding('RoleBinding', 'Role/it', ['User:ann']);
  const found = await problemsOf(sent('base', 'shop', [role]), sent('merged', 'shop', [role, binding]));
  expect(found.map(({ rule }) => rule)).toContain('rbac/gained-permissions');
  expect(found.map(({ rule }) => rule)).not.toContain('rbac/dangling-reference');
});

test('what has no namespace at all stays without one, and so does what nobody sends anywhere', async () => {
  for (const home of ['shop', '']) {
    const merged = sent('merged', home, [...reading, loose(aRole(['core/secrets:get']))]);
    const found = await problemsOf(sent('base', home, []), merged);
    expect(found.flatMap(({ object }) => object?.namespace ?? [])).toEqual(found.map(() => ''));
    const wide = found.filter(({ object }) => object?.kind.startsWith('Cluster'));
    expect(wide.map(({ key }) => key).join()).not.toContain(' in shop');
    const said = home === '' ? 'of its namespace' : 'of namespace `shop`';
    expect(found.find(({ rule }) => rule === 'rbac/secrets-read')?.message).toContain(said);
  }
});

test('an app that is sent into another namespace gives what it gives there anew', async () => {
  const all = [loose(aRole(['core/secrets:get'])), loose(aBinding('RoleBinding', 'Role/it', ['User:ann']))];
  const worlds = ['shop', 'kube-system'].map((home, index) => sent(index === 0 ? 'base' : 'merged', home, all));
  const [base, merged] = worlds;
  if (base === undefined || merged === undefined) throw new Error('two worlds');
  const whole = { base, merged, builtIn: [], notCounted: [] };
  const problems = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  const keys = problems.filter(({ rule }) => rule === 'rbac/secrets-read').map(({ side, key }) => `${side}: ${key}`);
  expect(keys).toHaveLength(2);
  expect(new Set(keys.map((key) => key.replace(/^\w+: /, ''))).size).toBe(2);
});

test('of two objects, one with and one without the namespace, each is named as it is written', async () => {
  const both = [aRole(['core/secrets:get']), loose(aRole(['core/pods/exec:create']))];
  const found = await problemsOf(sent('base', 'shop', []), sent('merged', 'shop', both));
  expect(found.length).toBeGreaterThan(0);
  expect(found.every(({ object }) => object?.namespace === 'shop')).toBe(true);
});
