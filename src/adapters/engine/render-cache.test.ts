import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aCache } from '../../../test/builders/cache.ts';
import { anAnswer, anEngine } from '../../../test/fakes/engine.ts';
import { aTree } from '../../../test/fakes/source-tree.ts';
import type { JsonValue } from '../../model/json.ts';
import type { Cache } from '../../ports/cache.ts';
import {
  type Engine,
  type EngineAnswer,
  EngineError,
  type EngineErrorCode,
  type EngineRequest,
} from '../../ports/engine.ts';
import { cachedEngine } from './render-cache.ts';

const never = new AbortController().signal;
const reads = (files: readonly string[]) => [
  { at: '/', files: files.map((path) => [path, ''] as const), present: [], absent: [], listed: [], links: [] },
];

function request(files: Readonly<Record<string, string>>, more: Partial<EngineRequest> = {}): EngineRequest {
  return { operation: 'helm.template', mounts: [{ at: '/', tree: aTree(files) }], input: { path: '/chart' }, ...more };
}

/** Reads `a` and nothing else. */
function readingA() {
  return anEngine({
    'helm.template': () => Promise.resolve(anAnswer({ reads: reads(['a']) })),
    gotemplate: () => Promise.resolve(anAnswer()),
  });
}

test.each<[string, EngineRequest, EngineRequest, number]>([
  ['the same tree', request({ a: '1' }), request({ a: '1' }), 1],
  ['a tree that differs where nobody looked', request({ a: '1', b: '1' }), request({ a: '1', b: '2' }), 1],
  ['a tree that differs where it was read', request({ a: '1' }), request({ a: '2' }), 2],
  ['another input', request({ a: '1' }), request({ a: '1' }, { input: { path: '/other' } }), 2],
  ['another operation', request({ a: '1' }), request({ a: '1' }, { operation: 'gotemplate' }), 2],
  [
    'another place of the tree',
    request({ a: '1' }),
    request({ a: '1' }, { mounts: [{ at: '/ref', tree: aTree({ a: '1' }) }] }),
    2,
  ],
  [
    'one more mount',
    request({ a: '1' }),
    request({ a: '1' }, { mounts: [...request({ a: '1' }).mounts, { at: '/ref', tree: aTree({ a: '1' }) }] }),
    2,
  ],
])('%s: asked in a row or at once', async (_, first, second, times) => {
  const [row, once] = [readingA(), readingA()];
  const inRow = cachedEngine(row, { cache: aCache(), build: '' });
  await inRow.run(first, never);
  await inRow.run(second, never);
  const atOnce = cachedEngine(once, { cache: aCache(), build: '' });
  await Promise.all([atOnce.run(first, never), atOnce.run(second, never)]);
  expect([row.requests.length, once.requests.length]).toEqual([times, times]);
});

test('keys of an input may stand in any order', async () => {
  const engine = readingA();
  const memo = cachedEngine(engine, { cache: aCache(), build: '' });
  await memo.run(request({ a: '1' }, { input: { path: '/', values: { x: 1, y: 2 } } }), never);
  await memo.run(request({ a: '1' }, { input: { values: { y: 2, x: 1 }, path: '/' } }), never);
  expect(engine.requests).toHaveLength(1);
});

test('a third side is compared with each that came before', async () => {
  const engine = readingA();
  const memo = cachedEngine(engine, { cache: aCache(), build: '' });
  for (const a of ['1', '2', '1', '2']) await memo.run(request({ a, b: a }), never);
  await memo.run(request({ a: '2', b: '3' }), never);
  expect(engine.requests).toHaveLength(2);
});

test.each<[EngineErrorCode, number]>([
  ['parse', 1],
  ['build', 1],
  ['schema', 1],
  ['unsupported', 1],
  ['denied', 1],
  ['limit', 2],
  ['remote', 2],
  ['internal', 2],
])('an error of kind %s is asked for %d times', async (code, times) => {
  const engine = anEngine({
    'helm.template': () => Promise.reject(new EngineError(code, 'no', { reads: reads(['a']) })),
  });
  const memo = cachedEngine(engine, { cache: aCache(), build: '' });
  await expect(memo.run(request({ a: '1', b: '1' }), never)).rejects.toMatchObject({ code });
  await expect(memo.run(request({ a: '1', b: '2' }), never)).rejects.toMatchObject({ code });
  expect(engine.requests).toHaveLength(times);
});

test('an aborted request is not remembered', async () => {
  const engine = readingA();
  const memo = cachedEngine(engine, { cache: aCache(), build: '' });
  await expect(memo.run(request({ a: '1' }), AbortSignal.abort(new Error('superseded')))).rejects.toThrow('superseded');
  await expect(memo.run(request({ a: '1' }), never)).resolves.toBeDefined();
});

test('closing closes the engine', async () => {
  const engine = readingA();
  const memo = cachedEngine(engine, { cache: aCache(), build: '' });
  await memo.run(request({ a: '1' }), never);
  await memo.close();
  await expect(memo.run(request({ a: '1' }), never)).rejects.toMatchObject({ code: 'internal' });
});

function run(engine: Engine, cache: Cache, asked: EngineRequest, build = ''): Promise<EngineAnswer> {
  return cachedEngine(engine, { cache, build }).run(asked, never);
}

describe('from run to run', () => {
  test.each<[string, EngineRequest, EngineRequest, number]>([
    ['the same tree', request({ a: '1' }), request({ a: '1' }), 1],
    ['a tree that differs where nobody looked', request({ a: '1', b: '1' }), request({ a: '1', b: '2' }), 1],
    ['a tree that differs where it was read', request({ a: '1' }), request({ a: '2' }), 2],
    ['a tree without what was read', request({ a: '1' }), request({ b: '1' }), 2],
    ['another input', request({ a: '1' }), request({ a: '1' }, { input: {} }), 2],
  ])('%s', async (_, first, second, times) => {
    const [engine, cache] = [readingA(), aCache()];
    await run(engine, cache, first);
    await run(engine, cache, second);
    expect(engine.requests).toHaveLength(times);
  });

  test('another build of the engine answers for itself', async () => {
    const [engine, cache] = [readingA(), aCache()];
    for (const build of ['1', '2', '1']) await run(engine, cache, request({ a: '1' }), build);
    expect(engine.requests).toHaveLength(2);
  });

  test('what depends on chance or the time is the same for both sides, and looked at again by the next run', async () => {
    for (const use of ['random', 'now']) {
      const cache = aCache();
      const engine = anEngine({
        'helm.template': () => Promise.resolve(anAnswer({ reads: reads(['a']), uses: [use] })),
      });
      const first = cachedEngine(engine, { cache, build: '' });
      await first.run(request({ a: '1', b: '1' }), never);
      await first.run(request({ a: '1', b: '2' }), never);
      expect(engine.requests).toHaveLength(1);
      await run(engine, cache, request({ a: '1' }));
      expect(engine.requests).toHaveLength(2);
    }
  });

  test('of the ways to look at the inputs the newest eight are known', async () => {
    const cache = aCache();
    const engine = anEngine({
      'helm.template': ({ mounts }) =>
        Promise.resolve(anAnswer({ reads: reads((mounts[0]?.tree.entries ?? []).map(({ path }) => path)) })),
    });
    const names = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((name) => `f${name}`);
    for (const name of names) await run(engine, cache, request({ [name]: '1' }));
    for (const name of names.toReversed()) await run(engine, cache, request({ [name]: '1' }));
    expect(engine.requests).toHaveLength(names.length + 1);
  });
});

const aJson = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const aText = fc.string({ maxLength: 8 });
const someReads = fc.record({
  at: fc.constant('/'),
  files: fc.array(fc.tuple(aText, aText), { maxLength: 3 }),
  present: fc.array(aText, { maxLength: 3 }),
  absent: fc.array(aText, { maxLength: 3 }),
  listed: fc.array(aText, { maxLength: 3 }),
  links: fc.array(aText, { maxLength: 3 }),
});
const someAnswer: fc.Arbitrary<EngineAnswer> = fc.record({
  objects: fc.array(
    fc.record({
      manifest: fc.dictionary(aText, aJson, { maxKeys: 3 }),
      origin: fc.oneof(fc.constant({}), fc.record({ path: aText, document: fc.nat(), line: fc.nat() })),
      volatile: fc.array(aText, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  value: fc.option(aJson, { nil: undefined }),
  uses: fc.subarray(['lookup', 'install']),
  warnings: fc.array(aText, { maxLength: 2 }),
  problems: fc.array(fc.record({ path: aText, line: fc.nat(), code: aText, message: aText }), { maxLength: 2 }),
  reads: fc.array(someReads, { maxLength: 2 }),
  brought: fc.constant([]),
});
const someOutcome = fc.oneof(
  someAnswer,
  fc
    .tuple(
      fc.constantFrom<EngineErrorCode>('parse', 'build', 'schema', 'unsupported', 'denied'),
      aText,
      fc.record({
        path: fc.option(aText, { nil: undefined }),
        line: fc.option(fc.nat(), { nil: undefined }),
        reads: fc.array(someReads, { maxLength: 2 }),
      }),
    )
    .map(([code, message, at]) => new EngineError(code, message, at)),
);

/** Everything of an outcome, thrown or not. */
async function all(answer: Promise<EngineAnswer>): Promise<object> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, path, line, reads: looked } = error;
    return { thrown: { code, message, path, line, reads: looked } };
  }
}

test('what is kept, in memory or through a store, is what was rendered', async () => {
  await fc.assert(
    fc.asyncProperty(someOutcome, async (outcome) => {
      const result = () => (outcome instanceof EngineError ? Promise.reject(outcome) : Promise.resolve(outcome));
      const engine = anEngine({ 'helm.template': result });
      const stored = new Map<string, string>();
      const [cache, wanted] = [aCache(), request({ a: '1' })];
      const through: Cache = {
        read: (name) => Promise.resolve(JSON.parse(stored.get(name) ?? 'null') ?? undefined),
        write: (name, value) => Promise.resolve(void stored.set(name, JSON.stringify(value))),
        flush: () => Promise.resolve(),
      };
      const fresh = await all(result());
      for (const place of [cache, cache, through, through]) {
        const given = await all(cachedEngine(engine, { cache: place, build: '' }).run(wanted, never));
        expect(given).toEqual(fresh);
        expect(Object.keys(given).toSorted()).toEqual(Object.keys(fresh).toSorted());
      }
      expect(engine.requests).toHaveLength(2);
    }),
    { numRuns: 60 },
  );
});
