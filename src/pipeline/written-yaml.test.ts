import { expect, test } from '@jest/globals';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import { anAnswer, anEngine } from '../../test/fakes/engine.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { DEFAULT_POLICY } from '../config/policy.ts';
import { type EngineAnswer, EngineError } from '../ports/engine.ts';
import { writtenYaml } from './written-yaml.ts';

const FILE = 'apps/shop/web.yaml';

/** What is said of the one changed file when the reader answers this. */
async function rulesFor(answer: () => Promise<EngineAnswer>): Promise<readonly string[]> {
  const closure = { at: '/', files: [[FILE, 'x']] as const, present: [], absent: [], listed: [], links: [] };
  const merged = { ...aRendered(), reads: [closure] };
  const engine = anEngine({ 'yaml.parse': answer });
  const trees = { base: aTree({}), merged: aTree({ [FILE]: 'a: 1\n' }) };
  const run = { engine, policy: DEFAULT_POLICY, ownUrls: [], baseBranch: 'main', signal: AbortSignal.any([]) };
  const found = await writtenYaml([aPair({ merged })], new Set([FILE]), trees, run);
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
