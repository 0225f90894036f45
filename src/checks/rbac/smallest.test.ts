import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { rbac } from './index.ts';

const API = 'rbac.authorization.k8s.io/v1';
const GENERAL =
  'Name the Secrets in `resourceNames` with the verb get only, or mount them into the workload that needs them.';

function role(rules: readonly JsonObject[], kind = 'Role', namespace = 'shop'): Manifest {
  return aManifest({
    apiVersion: API,
    kind,
    metadata: { name: 'reader', ...(kind === 'Role' ? { namespace } : {}) },
    rules,
  });
}

const READS = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] };

function binding(subjects: readonly JsonObject[], kind = 'Role', name = 'web'): Manifest {
  const isHere = kind === 'Role';
  const metadata = { name, ...(isHere ? { namespace: 'shop' } : {}) };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'reader' };
  return aManifest({
    apiVersion: API,
    kind: isHere ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata,
    roleRef,
    subjects,
  });
}

const account = (name: string, namespace = 'shop') => ({ kind: 'ServiceAccount', name, namespace });

function deployment(name: string, pod: JsonObject, namespace = 'shop'): Manifest {
  const spec = { template: { spec: { serviceAccountName: 'web', ...pod } } };
  return aManifest({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec });
}

const MOUNTS: JsonObject = {
  volumes: [
    { name: 'a', secret: { secretName: 'db' } },
    { name: 'b', projected: { sources: [{ secret: { name: 'tls' } }] } },
  ],
  initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'api-key' } }] }],
  containers: [
    {
      name: 'c',
      env: [
        { name: 'X', valueFrom: { secretKeyRef: { name: 'db', key: 'x' } } },
        { name: 'Y', value: 'y' },
      ],
    },
  ],
};

/** The fixes of the findings about these Secrets, in a world that consists of these objects. */
async function fixes(manifests: readonly Manifest[], rule = /secrets-read/): Promise<readonly string[]> {
  const merged = aWorld('merged', manifests);
  const base = aWorld('base', []);
  const whole = { base, merged, builtIn: [], notCounted: [] };
  const found = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  return found.filter((one) => rule.test(one.rule)).map(({ fix }) => fix);
}

describe('a workload that mounts its Secrets', () => {
  test('needs no rule; and if it reads them through the API, one that names them', async () => {
    expect(await fixes([role([READS]), binding([account('web')]), deployment('web', MOUNTS)])).toEqual([
      'Deployment `web` gets Secrets `api-key`, `db`, `tls` of namespace `shop` by volume or variable, which needs no rule: drop this one. If they are also read through the API, this is enough: `{apiGroups: [""], resources: [secrets], resourceNames: ["api-key", "db", "tls"], verbs: [get]}` in a Role of namespace `shop`.',
    ]);
  });

  test('of which a cluster-wide rule is too much needs a Role in its namespace', async () => {
    const [fix] = await fixes([
      role([READS], 'ClusterRole'),
      binding([account('web')], 'ClusterRole'),
      deployment('web', MOUNTS),
    ]);
    expect(fix).toMatch(/in a Role of namespace `shop`\.$/);
  });

  test('by name already gets no other rule', async () => {
    const named = { ...READS, resourceNames: ['db'] };
    const [fix] = await fixes([role([named]), binding([account('web')]), deployment('web', MOUNTS)]);
    expect(fix).toMatch(/drop this one\.$/);
  });

  test('that holds the role of another app is told so at the binding', async () => {
    const world = [{ ...role([READS], 'ClusterRole'), app: 'other' }, deployment('web', MOUNTS)];
    const merged = [binding([account('web')], 'ClusterRole')];
    const whole = {
      base: aWorld('base', world),
      merged: aWorld('merged', [...world, ...merged]),
      builtIn: [],
      notCounted: [],
    };
    const input = { base: aWorld('base', []), merged: aWorld('merged', merged), policy: DEFAULT_POLICY, whole };
    const found = await rbac.run(input, AbortSignal.any([]));
    expect(found.find(({ key }) => key.startsWith('held '))?.fix).toMatch(/^Deployment `web` gets Secrets/);
  });

  test('is told together with the others of its account', async () => {
    const cron = { containers: [{ envFrom: [{ secretRef: { name: 'mail' } }] }] };
    const [fix] = await fixes([
      role([READS]),
      binding([account('web')]),
      deployment('web', MOUNTS),
      deployment('cron', cron),
    ]);
    expect(fix).toContain('Deployment `web`, Deployment `cron` get Secrets `api-key`, `db`, `mail`, `tls`');
  });
});

describe('general words stand where the need is not evident', () => {
  test.each<[string, readonly Manifest[]]>([
    ['nobody is bound', [role([READS])]],
    ['nothing runs as the account', [role([READS]), binding([account('web')])]],
    ['a pod names no Secret', [role([READS]), binding([account('web')]), deployment('web', {})]],
    [
      'one pod of two names none',
      [role([READS]), binding([account('web')]), deployment('web', MOUNTS), deployment('b', {})],
    ],
    [
      'a user holds it too',
      [role([READS]), binding([account('web'), { kind: 'User', name: 'eve' }]), deployment('web', MOUNTS)],
    ],
    ['the pod is of another namespace', [role([READS]), binding([account('web')]), deployment('web', MOUNTS, 'other')]],
    [
      'the account is another',
      [role([READS]), binding([account('web')]), deployment('web', { ...MOUNTS, serviceAccountName: 'b' })],
    ],
  ])('%s', async (_, manifests) => {
    expect(await fixes(manifests)).toEqual([GENERAL]);
  });

  test.each([
    ['a name that is none', ['a`b']],
    ['more names than a person would read', Array.from({ length: 21 }, (_, index) => `s${index}`)],
  ])('%s', async (_, names) => {
    const volumes = names.map((secretName, index) => ({ name: `v${index}`, secret: { secretName } }));
    expect(await fixes([role([READS]), binding([account('web')]), deployment('web', { volumes })])).toEqual([GENERAL]);
  });

  test('objects of another cluster do not count', async () => {
    const elsewhere = { ...deployment('web', MOUNTS), cluster: 'other' };
    expect(await fixes([role([READS]), binding([account('web')]), elsewhere])).toEqual([GENERAL]);
  });

  test('more namespaces than a person would read', async () => {
    const many = ['a', 'b', 'c', 'd'];
    const whom = many.map((namespace) => account('web', namespace));
    const pods = many.map((namespace) => deployment('web', MOUNTS, namespace));
    expect((await fixes([role([READS], 'ClusterRole'), binding(whom, 'ClusterRole'), ...pods]))[0]).toBe(GENERAL);
  });
});

const crd = (plural: string, group = 'acme.example') =>
  aManifest({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, names: { plural } },
  });

describe('a whole API group', () => {
  const GROUP = { apiGroups: ['acme.example'], resources: ['*'], verbs: ['get'] };
  test('has the kinds that the cluster defines', async () => {
    expect(await fixes([role([GROUP]), crd('widgets'), crd('gadgets')], /whole-api-group/)).toEqual([
      'Name the resources in `resources` instead of `*`; those that the CustomResourceDefinitions of this cluster define are, of `acme.example`: `["gadgets", "widgets"]`.',
    ]);
  });

  test('that nobody defines here is not enumerated', async () => {
    expect(await fixes([role([GROUP]), crd('widgets', 'other.example')], /whole-api-group/)).toEqual([
      'Name the resources in `resources` instead of `*`.',
    ]);
  });
});
