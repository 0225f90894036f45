import { expect, test } from '@jest/globals';
import { aCache } from '../../test/builders/cache.ts';
import { anAnswer, anEngine } from '../../test/fakes/engine.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { openMemo } from '../adapters/store/blob-memo.ts';
import { EngineError, type EngineRequest } from '../ports/engine.ts';
import { FORGETFUL, type Memo } from '../ports/memo.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { definitionsIn } from './documents.ts';
import { kustomizeGraph } from './kustomize-graph.ts';
import { listingOf, readListing } from './listing.ts';

const signal = AbortSignal.any([]);
const application = (name: string) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name, namespace: 'argocd' },
});

/** Reads JSON, one object a file, on line 3. */
function parsing() {
  return anEngine({
    'yaml.parse': async ({ mounts, input }: EngineRequest) => {
      const [path = ''] = (input['paths'] ?? []) as readonly string[];
      const tree = mounts[0]?.tree;
      const entry = tree?.entries.find((one) => `/${one.path}` === path);
      const bytes = entry === undefined ? undefined : await tree?.read(entry.oid);
      const manifest = JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
      return anAnswer({ objects: [{ manifest, origin: { path, document: 0, line: 3 }, volatile: [] }] });
    },
  });
}

const FILES = {
  'apps/a.json': JSON.stringify(application('a')),
  'apps/b.json': JSON.stringify(application('b')),
  'web/kustomization.yaml': 'resources: [web.yaml]',
  'web/web.yaml': 'kind: Deployment',
};

/** Counts the blobs that were read. */
function counted(files: Readonly<Record<string, string>>): { readonly tree: SourceTree; readonly read: string[] } {
  const tree = aTree(files);
  const read: string[] = [];
  const pathOf = (oid: string) => tree.entries.find((entry) => entry.oid === oid)?.path ?? oid;
  return {
    read,
    tree: {
      ...tree,
      read: (oid) => {
        read.push(pathOf(oid));
        return tree.read(oid);
      },
    },
  };
}

async function discovered(files: Readonly<Record<string, string>>, memo: Memo) {
  const [{ tree, read }, engine] = [counted(files), parsing()];
  const listing = await readListing(tree);
  const definitions = await definitionsIn({ listing, engine, memo, signal });
  const { names, namedBy, carried } = await kustomizeGraph(listing, memo);
  const parsed = engine.requests.map(({ input }) => input['paths']);
  return { definitions, graph: { names, namedBy, carried }, read, parsed };
}

test('a second run reads and parses what changed alone, and finds the same', async () => {
  const cache = aCache();
  const first = await openMemo(cache, { build: '', repository: 'r' });
  await discovered(FILES, first);
  await first.save();
  const changed = { ...FILES, 'apps/b.json': JSON.stringify(application('c')), 'apps/d.json': FILES['apps/a.json'] };
  const warm = await discovered(changed, await openMemo(cache, { build: '', repository: 'r' }));
  const cold = await discovered(changed, FORGETFUL);
  expect([warm.definitions, warm.graph]).toEqual([cold.definitions, cold.graph]);
  expect(warm.parsed).toEqual([['/apps/b.json']]);
  // Once to know whether it may define apps; the engine reads it, too.
  expect([...new Set(warm.read)]).toEqual(['apps/b.json']);
});

test('a definition stands in the file that it was found in, also where another file holds the same', async () => {
  const memo = await openMemo(aCache(), { build: '', repository: 'r' });
  const { definitions } = await discovered({ ...FILES, 'apps/d.json': FILES['apps/a.json'] }, memo);
  const places = definitions.map(({ definedIn, object }) => [definedIn.file, definedIn.line, object['metadata']]);
  expect(places).toEqual([
    ['apps/a.json', 3, application('a').metadata],
    ['apps/b.json', 3, application('b').metadata],
    ['apps/d.json', 3, application('a').metadata],
  ]);
});

test('a file that met a limit is tried again by the next run', async () => {
  const memo = await openMemo(aCache(), { build: '', repository: 'r' });
  const engine = anEngine({ 'yaml.parse': () => Promise.reject(new EngineError('limit', 'too slow')) });
  const listing = listingOf(aTree(FILES));
  for (const _ of [1, 2]) expect(await definitionsIn({ listing, engine, memo, signal })).toEqual([]);
  expect(engine.requests).toHaveLength(4);
});

test('a file that is too large defines nothing, as far as is known', async () => {
  const listing = listingOf(aTree(FILES, { tooLarge: ['apps/a.json'] }));
  const found = await definitionsIn({ listing, engine: parsing(), memo: FORGETFUL, signal });
  expect(found.map(({ definedIn }) => definedIn.file)).toEqual(['apps/b.json']);
});

test('a blob that is missing is no file without apps', async () => {
  const listing = listingOf(aTree(FILES, { missing: ['apps/a.json'] }));
  const found = definitionsIn({ listing, engine: parsing(), memo: FORGETFUL, signal });
  await expect(found).rejects.toMatchObject({ code: 'MISSING' });
});
