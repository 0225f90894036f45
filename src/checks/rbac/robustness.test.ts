import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { aBinding, aClusterRole, aRole } from '../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { Problem } from '../../model/finding.ts';
import type { JsonObject } from '../../model/json.ts';
import { type Manifest, objectIdOf } from '../../model/manifest.ts';
import { rbac } from './index.ts';

function problemsOf(base: readonly Manifest[], merged: readonly Manifest[]): Promise<readonly Problem[]> {
  const [before, after] = [aWorld('base', base), aWorld('merged', merged)];
  const whole = { base: before, merged: after, builtIn: [], notCounted: [] };
  return rbac.run({ base: before, merged: after, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
}

async function rules(base: readonly Manifest[], merged: readonly Manifest[]): Promise<readonly string[]> {
  const found = (await problemsOf(base, merged)).filter(({ side }) => side === 'merged');
  return found.map(({ rule }) => rule).filter((rule) => rule !== 'rbac/gained-permissions');
}

function named(manifest: Manifest, metadata: JsonObject): Manifest {
  const object = { ...manifest.object, metadata: { ...(manifest.object['metadata'] as JsonObject), ...metadata } };
  return { ...manifest, object, id: objectIdOf(object) };
}

const list = (apiVersion: string, kind: string, items: readonly JsonObject[]): Manifest =>
  aManifest({ apiVersion, kind, metadata: { name: '', namespace: '' }, items });

const BOUND = aBinding('ClusterRoleBinding', 'ClusterRole/it', ['User:ann']);
const SECRETS = aClusterRole(['core/secrets:get']);
const PODS = aClusterRole(['core/pods:get']);

describe('objects of one name', () => {
  test('all count, in whichever order: the dangerous one is said', async () => {
    for (const roles of [
      [PODS, SECRETS],
      [SECRETS, PODS],
    ]) {
      expect(await rules([BOUND, PODS], [BOUND, ...roles])).toEqual(['rbac/secrets-read-cluster-wide']);
    }
  });

  test('of two apps both count for whoever is bound', async () => {
    const other = { ...SECRETS, app: 'other' };
    const gained = await problemsOf([BOUND, PODS], [BOUND, PODS, other]);
    expect(gained.map(({ message }) => message).join()).toContain('user `ann` can now get on secrets');
  });

  test('two bindings of one name bind both', async () => {
    const bob = aBinding('ClusterRoleBinding', 'ClusterRole/it', ['User:bob']);
    const gained = await problemsOf([SECRETS], [SECRETS, BOUND, bob]);
    const messages = gained.map(({ message }) => message).join();
    for (const name of ['ann', 'bob']) expect(messages).toContain(`user \`${name}\` can read every Secret`);
  });

  test('a role of the same name twice in the base hides nothing that is new', async () => {
    expect(await rules([PODS, PODS], [PODS, SECRETS])).toEqual(['rbac/secrets-read-cluster-wide']);
  });
});

describe('a List', () => {
  test.each([
    ['of anything', list('v1', 'List', [SECRETS.object, BOUND.object])],
    [
      'of its kind, without kinds',
      list('rbac.authorization.k8s.io/v1', 'ClusterRoleList', [
        { metadata: { name: 'it' }, rules: SECRETS.object['rules'] ?? [] },
      ]),
    ],
    ['with broken items', list('v1', 'List', [{}, { kind: 'ClusterRole' }, SECRETS.object])],
  ])('%s is read item by item', async (_name, manifest) => {
    expect(await rules([], [manifest, BOUND])).toContain('rbac/secrets-read-cluster-wide');
  });

  test('in another one is not read: the API server refuses it', async () => {
    const inner = list('v1', 'List', [SECRETS.object]).object;
    expect(await rules([], [list('v1', 'List', [inner])])).toEqual([]);
  });
});

describe('API versions', () => {
  test.each([
    'rbac.authorization.k8s.io/v1',
    'rbac.authorization.k8s.io/v1beta1',
    'rbac.authorization.k8s.io/v9',
    'authorization.openshift.io/v1',
  ])('the group counts, whatever the version: %s', async (apiVersion) => {
    const role = aClusterRole(['core/secrets:get'], { apiVersion });
    expect(
      await rules([], [{ ...role, object: { ...role.object, apiVersion }, id: { ...role.id, apiVersion } }]),
    ).toEqual(['rbac/secrets-read-cluster-wide']);
  });

  test.each(['v1', 'example.com/v1', 'rbac.authorization.k8s.io.example.com/v1', 'RBAC.authorization.k8s.io/v1'])(
    'another group is none: %s',
    async (apiVersion) => {
      const role = aManifest({
        apiVersion,
        kind: 'ClusterRole',
        metadata: { name: 'it' },
        rules: SECRETS.object['rules'] ?? [],
      });
      expect(await rules([], [role])).toEqual([]);
    },
  );

  test('a move from one version to another is nothing new', async () => {
    const old = named(aManifest({ ...SECRETS.object, apiVersion: 'rbac.authorization.k8s.io/v1beta1' }), {
      namespace: '',
    });
    expect(
      await problemsOf([old, BOUND], [SECRETS, BOUND]).then((all) =>
        all.filter(({ side, rule }) => side === 'merged' && rule.startsWith('rbac/gained')),
      ),
    ).toEqual([]);
  });
});

/** Control and direction characters, and what would end code or a line. */
const HOSTILE = 'a\u0000\u001b[31m\u202e\n`**<b>';

test('names with control characters are shown harmless, wherever they come from', async () => {
  const account = { kind: 'ServiceAccount', name: HOSTILE, namespace: HOSTILE };
  const workload = aManifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: HOSTILE, namespace: HOSTILE, labels: {} },
    spec: { template: { metadata: { labels: { app: HOSTILE } }, spec: { serviceAccountName: HOSTILE } } },
  });
  const door = aManifest({
    kind: 'Service',
    metadata: { name: HOSTILE, namespace: HOSTILE },
    spec: { type: 'LoadBalancer', selector: { app: HOSTILE } },
  });
  const flux = aManifest({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: HOSTILE, namespace: HOSTILE },
    spec: { serviceAccountName: HOSTILE, kubeConfig: { secretRef: { name: HOSTILE } } },
  });
  const project = aManifest({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: HOSTILE },
    spec: { destinationServiceAccounts: [{ server: HOSTILE, namespace: HOSTILE, defaultServiceAccount: HOSTILE }] },
  });
  const tenant = aManifest({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: HOSTILE },
    spec: { owners: [{ kind: 'User', name: HOSTILE }] },
  });
  const limited = aManifest({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: `b${HOSTILE}` },
    spec: {
      roles: [
        {
          name: HOSTILE,
          groups: [HOSTILE],
          jwtTokens: [{ id: HOSTILE }],
          policies: [`p, x, exec, create, ${HOSTILE}`],
        },
      ],
      namespaceResourceBlacklist: [{ group: HOSTILE, kind: HOSTILE }],
      sourceRepos: ['*', `!${HOSTILE}`],
      destinations: [{ server: '*' }, { server: `!${HOSTILE}` }],
    },
  });
  const { namespaceResourceBlacklist: _, ...less } = limited.object['spec'] as JsonObject;
  const loosened = {
    ...limited,
    object: { ...limited.object, spec: { ...less, sourceRepos: ['*'], destinations: [{ server: '*' }] } },
  };
  const lines = ['p, ?, exec, create, ?', 'g, ?, role:?', 'p, role:?, *, *, *'].map((line) =>
    line.replaceAll('?', HOSTILE.replaceAll('\n', '')),
  );
  const logins = aManifest({
    kind: 'ConfigMap',
    metadata: { name: 'argocd-rbac-cm' },
    data: { 'policy.csv': lines.join('\n'), 'policy.default': `role:${HOSTILE.replaceAll('\n', '')}`, scopes: HOSTILE },
  });
  const set = aManifest({
    apiVersion: 'addons.cluster.x-k8s.io/v1beta2',
    kind: 'ClusterResourceSet',
    metadata: { name: HOSTILE },
    spec: {
      resources: [
        { kind: 'ConfigMap', name: HOSTILE },
        { kind: 'ConfigMap', name: 'not there' },
      ],
    },
  });
  const carrying = aManifest({
    kind: 'ConfigMap',
    metadata: { name: HOSTILE },
    data: { [HOSTILE]: JSON.stringify(named(SECRETS, { name: HOSTILE }).object) },
  });
  const roles = [
    named(SECRETS, { name: HOSTILE }),
    aBinding('ClusterRoleBinding', `ClusterRole/${HOSTILE.replaceAll('/', '')}`, [account]),
  ];
  const more = [loosened, logins, set, carrying];
  const found = await problemsOf([limited], [workload, door, flux, project, tenant, ...more, ...roles]);
  expect(new Set(found.map(({ rule }) => rule)).size).toBeGreaterThan(10);
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  for (const { message } of found) expect(message).not.toMatch(/[\u0000-\u001f\u202e]/);
  for (const { message } of found) expect(message.split('`').length % 2).toBe(1);
});

test('10,000 roles, as many bindings, and 500 workloads come to an end', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => index);
  const manifests = many.flatMap((index) => [
    named(aRole(['core/pods:get,list']), { name: `r${index}` }),
    named(aBinding('RoleBinding', `Role/r${index}`, [`ServiceAccount:shop/a${index}`]), { name: `b${index}` }),
  ]);
  const more = many.slice(0, 2_000).map((index) =>
    aManifest({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `w${index}` },
      spec: { template: { spec: { serviceAccountName: `a${index}` } } },
    }),
  );
  const found = await problemsOf([], [...manifests, ...more, named(SECRETS, { name: 'r' })]);
  expect(found.filter(({ rule }) => rule === 'rbac/secrets-read-cluster-wide')).toHaveLength(1);
});

test('roles that aggregate one another in a ring, through labels that they carry, come to an end', async () => {
  const many = Array.from({ length: 100 }, (_, index) => index);
  const ring = many.map((index) =>
    named(
      aClusterRole(['core/pods:get'], {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { next: `l${index}` } }] },
      }),
      { name: `r${index}`, labels: { next: `l${(index + 1) % many.length}` } },
    ),
  );
  const bindings = many.map((index) =>
    named(aBinding('ClusterRoleBinding', `ClusterRole/r${index}`, ['User:ann']), { name: `b${index}` }),
  );
  expect(await problemsOf(ring, [...ring, ...bindings])).not.toEqual([]);
});
