import { describe, expect, test } from '@jest/globals';
import { aCache } from '../../../test/builders/cache.ts';
import { anAnswer, anEngine } from '../../../test/fakes/engine.ts';
import { aTree } from '../../../test/fakes/source-tree.ts';
import { type Bring, EngineError, type EngineRequest, type RemoteAnswer } from '../../ports/engine.ts';
import { cachedEngine } from './render-cache.ts';

type Files = Readonly<Record<string, string>>;

const never = new AbortController().signal;
const [FIRST, SECOND] = ['/remote/1', '/remote/2'];
const first = [{ kind: 'git', url: 'https://x/y', ref: 'v1', path: '', at: FIRST }];
const second = [{ kind: 'git', url: 'https://x/z', ref: 'v1', path: '', at: SECOND }];

const reads = (at: string, path: string) => [
  { at, files: [[path, ''] as const], present: [], absent: [], listed: [], links: [] },
];

function request(files: Files, bring: Bring | undefined): EngineRequest {
  return { operation: 'helm.template', mounts: [{ at: '/', tree: aTree(files) }], input: { path: '/chart' }, bring };
}

/** Brings these trees by place, and says what it was asked. */
function bringing(trees: Readonly<Record<string, Files>>, isOwn = false) {
  const asked: string[] = [];
  const bring: Bring = (wants) => {
    asked.push(...wants.map(({ url }) => url));
    if (wants.some(({ at }) => trees[at] === undefined))
      return Promise.resolve({ denied: wants.map(({ url }) => ({ url, reason: 'offline' })) });
    return Promise.resolve({ mounts: wants.map(({ at }) => ({ at, tree: aTree(trees[at] ?? {}), isOwn })) });
  };
  return { asked, bring };
}

function fileIn(answer: RemoteAnswer | undefined): string {
  if (answer === undefined || 'denied' in answer) throw new EngineError('build', 'no', { reads: reads('/', 'a') });
  return answer.mounts[0]?.tree.entries.map(({ path }) => path).join(' ') ?? '';
}

/** Reads `a`, asks for the first, reads `r` there, and asks for the second where there is `more` beside it. */
function following() {
  return anEngine({
    'helm.template': async ({ bring }) => {
      const names = fileIn(await bring?.(first, never));
      const looked = [...reads('/', 'a'), ...reads(FIRST, 'r'), ...reads(FIRST, 'more')];
      if (!names.includes('more')) return anAnswer({ reads: looked, brought: first });
      await bring?.(second, never);
      return anAnswer({ reads: [...looked, ...reads(SECOND, 's')], brought: [...first, ...second] });
    },
  });
}

/** How often the engine is asked by two runs. */
async function rendersOf(...runs: readonly (readonly [Bring | undefined, Files])[]): Promise<number> {
  const [engine, cache] = [following(), aCache()];
  for (const [bring, files] of runs)
    await cachedEngine(engine, { cache, build: '' })
      .run(request(files, bring), never)
      .catch(() => undefined);
  return engine.requests.length;
}

function both(files: Files) {
  return { [FIRST]: files, [SECOND]: { s: '1' } };
}

const A: Files = { a: '1' };

describe('content from elsewhere', () => {
  test('that is the same where it was read is not rendered again, and is asked for again', async () => {
    const [before, after] = [bringing({ [FIRST]: { r: '1', x: '1' } }), bringing({ [FIRST]: { r: '1', x: '2' } })];
    expect(await rendersOf([before.bring, A], [after.bring, A])).toBe(1);
    expect(after.asked).toEqual(['https://x/y']);
  });

  test('that changed where it was read is rendered again', async () => {
    const [before, after] = [bringing({ [FIRST]: { r: '1' } }), bringing({ [FIRST]: { r: '2' } })];
    expect(await rendersOf([before.bring, A], [after.bring, A])).toBe(2);
  });

  test('is not asked for by a look-up where the own files are others', async () => {
    const cache = aCache();
    const before = bringing({ [FIRST]: { r: '1' } });
    await cachedEngine(following(), { cache, build: '' }).run(request(A, before.bring), never);
    const after = bringing({});
    const silent = anEngine({ 'helm.template': () => Promise.resolve(anAnswer({ reads: reads('/', 'a') })) });
    await cachedEngine(silent, { cache, build: '' }).run(request({ a: '2' }, after.bring), never);
    expect(after.asked).toEqual([]);
  });

  test('is not asked for by a look-up where what came before leads elsewhere now', async () => {
    const more = { r: '1', more: '1' };
    const [before, same, other] = [bringing(both(more)), bringing(both(more)), bringing(both({ r: '1' }))];
    expect(await rendersOf([before.bring, A], [same.bring, A])).toBe(1);
    expect(same.asked).toEqual(['https://x/y', 'https://x/z']);
    expect(await rendersOf([before.bring, A], [other.bring, A])).toBe(2);
    expect(other.asked).not.toContain('https://x/z');
  });

  test('that was refused is asked for by the next run, whatever came of it', async () => {
    const [refusing, giving] = [bringing({}).bring, bringing({ [FIRST]: { r: '1' } }).bring];
    expect(await rendersOf([refusing, A], [refusing, A])).toBe(2);
    expect(await rendersOf([giving, A], [refusing, A])).toBe(2);
    expect(await rendersOf([() => Promise.reject(new Error('no')), A], [giving, A])).toBe(2);
  });

  test('that nobody may bring is another request', async () => {
    expect(await rendersOf([undefined, A], [bringing({ [FIRST]: { r: '1' } }).bring, A])).toBe(2);
    expect(await rendersOf([undefined, A], [undefined, A])).toBe(1);
  });

  test('that is this repository itself is compared as it stands at the root', async () => {
    const own = bringing({ [FIRST]: { r: '1' } }, true).bring;
    expect(await rendersOf([own, { a: '1', r: '1' }], [own, { a: '1', r: '1' }])).toBe(1);
    expect(await rendersOf([own, { a: '1', r: '1' }], [own, { a: '1', r: '2' }])).toBe(2);
  });

  test('a read of a place that nobody named is not kept', async () => {
    const [engine, cache] = [
      anEngine({ 'helm.template': () => Promise.resolve(anAnswer({ reads: reads('/other', 'a') })) }),
      aCache(),
    ];
    for (const _ of [1, 2]) await cachedEngine(engine, { cache, build: '' }).run(request(A, undefined), never);
    expect(engine.requests).toHaveLength(2);
  });
});
