import { expect, test } from '@jest/globals';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import { anAnswer, anEngine } from '../../test/fakes/engine.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { aRun } from '../../test/builders/run.ts';
import { kustomizeGraph } from '../discover/kustomize-graph.ts';
import { listingOf } from '../discover/listing.ts';
import { type EngineAnswer, EngineError } from '../ports/engine.ts';
import { FORGETFUL } from '../ports/memo.ts';
import { type WrittenSide, writtenYaml } from './written-yaml.ts';

const FILE = 'apps/shop/web.yaml';

async function sideOf(files: Readonly<Record<string, string>>): Promise<WrittenSide> {
  const listing = listingOf(aTree(files));
  return { listing, graph: await kustomizeGraph(listing, FORGETFUL) };
}

/** What is said of the one changed file when the reader answers this; `more` lies beside it. */
async function rulesFor(
  answer: () => Promise<EngineAnswer>,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const closure = { at: '/', files: [[FILE, 'x']] as const, present: [], absent: [], listed: [], links: [] };
  const mount = { at: '/', tree: aTree({}), wants: [], ownPath: (path: string) => path };
  const merged = { ...aRendered(), looks: [{ tool: 'kustomize' as const, reads: [closure], mounts: [mount] }] };
  const engine = anEngine({ 'yaml.parse': answer });
  const sides = { base: await sideOf({}), merged: await sideOf({ [FILE]: 'a: 1\n', ...more }) };
  const run = aRun({ engine });
  const found = await writtenYaml([aPair({ merged })], new Set([FILE]), sides, run);
  return found.map(({ rule, enforcement }) => `${rule} ${enforcement}`);
}

function problem(code: string): () => Promise<EngineAnswer> {
  return () => Promise.resolve(anAnswer({ problems: [{ path: `/${FILE}`, line: 1, code, message: 'said' }] }));
}

test.each([
  ['duplicate', ['render/duplicate-key required']],
  ['parse', ['render/unreadable-file required']],
  ['limit', ['render/unreadable-file required']],
  ['ambiguous', ['render/ambiguous-value advice']],
  ['ignored', ['render/ignored-text advice']],
  ['merge', []],
  ['not-an-object', []],
])('a problem of code %s', async (code, rules) => {
  expect(await rulesFor(problem(code))).toEqual(rules);
});

test('a reader that gives up is a problem of the file, never a file without problems', async () => {
  expect(await rulesFor(() => Promise.reject(new EngineError('limit', 'too large')))).toEqual([
    'render/unreadable-file required',
  ]);
});

test.each([
  ['data of a ConfigMap is not read by the cluster', 'configMapGenerator: [{ name: x, files: [web.yaml] }]\n', []],
  ['a resource is', 'resources: [web.yaml]\n', ['render/duplicate-key required']],
  [
    'a file that is both is',
    'resources: [web.yaml]\nconfigMapGenerator: [{ name: x, files: [web.yaml] }]\n',
    ['render/duplicate-key required'],
  ],
])('%s', async (_, kustomization, rules) => {
  expect(await rulesFor(problem('duplicate'), { 'apps/shop/kustomization.yaml': kustomization })).toEqual(rules);
});
