import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aCache } from '../../../test/builders/cache.ts';
import { aClock } from '../../../test/fakes/clock.ts';
import { anAnswer, anEngine } from '../../../test/fakes/engine.ts';
import { aTree, blobOid } from '../../../test/fakes/source-tree.ts';
import type { JsonValue } from '../../model/json.ts';
import { type Engine, EngineError, type EngineRequest } from '../../ports/engine.ts';
import { StoreError } from '../../ports/store.ts';
import type { Values } from '../../ports/values.ts';
import { cachedEngine } from '../engine/render-cache.ts';
import { openMemo } from './blob-memo.ts';
import { FOLDER_LIMITS, folderValues } from './folder.ts';
import { cacheMemory } from './sealed-cache.ts';

const CANARY = 'c4n4ry-of-a-secret';
const KEY = Buffer.alloc(32, 7);
const DAY_MS = 86_400_000;
const never = new AbortController().signal;

let folder: string;
let clock: ReturnType<typeof aClock>;
let values: Values;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'presync-cache-'));
  clock = aClock();
  values = await folderValues({ folder, clock, limits: FOLDER_LIMITS });
});
afterEach(() => rm(folder, { recursive: true }));

/** Every call is another process: nothing in memory. */
const onDisk = (more: Parameters<typeof aCache>[0] = {}) => aCache({ store: { values, key: KEY }, clock, ...more });

async function contents(): Promise<string> {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}

describe('a value of the store', () => {
  test('is there for the next process', async () => {
    const first = onDisk();
    await first.write('a', { x: [1, 'y', null] }, 'store');
    await first.flush();
    expect(await onDisk().read('a', 'store')).toEqual({ x: [1, 'y', null] });
  });

  test('is not there where it was written for memory alone', async () => {
    const first = onDisk();
    await first.write('a', 1, 'memory');
    await first.flush();
    expect([await first.read('a', 'memory'), await onDisk().read('a', 'store')]).toEqual([1, undefined]);
  });

  test.each([
    ['another scope', { scope: 'another' }],
    ['another key', { store: true }],
  ])('is not there for %s', async (_, other) => {
    const first = onDisk();
    await first.write('a', 1, 'store');
    await first.flush();
    const stranger = onDisk('store' in other ? { store: { values, key: Buffer.alloc(32, 8) } } : other);
    expect(await stranger.read('a', 'store')).toBeUndefined();
  });

  test('ends after two weeks', async () => {
    const first = onDisk();
    await first.write('a', 1, 'store');
    await first.flush();
    clock.advance(14 * DAY_MS - 1);
    expect(await onDisk().read('a', 'store')).toBe(1);
    clock.advance(1);
    expect(await onDisk().read('a', 'store')).toBeUndefined();
  });

  test('ends, whatever end the file has been given', async () => {
    const first = onDisk();
    await first.write('a', 1, 'store');
    await first.flush();
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), { encoding: 'utf8' });
      await writeFile(join(folder, name), text.replace(/^\d+/, '9999999999999'));
    }
    expect(await onDisk().read('a', 'store')).toBe(1);
    clock.advance(14 * DAY_MS);
    expect(await onDisk().read('a', 'store')).toBeUndefined();
  });

  test('of one scope is not seen by another in memory', async () => {
    const memory = cacheMemory();
    await aCache({ scope: '1', memory }).write('a', 1, 'store');
    expect(await aCache({ scope: '1', memory }).read('a', 'store')).toBe(1);
    expect(await aCache({ scope: '2', memory }).read('a', 'store')).toBeUndefined();
  });

  test('read from disk counts in memory by its size as text', async () => {
    const first = onDisk();
    await first.write('a', 'x'.repeat(10_000), 'store');
    await first.flush();
    const memory = cacheMemory();
    await onDisk({ memory }).read('a', 'store');
    expect(memory.bytes).toBe(10_002);
  });
});

function down(): Promise<never> {
  return Promise.reject(new StoreError('UNREACHABLE', 'no answer'));
}

test('a store that does not answer costs nothing but time, and is counted', async () => {
  const cache = onDisk({ store: { values: { ...values, put: down, text: down }, key: KEY } });
  await cache.write('a', 1, 'store');
  await cache.flush();
  expect([await cache.read('a', 'store'), await cache.read('b', 'store')]).toEqual([1, undefined]);
  expect(cache.troubles()).toEqual({ rejected: 0, unanswered: 2 });
});

function full(): Promise<never> {
  return Promise.reject(new StoreError('TOO_LARGE', 'too large'));
}

test('a value that the store does not take is no trouble', async () => {
  const cache = onDisk({ store: { values: { ...values, put: full }, key: KEY } });
  await cache.write('a', 1, 'store');
  await cache.flush();
  expect([await cache.read('a', 'store'), cache.troubles().unanswered]).toEqual([1, 0]);
});

const REQUEST: EngineRequest = {
  operation: 'helm.template',
  mounts: [{ at: '/', tree: aTree({ a: '1' }) }],
  input: { path: '/' },
};
const READS = [
  { at: '/', files: [['a', blobOid('1')] as const], present: ['a'], absent: ['b'], listed: [''], links: [] },
];

function rendering(manifest: Readonly<Record<string, JsonValue>>) {
  return anEngine({
    'helm.template': () =>
      Promise.resolve(
        anAnswer({ objects: [{ manifest, origin: { path: 'a', document: 0 }, volatile: [] }], reads: READS }),
      ),
  });
}

async function answered(engine: Engine, cache = onDisk()) {
  const cached = cachedEngine(engine, { cache, build: '' });
  const answer = await cached.run(REQUEST, never);
  await cached.close();
  return { answer, troubles: cache.troubles() };
}

describe('a render that was changed on disk', () => {
  const map = { kind: 'ConfigMap', metadata: { name: 'm' } };
  const damages: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['its end is cut off', async (file) => truncate(file, (await readFile(file)).length - 20)],
    ['it is empty', (file) => truncate(file, 0)],
    ...[13, 15, 30, 70, 90].map((at) => [`byte ${at} is another`, (file: string) => flip(file, at)] as const),
  ];

  test.each(damages)('%s: it is rendered anew', async (_, damage) => {
    const fresh = await answered(rendering(map));
    const names = await readdir(folder);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) await damage(join(folder, name));
    const engine = rendering(map);
    expect((await answered(engine)).answer).toEqual(fresh.answer);
    expect(engine.requests).toHaveLength(1);
  });

  test('that is counted, and the next one is there again', async () => {
    await answered(rendering(map));
    for (const name of await readdir(folder)) await flip(join(folder, name), 90);
    expect((await answered(rendering(map))).troubles.rejected).toBeGreaterThan(0);
    const engine = rendering(map);
    expect((await answered(engine)).troubles.rejected).toBe(0);
    expect(engine.requests).toHaveLength(0);
  });
});

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

/** The values as they were before they were packed. */
async function readable(): Promise<string> {
  const bodies = (await contents()).split('\n').flatMap((line) => /^p1\..*\.([^.]+)$/.exec(line)?.[1] ?? []);
  return bodies.map((body) => gunzipSync(Buffer.from(body, 'base64url')).toString()).join('\n');
}

describe('what holds a Secret is never written', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { password: CANARY } };
  test.each<[string, Readonly<Record<string, JsonValue>>]>([
    ['a Secret', secret],
    ['a Secret in a List', { apiVersion: 'v1', kind: 'List', items: [secret] }],
  ])('%s', async (_, manifest) => {
    const memory = cacheMemory();
    const first = rendering(manifest);
    const { answer } = await answered(first, onDisk({ memory }));
    expect(await readable()).not.toContain(CANARY);
    const [same, other] = [rendering(manifest), rendering(manifest)];
    expect((await answered(same, onDisk({ memory }))).answer).toEqual(answer);
    await answered(other);
    expect([same.requests.length, other.requests.length]).toEqual([0, 1]);
  });

  test('a sentence that repeats one', async () => {
    const engine = anEngine({
      'helm.template': () =>
        Promise.reject(new EngineError('build', `cannot parse password: ${CANARY}9`, { reads: READS })),
    });
    const cached = cachedEngine(engine, { cache: onDisk(), build: '' });
    await expect(cached.run(REQUEST, never)).rejects.toThrow(CANARY);
    await cached.close();
    expect(await readable()).not.toContain(CANARY);
  });

  test('what a memo remembers of a file beside what it may write', async () => {
    const cache = onDisk();
    const memo = await openMemo(cache, { build: '', repository: 'r' });
    await memo.about(blobOid('s'), 'q', () => Promise.resolve([[secret, 1]]));
    await memo.about(blobOid('m'), 'q', () => Promise.resolve('may be seen'));
    await memo.save();
    await cache.flush();
    expect(await readable()).toContain('may be seen');
    expect(await readable()).not.toContain(CANARY);
    const same = await openMemo(cache, { build: '', repository: 'r' });
    await expect(same.about(blobOid('s'), 'q', () => Promise.resolve(0))).resolves.toEqual([[secret, 1]]);
  });
});
