import { expect, test } from '@jest/globals';
import { aCache } from '../../../test/builders/cache.ts';
import { anAnswer, anEngine } from '../../../test/fakes/engine.ts';
import { aTree } from '../../../test/fakes/source-tree.ts';
import { EngineError, type EngineErrorCode, type EngineRequest } from '../../ports/engine.ts';
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
