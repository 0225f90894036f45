import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../../test/builders/manifest.ts';
import { aBinding, aClusterRole } from '../../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { JsonObject } from '../../../model/json.ts';
import { identityKey, type Manifest } from '../../../model/manifest.ts';
import { compareSides } from '../../../pipeline/judge.ts';
import { rbac } from '../index.ts';

const ROLE = aClusterRole(['core/secrets:get']).object;
const HARMLESS = aClusterRole(['core/pods:get']).object;
const BINDING = aBinding('ClusterRoleBinding', 'ClusterRole/it', ['User:ann']).object;

const yaml = (...objects: readonly JsonObject[]): string => objects.map((one) => JSON.stringify(one)).join('\n---\n');
const map = (text: string, app = 'map'): Manifest => ({
  ...aManifest({ kind: 'ConfigMap', metadata: { name: 'addons' }, data: { 'all.yaml': text } }),
  app,
});
const secret = (more: JsonObject): Manifest =>
  aManifest({ kind: 'Secret', metadata: { name: 'addons' }, type: 'addons.cluster.x-k8s.io/resource-set', ...more });
const set = (name = 'addons', kind = 'ConfigMap', env = 'prod'): Manifest => ({
  ...aManifest({
    apiVersion: 'addons.cluster.x-k8s.io/v1beta2',
    kind: 'ClusterResourceSet',
    spec: { clusterSelector: { matchLabels: { env } }, resources: [{ kind, name }] },
  }),
  app: 'set',
});

interface Sides {
  readonly base?: readonly Manifest[];
  readonly merged: readonly Manifest[];
  /** In apps that are not touched, on both sides. */
  readonly rest?: readonly Manifest[];
}

async function run({ base = [], merged, rest = [] }: Sides): ReturnType<typeof rbac.run> {
  const whole = { base: aWorld('base', [...base, ...rest]), merged: aWorld('merged', [...merged, ...rest]) };
  const input = {
    base: aWorld('base', base),
    merged: aWorld('merged', merged),
    policy: DEFAULT_POLICY,
    whole: {
      ...whole,
      builtIn: [aClusterRole(['*/*:*'], { metadata: { name: 'cluster-admin' } }).object],
      notCounted: [],
    },
  };
  expect(rbac.looksAt(input)).toBe(true);
  return rbac.run(input, new AbortController().signal);
}

/** What is new, on which object and where. */
async function news(sides: Sides): Promise<readonly string[]> {
  const context = { policy: DEFAULT_POLICY, now: new Date(0), clusterOf: () => 'production' };
  const fresh = compareSides(await run(sides), context).filter(({ status }) => status === 'new');
  return fresh.map(({ rule, object, pointer }) => `${rule} ${object?.kind} ${pointer}`);
}

const READS = 'rbac/secrets-read-cluster-wide';
const AT_MAP = 'ConfigMap /data/all.yaml';

describe('what a ClusterResourceSet brings to other clusters', () => {
  test('is found where it is written', async () => {
    expect(await news({ merged: [set(), map(yaml(ROLE))] })).toEqual([`${READS} ${AT_MAP}`]);
    const [found] = await run({ merged: [set(), map(yaml(ROLE))] });
    expect(found?.message).toBe(
      'ClusterRole `it` can read every Secret of every namespace it is bound in: get on secrets, in the clusters of ClusterResourceSet `it`',
    );
    expect(found?.app).toBe('map');
  });

  test('is found where the set is in an app that is not touched, and where the map is', async () => {
    expect(await news({ merged: [map(yaml(ROLE))], rest: [set()] })).toEqual([`${READS} ${AT_MAP}`]);
    expect(await news({ merged: [set()], rest: [map(yaml(ROLE))] })).toEqual([
      `${READS} ClusterResourceSet /spec/resources`,
    ]);
  });

  test('is nothing new where it stays, and is where it says more', async () => {
    expect(await news({ base: [set(), map(yaml(ROLE))], merged: [set(), map(yaml(ROLE))] })).toEqual([]);
    expect(await news({ base: [set(), map(yaml(HARMLESS))], merged: [set(), map(yaml(ROLE))] })).toEqual([
      `${READS} ${AT_MAP}`,
    ]);
  });

  test('who gains by a role and a binding of several maps is told', async () => {
    const role = { ...map(yaml(ROLE)), app: 'other' };
    const bindings = aManifest({ kind: 'ConfigMap', metadata: { name: 'bindings' }, data: { a: yaml(BINDING) } });
    const found = await news({
      merged: [set('bindings'), bindings],
      rest: [role, { ...set(), id: { ...set().id, name: 'b' } }],
    });
    expect(found).toContain(`rbac/gained-permissions ConfigMap /data/a`);
  });

  test('is not what the cluster of the set has: a role there and here are two', async () => {
    const here = { ...aClusterRole(['core/secrets:get']), app: 'map' };
    const found = await news({ base: [here, set(), map('')], merged: [here, set(), map(yaml(ROLE))] });
    expect(found).toEqual([`${READS} ${AT_MAP}`]);
  });

  test('does not meet what another selector brings', async () => {
    const bindings = aManifest({ kind: 'ConfigMap', metadata: { name: 'bindings' }, data: { a: yaml(BINDING) } });
    const found = await news({
      merged: [set('bindings', 'ConfigMap', 'test'), bindings],
      rest: [map(yaml(ROLE)), named(set(), 'b')],
    });
    expect(found).not.toContain('rbac/gained-permissions ConfigMap /data/a');
  });

  test('a map that no set names brings nothing, nor one of another namespace or cluster', async () => {
    const role = aClusterRole(['core/pods:get']);
    expect(await news({ merged: [map(yaml(ROLE)), role] })).toEqual([]);
    const elsewhere = { ...set(), id: { ...set().id, namespace: 'other' } };
    const found = await news({ merged: [map(yaml(ROLE))], rest: [elsewhere] });
    expect(found).toEqual([]);
    expect(await news({ merged: [map(yaml(ROLE))], rest: [{ ...set(), cluster: 'other' }] })).toEqual([]);
  });

  test.each<readonly [name: string, more: JsonObject, expected: readonly string[]]>([
    ['as plain text', { stringData: { a: yaml(ROLE) } }, [`${READS} Secret /stringData/a`]],
    ['encoded', { data: { a: btoa(yaml(ROLE)) } }, [`${READS} Secret /data/a`]],
    ['of another type, which is refused', { stringData: { a: yaml(ROLE) }, type: 'Opaque' }, []],
    ['encrypted', { data: { a: 'ENC[AES256_GCM]' } }, ['rbac/operator-grants-unread Secret ']],
  ])('a Secret is read %s', async (_name, more, expected) => {
    expect(await news({ merged: [set('addons', 'Secret'), secret(more)] })).toEqual(expected);
  });

  test.each<readonly [name: string, text: string, expected: readonly string[]]>([
    ['a list', yaml({ apiVersion: 'v1', kind: 'List', items: [ROLE] }), [`${READS} ${AT_MAP}`]],
    ['several documents', yaml(HARMLESS, ROLE), [`${READS} ${AT_MAP}`]],
    ['nothing', '', []],
    ['what is no YAML', 'a: [', ['rbac/operator-grants-unread ConfigMap ']],
    ['a merge key', 'a: &a {x: 1}\nb: {<<: *a}', ['rbac/operator-grants-unread ConfigMap ']],
    ['aliases without end', bomb(), ['rbac/operator-grants-unread ConfigMap ']],
  ])('of %s', async (_name, text, expected) => {
    expect(await news({ merged: [set(), map(text)] })).toEqual(expected);
  });

  test('a map that is in no app is said to be unread', async () => {
    const [found, ...more] = await run({ merged: [set()] });
    expect(more).toEqual([]);
    expect(found?.message).toBe('ClusterResourceSet `it` is not read: its ConfigMap `addons` is in no app');
    const before = await run({ base: [set()], merged: [set()] });
    expect(before.map(({ side }) => side).toSorted()).toEqual(['base', 'merged']);
    expect(await run({ merged: [map('')], rest: [set('other')] })).toEqual([]);
    expect(await run({ merged: [set('addons', 'Pod')] })).toEqual([]);
  });
});

function named(manifest: Manifest, name: string): Manifest {
  return { ...manifest, id: { ...manifest.id, name } };
}

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const below = Array.from({ length: 9 }, () => `*a${level}`).join(', ');
    return `a${level + 1}: &a${level + 1} [${below}]`;
  });
  return ['a0: &a0 x', ...levels].join('\n');
}

test('the same object by two sets of one selector is two, and both are found', async () => {
  const two = named(set(), 'two');
  const found = await run({ merged: [set(), two, map(yaml(ROLE))] });
  const keys = found
    .filter(({ rule }) => rule === READS)
    .map(({ key, object }) => `${key} ${object && identityKey(object)}`);
  expect(new Set(keys).size).toBe(2);
});
