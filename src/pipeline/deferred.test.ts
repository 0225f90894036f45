import { expect, test } from '@jest/globals';
import { aRun } from '../../test/builders/run.ts';
import { anAnswer, anEngine } from '../../test/fakes/engine.ts';
import { MovingRemote } from '../../test/fakes/moving-remote.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { isObject, type JsonObject, objectAt, textAt } from '../model/json.ts';
import { changedFiles } from '../model/tree.ts';
import type { EngineAnswer, EngineRequest } from '../ports/engine.ts';
import { isAffected, pairApps } from './affected.ts';
import { renderDeferred } from './deferred.ts';
import { remotesOf } from './remotes.ts';
import { viewSide } from './side.ts';

const OWN = 'https://github.com/acme/clusters';
const OTHER = 'https://git.example/shop';
const WANT = { kind: 'git', url: OTHER, ref: 'v1' } as const;

function anApplication(name: string, sources: readonly JsonObject[]): string {
  const spec = { sources, destination: { name: 'production' } };
  const metadata = { name, namespace: 'argocd' };
  return JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, spec });
}

const CHILD = anApplication('child', [{ repoURL: OWN, path: 'child' }]);
const SHOP = [{ repoURL: OTHER, targetRevision: 'v1', path: 'deploy' }];

/** Applications render to the JSON objects of the tree at `/` whose path starts with theirs; files of JSON define apps. */
const engine = anEngine({
  'yaml.parse': ({ mounts, input }) => objectsIn(mounts, String((input['paths'] as readonly string[])[0]).slice(1)),
  'argocd.source': ({ mounts, input }) => objectsIn(mounts, textAt(objectAt(input, 'source'), 'path')),
});

async function objectsIn(mounts: EngineRequest['mounts'], prefix: string): Promise<EngineAnswer> {
  const [root] = mounts.filter(({ at }) => at === '/');
  const entries = (root?.tree.entries ?? []).filter(({ path }) => path.startsWith(prefix));
  const texts = await Promise.all(entries.map(async ({ oid }) => (await root?.tree.read(oid)) ?? new Uint8Array()));
  const objects = texts.map((bytes, index) => {
    const manifest: unknown = JSON.parse(Buffer.from(bytes).toString());
    return { manifest: isObject(manifest) ? manifest : {}, origin: { path: entries[index]?.path ?? '' }, volatile: [] };
  });
  const files = entries.map(({ path, oid }) => [path, oid] as const);
  return anAnswer({ objects, reads: [{ at: '/', files, present: [], absent: [], listed: [], links: [] }] });
}

async function deferred(base: Readonly<Record<string, string>>, merged: Readonly<Record<string, string>>) {
  const remote = new MovingRemote();
  remote.put(WANT, 'commit-1', { 'deploy/child.json': CHILD, 'deploy/config.json': '{"kind":"ConfigMap"}' });
  const run = aRun({ engine, remotes: remotesOf(remote, []), defersElsewhere: true });
  const trees = [aTree(base), aTree(merged)] as const;
  const sides = {
    base: await viewSide(trees[0], run),
    merged: await viewSide(trees[1], run),
    changed: changedFiles(trees[0].entries, trees[1].entries),
  };
  const before = remote.asked.length;
  const pairs = await renderDeferred(pairApps(sides), sides, run);
  return { pairs, before, asked: remote.asked, affected: pairs.filter(isAffected).map(({ id }) => id) };
}

const SHOP_ID = 'Application:production/argocd/shop';
const CHILD_ID = 'Application:production/argocd/child';

test('an app from elsewhere that the change does not reach is not fetched', async () => {
  const files = { 'shop.json': anApplication('shop', SHOP) };
  const { pairs, asked, affected } = await deferred(files, { ...files, 'other.txt': '' });
  expect([affected, asked]).toEqual([[], []]);
  expect(pairs.map(({ merged }) => merged?.failure?.code)).toEqual(['deferred']);
});

test('one that comes is rendered, once it is known to, and what it brings is an app', async () => {
  const { pairs, before, asked, affected } = await deferred({}, { 'shop.json': anApplication('shop', SHOP) });
  expect([before, asked]).toEqual([0, ['resolve https://git.example/shop@v1', 'fetch commit-1']]);
  expect(affected.toSorted()).toEqual([CHILD_ID, SHOP_ID]);
  expect(pairs.every(({ merged }) => merged?.failure === undefined)).toBe(true);
  expect(pairs.find(({ id }) => id === CHILD_ID)?.merged?.app.broughtBy).toBe(SHOP_ID);
});

test('one whose definition differs is rendered on both sides, and what both bring is no change', async () => {
  const before = anApplication('shop', SHOP);
  const after = anApplication(
    'shop',
    SHOP.map((source) => ({ ...source, kustomize: { namePrefix: 'x-' } })),
  );
  const { pairs, affected } = await deferred({ 'shop.json': before }, { 'shop.json': after });
  expect(affected).toEqual([SHOP_ID]);
  const shop = pairs.find(({ id }) => id === SHOP_ID);
  expect([shop?.base, shop?.merged].map((one) => one?.manifests.length)).toEqual([2, 2]);
  expect(pairs.map(({ id }) => id).toSorted()).toEqual([CHILD_ID, SHOP_ID]);
});

test('one whose values file of this repository changes is rendered', async () => {
  const values = { repoURL: OWN, ref: 'values' };
  const sources = [...SHOP.map((source) => ({ ...source, helm: { valueFiles: ['$values/env/v.txt'] } })), values];
  const files = { 'shop.json': anApplication('shop', sources) };
  const reached = await deferred({ ...files, 'env/v.txt': 'a' }, { ...files, 'env/v.txt': 'b' });
  expect(reached.asked).not.toEqual([]);
  const missed = await deferred({ ...files, 'env/w.txt': 'a' }, { ...files, 'env/w.txt': 'b' });
  expect([missed.asked, missed.affected]).toEqual([[], []]);
});

test('one that cannot be fetched says so, once the change reaches it', async () => {
  const gone = SHOP.map((source) => ({ ...source, targetRevision: 'v2' }));
  const { pairs } = await deferred({}, { 'shop.json': anApplication('shop', gone) });
  expect(pairs.map(({ merged }) => merged?.failure)).toEqual([
    { code: 'remote', reason: 'https://git.example/shop@v2 is not there' },
  ]);
});
