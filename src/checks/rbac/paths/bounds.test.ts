import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest } from '../../../../test/builders/manifest.ts';
import { aDeployment, aRoleOf, bound, boundIn, inCluster, named, pathsIn } from '../../../../test/builders/paths.ts';
import type { Problem } from '../../../model/finding.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { changedAgainst } from '../effective/cause.ts';
import { clusterRights } from '../effective/cluster.ts';
import { pathProblems } from './index.ts';

const ADMIN = [aRoleOf('boss', '*/*:*'), bound('boss', 'ServiceAccount:shop/boss')];
const DEV = [aRoleOf('dev', 'core/pods:create'), boundIn('shop', 'dev', 'Group:dev')];
/** Who may start a pod in a namespace becomes the account of that name there. */
const starts = (who: string, namespace: string) =>
  named(boundIn(namespace, 'starter', `ServiceAccount:${who}`), `${namespace}-${who.replace('/', '-')}`);
const STARTER = aRoleOf('starter', 'core/pods:create');

/** In a namespace that only the controller of its app knows. */
const nowhere = (manifest: Manifest, app: string) => ({ ...named(manifest, manifest.id.name, ''), app });
const sideOf = (manifests: readonly Manifest[]) => ({ manifests, rights: clusterRights(manifests) });
const search = (base: readonly Manifest[], merged: readonly Manifest[], maxEdges: number): readonly Problem[] =>
  pathProblems(sideOf(base), sideOf(merged), {
    granting: [],
    context: {},
    isNew: changedAgainst(base),
    isGone: changedAgainst(merged),
    cluster: 'c',
    maxEdges,
  });
const ends = (found: readonly Problem[]) => found.map(({ path }) => `${path?.[0]?.from} ${path?.at(-1)?.to}`);

describe('a way into another namespace', () => {
  const reader = [aRoleOf('reader', 'core/secrets:list'), boundIn('pay', 'reader', 'ServiceAccount:shop/pay')];

  test('over somebody else is high, and told as such', async () => {
    expect(await pathsIn({ rest: reader, merged: DEV })).toMatchObject([
      {
        rule: 'rbac/path-to-namespace',
        severity: 'high',
        message: expect.stringMatching(/becomes service account `shop\/pay`; .* read every Secret of namespace `pay`/),
      },
    ]);
  });

  test.each<readonly [name: string, rest: readonly Manifest[], merged: readonly Manifest[]]>([
    [
      'in which it holds something itself',
      [...reader, aRoleOf('look', 'core/pods:get'), boundIn('pay', 'look', 'Group:dev')],
      DEV,
    ],
    [
      'where its own account lives',
      [aRoleOf('reader', 'core/secrets:list'), boundIn('shop', 'reader', 'ServiceAccount:shop/pay')],
      DEV,
    ],
    [
      'for something harmless',
      [aRoleOf('reader', 'core/configmaps:list'), boundIn('pay', 'reader', 'ServiceAccount:shop/pay')],
      DEV,
    ],
    [
      'for whoever may get into pods everywhere',
      [...reader, aDeployment('pay', 'pay')],
      [aRoleOf('dev', 'core/pods/exec:create'), bound('dev', 'Group:dev')],
    ],
  ])('is none %s', async (_, rest, merged) => {
    expect(await pathsIn({ rest, merged })).toEqual([]);
  });

  test('several are one finding, on what opened them', async () => {
    const also = [aRoleOf('exec', 'core/pods/exec:create'), boundIn('ops', 'exec', 'ServiceAccount:shop/pay')];
    const found = await pathsIn({ rest: [...reader, ...also], merged: DEV });
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(/; it leads into namespace `(?:ops|pay)` too$/);
  });
});

describe('what is said', () => {
  test('many starts of one way are one finding that names them', async () => {
    const rest = [...ADMIN, ...['a', 'b', 'c'].map((name) => aDeployment(name, 'web'))];
    const found = await pathsIn({ rest: [STARTER, ...rest], merged: [starts('shop/web', 'shop')] });
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(
      /^Deployment `a` runs as .*; the same is open to Deployment `b`, Deployment `c`$/,
    );
  });

  test('the shortest way is told, and power over the cluster is all there is to say', async () => {
    const fresh = await pathsIn({
      rest: [...ADMIN, STARTER, aDeployment('web', 'web')],
      merged: [starts('shop/web', 'mid'), starts('mid/x', 'shop'), starts('shop/web', 'shop')],
    });
    expect(fresh.map(({ rule }) => rule)).toEqual(['rbac/path-to-cluster', 'rbac/path-to-cluster']);
    expect(fresh[0]?.path?.length).toBe(2);
    expect(fresh[1]?.path?.length).toBe(3);
  });

  test('a long way is told in part, and whole in its steps', async () => {
    const places = Array.from({ length: 12 }, (_, index) => `n${index}`);
    const chain = places.flatMap((place, index) => [starts(`${place}/a`, places[index + 1] ?? 'shop')]);
    const [found] = await pathsIn({ rest: [...ADMIN, STARTER, ...chain.slice(1)], merged: chain.slice(0, 1) });
    expect(found?.path?.length).toBe(13);
    expect(found?.message).toContain('; 5 more steps; ');
    expect(found?.message.endsWith(found.path?.at(-1)?.text ?? '?')).toBe(true);
  });

  test('each step leads from where the last one led', async () => {
    const [found] = await pathsIn({
      rest: [...ADMIN, aDeployment('web', 'web'), STARTER],
      merged: [starts('shop/web', 'shop')],
    });
    const path = found?.path ?? [];
    expect(path.map(({ from }) => from).slice(1)).toEqual(path.map(({ to }) => to).slice(0, -1));
    expect(path.map(({ object }) => object?.kind)).toEqual(['Deployment', 'RoleBinding', 'ClusterRoleBinding']);
  });

  test('that something went away which was in the way', async () => {
    const quiet = aManifest({
      kind: 'ServiceAccount',
      metadata: { name: 'boss' },
      automountServiceAccountToken: false,
    });
    const exec = [aRoleOf('dev', 'core/pods/exec:create'), boundIn('shop', 'dev', 'Group:dev')];
    const found = await pathsIn({ rest: [...ADMIN, ...exec, aDeployment('boss', 'boss')], base: [quiet] });
    expect(found.map(({ rule }) => rule).toSorted()).toEqual(['rbac/path-to-cluster', 'rbac/workload-takeover']);
  });
});

describe('clusters', () => {
  test('are never mixed', async () => {
    expect(await pathsIn({ rest: inCluster('a', ADMIN), merged: inCluster('b', DEV) })).toEqual([]);
    expect(await pathsIn({ rest: inCluster('b', ADMIN), merged: inCluster('b', DEV) })).toHaveLength(1);
    expect(await pathsIn({ rest: inCluster('', ADMIN), merged: inCluster('b', DEV) })).toEqual([]);
  });

  test('that nobody named are one, which is said', async () => {
    const [found] = await pathsIn({ rest: inCluster('', ADMIN), merged: inCluster('', DEV) });
    expect(found?.message).toMatch(/; the apps of this way name no cluster, and are taken to be in one$/);
  });

  test('namespaces that only the controller knows are one for each app', async () => {
    const exec = aRoleOf('starter', 'core/pods/exec:create');
    const agent = aDeployment('agent', 'agent', { containers: [{ securityContext: { privileged: true } }] });
    const webMay = boundIn('', 'starter', 'ServiceAccount:/web');
    const web = aDeployment('web', 'web');
    const inB = [exec, nowhere(agent, 'b'), nowhere(webMay, 'b')];
    expect(await pathsIn({ rest: inB, merged: [nowhere(web, 'a')] })).toEqual([]);
    expect(await pathsIn({ rest: inB, merged: [nowhere(web, 'b')] })).toHaveLength(1);
    expect(await pathsIn({ rest: [exec, nowhere(agent, 'b')], merged: [nowhere(webMay, 'a')] })).toEqual([]);
  });
});

describe('bounds', () => {
  test('what was not searched is said, and blocks', () => {
    const base = [STARTER, ...ADMIN, aDeployment('web', 'web')];
    const merged = [...base, starts('shop/web', 'shop')];
    expect(search(base, merged, 2)).toMatchObject([
      {
        rule: 'rbac/paths-not-searched',
        enforcement: 'required',
        object: { kind: 'RoleBinding' },
        message: 'more paths were not searched: the objects of this cluster reach one another in too many ways',
      },
    ]);
    expect(search(base, merged, 1000).filter(({ rule }) => rule === 'rbac/paths-not-searched')).toEqual([]);
    expect(search(merged, merged, 0)).toEqual([]);
  });

  test('1,000 accounts that may all become one another, and as many workloads', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `a${index}`);
    const ring = names.flatMap((name) => [starts(`shop/${name}`, 'shop'), aDeployment(name, name)]);
    expect(await pathsIn({ rest: [STARTER, ...ring], merged: [aDeployment('new', 'a0')] })).toEqual([]);
    const found = await pathsIn({ rest: [STARTER, ...ring], merged: ADMIN });
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(/ and \d+ more$/);
  });

  test('a chain of 300 namespaces is followed to its end', async () => {
    const chain = Array.from({ length: 300 }, (_, index) =>
      starts(`n${index}/a`, index === 299 ? 'shop' : `n${index + 1}`),
    );
    const [found] = await pathsIn({ rest: [...ADMIN, STARTER, ...chain.slice(1)], merged: chain.slice(0, 1) });
    expect(found?.path).toHaveLength(301);
  });
});

describe('laws', () => {
  const accounts = ['shop/a', 'shop/b', 'pay/c', 'ops/boss'];
  const places = ['shop', 'pay', 'ops'];
  const boss = [aRoleOf('boss', '*/*:*'), bound('boss', 'ServiceAccount:ops/boss')];
  const edge = fc.tuple(fc.constantFrom(...accounts), fc.constantFrom(...places));
  const worldOf = (edges: readonly (readonly [string, string])[]) => [
    STARTER,
    ...boss,
    ...edges.map(([who, where]) => starts(who, where)),
  ];

  test('what the base has already opens nothing, in whatever order and however often it is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edge), async (edges) => {
        const world = worldOf(edges);
        expect(await pathsIn({ base: world, merged: [...world.toReversed(), ...world] })).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('an unrelated role opens nothing, and neither does taking anything away', async () => {
    const unrelated = [
      aRoleOf('look', 'core/configmaps:get'),
      bound('look', 'Group:lookers'),
      boundIn('shop', 'look', 'ServiceAccount:shop/a'),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(edge, { minLength: 1 }), fc.nat(), async (edges, at) => {
        const world = worldOf(edges);
        expect(await pathsIn({ rest: world, merged: unrelated })).toEqual([]);
        const fewer = worldOf(edges.filter((_, index) => index !== at % edges.length));
        expect(await pathsIn({ base: world, merged: fewer })).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('without the object that opened it, the way is gone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edge), edge, async (edges, opening) => {
        const world = worldOf(edges);
        const found = await pathsIn({ rest: world, merged: [starts(...opening)] });
        expect(ends(await pathsIn({ rest: world, merged: [] }))).toEqual([]);
        for (const { object } of found) expect(object).toMatchObject({ kind: 'RoleBinding' });
      }),
      { numRuns: 12 },
    );
  });
});
