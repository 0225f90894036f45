import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisValues } from '../../src/adapters/redis/values.ts';
import { folderValues } from '../../src/adapters/store/folder.ts';
import { readOrMakeKey } from '../../src/adapters/store/key-file.ts';
import { sealedStore } from '../../src/adapters/store/sealed-store.ts';
import { type Store, StoreError } from '../../src/ports/store.ts';
import type { Values } from '../../src/ports/values.ts';
import { aHunk } from '../builders/hunk.ts';
import { aKey } from '../builders/job.ts';
import { aVerdict } from '../builders/verdict.ts';
import { aClock, type FakeClock } from '../fakes/clock.ts';
import { FakeStore } from '../fakes/store.ts';
import { testRedis } from '../redis.ts';

const REDIS = testRedis();
const KEY = Buffer.alloc(32, 7);
const CONTENT = { verdict: aVerdict(), hunks: [aHunk()], policyDigest: 'abc', ended: 'judged' } as const;
const RUN = {
  checkRunId: 5,
  externalId: 'v1:x',
  annotations: 50,
  publishedDigest: '',
  reviewId: null,
  subject: { kind: 'pull', number: 1 },
  commented: ['x'],
} as const;
const LOCK_NAME = { installation: 1, repository: 10, of: 'a'.repeat(40) };
const LOCK = [{ kind: 'git', ref: 'https://git.example/x@main', resolved: 'c1', digest: 'sha256:a' }] as const;
const LEAVE_NAME = { installation: 1, repository: 10, number: 1, head: 'a'.repeat(40), base: 'b'.repeat(40) };
const LEAVE = { by: { id: 7, login: 'octo-dev' } };
const RUN_NAME = { installation: 1, repository: 10, subject: 'pull/1' };
const DAY_MS = 86_400_000;

const CLEAN_UP: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of CLEAN_UP.splice(0).toReversed()) await clean();
});

interface Made {
  readonly store: Store;
  readonly clock: FakeClock;
  /** Every value that lies there, by its place, and a way to put another into that place. */
  readonly values: () => Promise<readonly (readonly [place: string, text: string])[]>;
  readonly overwrite: (place: string, text: string) => Promise<void>;
  /** Another store on the same values. */
  readonly sibling: (key: Uint8Array) => Promise<Store>;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'presync-store-'));
  CLEAN_UP.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function inFolder(limits = { maxEntries: 100, maxBytes: 1_000_000 }): Promise<Made> {
  const path = await folder();
  const clock = aClock();
  const open = (): Promise<Values> => folderValues({ folder: path, clock, limits });
  const sibling = async (key: Uint8Array): Promise<Store> => sealedStore({ values: await open(), key, clock });
  return {
    clock,
    store: await sibling(KEY),
    sibling,
    values: async () =>
      Promise.all((await readdir(path)).map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const)),
    overwrite: (name, text) => writeFile(join(path, name), text),
  };
}

async function inRedis(): Promise<Made> {
  const prefix = `test-${randomUUID()}`;
  const redis = new Redis(REDIS);
  const clock = aClock();
  const sibling = async (key: Uint8Array): Promise<Store> => {
    const values = redisValues({ url: REDIS, prefix, maxValueBytes: 100_000, onTrouble: () => undefined });
    CLEAN_UP.push(() => values.close());
    return sealedStore({ values, key, clock });
  };
  CLEAN_UP.push(async () => redis.disconnect());
  return {
    clock,
    store: await sibling(KEY),
    sibling,
    values: async () => {
      const keys = await redis.keys(`${prefix}:*`);
      return await Promise.all(keys.map(async (key) => [key, (await redis.get(key)) ?? ''] as const));
    },
    overwrite: async (key, text) => {
      await redis.set(key, text);
    },
  };
}

const REAL: readonly (readonly [string, () => Promise<Made>])[] = [
  ['folder', () => inFolder()],
  ...(REDIS === '' ? [] : [['redis', inRedis] as const]),
];
const ALL: readonly (readonly [string, () => Promise<{ readonly store: Store }>])[] = [
  ...REAL,
  ['fake', async () => ({ store: new FakeStore() })],
];
if (REDIS === '') test.todo('the redis store: redis-server not found');

describe.each(ALL)('the %s store', (_name, make) => {
  test('gives back a verdict by its key and by its id', async () => {
    const { store } = await make();
    const id = await store.putVerdict(aKey(), CONTENT);
    const stored = { id, key: aKey(), ...CONTENT };
    expect(await store.verdictFor(aKey())).toEqual(stored);
    expect(await store.verdictById(id)).toEqual(stored);
  });

  test.each([
    ['installation', { installation: 2 }],
    ['repository', { repository: 11 }],
    ['subject', { subject: 'pull/2' }],
    ['head', { head: 'd'.repeat(40) }],
    ['base', { base: 'd'.repeat(40) }],
    ['rules', { rules: 'fedcba9876543210' }],
    ['attempt', { attempt: 2 }],
  ])('keeps verdicts apart by %s (A27)', async (_part, other) => {
    const { store } = await make();
    await store.putVerdict(aKey(), CONTENT);
    expect(await store.verdictFor(aKey(other))).toBeUndefined();
  });

  test.each([
    ['installation', { installation: 2 }],
    ['repository', { repository: 11 }],
    ['pull request', { number: 2 }],
    ['head', { head: 'd'.repeat(40) }],
    ['base', { base: 'd'.repeat(40) }],
  ])('gives back a leave for exactly what it was given for, not for another %s', async (_part, other) => {
    const { store } = await make();
    await store.putLeave(LEAVE_NAME, LEAVE);
    expect(await store.leave(LEAVE_NAME)).toEqual(LEAVE);
    expect(await store.leave({ ...LEAVE_NAME, ...other })).toBeUndefined();
  });

  test('replaces a verdict for the same key', async () => {
    const { store } = await make();
    await store.putVerdict(aKey(), CONTENT);
    await store.putVerdict(aKey(), { ...CONTENT, verdict: aVerdict({ conclusion: 'failed' }) });
    expect((await store.verdictFor(aKey()))?.verdict.conclusion).toBe('failed');
  });

  test('knows nothing that was never put', async () => {
    const { store } = await make();
    expect(await store.verdictFor(aKey())).toBeUndefined();
    expect(await store.run(RUN_NAME)).toBeUndefined();
    expect(await store.lock(LOCK_NAME)).toEqual([]);
    expect(await store.sawDelivery('d')).toBe(false);
  });

  test('gives back what is known of a run', async () => {
    const { store } = await make();
    await store.putRun(RUN_NAME, RUN);
    expect(await store.run(RUN_NAME)).toEqual(RUN);
    expect(await store.run({ ...RUN_NAME, installation: 2 })).toBeUndefined();
  });

  test('gives back a Lock by its name, and replaces it as a whole', async () => {
    const { store } = await make();
    await store.putLock(LOCK_NAME, LOCK);
    expect(await store.lock(LOCK_NAME)).toEqual(LOCK);
    const other = LOCK.map((entry) => ({ ...entry, ref: 'https://git.example/y@main' }));
    await store.putLock(LOCK_NAME, other);
    expect(await store.lock(LOCK_NAME)).toEqual(other);
  });

  test.each([
    ['installation', { installation: 2 }],
    ['repository', { repository: 11 }],
    ['head', { of: 'b'.repeat(40) }],
    ['queue', { of: 'queue' }],
  ])('keeps Locks apart by %s (A27)', async (_part, other) => {
    const { store } = await make();
    await store.putLock(LOCK_NAME, LOCK);
    expect(await store.lock({ ...LOCK_NAME, ...other })).toEqual([]);
  });

  test('remembers a delivery once (W7)', async () => {
    const { store } = await make();
    expect(await store.rememberDelivery('guid')).toBe(true);
    expect(await store.rememberDelivery('guid')).toBe(false);
    expect(await store.sawDelivery('guid')).toBe(true);
  });

  test('refuses an id that no verdict can have', async () => {
    const { store } = await make();
    await expect((async () => await store.verdictById('../../etc/passwd'))()).rejects.toThrow(
      'not the id of a verdict',
    );
  });

  test('is ready', async () => {
    const { store } = await make();
    expect(await store.ready()).toBe(true);
  });
});

describe.each(REAL)('what lies in the %s store', (_name, make) => {
  test('is as good as absent once it was changed (A27)', async () => {
    const { store, values, overwrite } = await make();
    await store.putVerdict(aKey(), CONTENT);
    const [[place, text] = ['', '']] = await values();
    await overwrite(place, `${text.slice(0, -6)}AAAAAA`);
    expect(await store.verdictFor(aKey())).toBeUndefined();
  });

  test.each(['', 'p1', 'null', '{"verdict":{}}', `p1.${'A'.repeat(43)}.9999999999999.e30`])(
    'is as good as absent where somebody wrote %j',
    async (text) => {
      const { store, values, overwrite } = await make();
      await store.putVerdict(aKey(), CONTENT);
      const [[place] = ['']] = await values();
      await overwrite(place, text);
      expect(await store.verdictFor(aKey())).toBeUndefined();
    },
  );

  test('is as good as absent in the place of another value (A27)', async () => {
    const { store, values, overwrite } = await make();
    await store.putVerdict(aKey(), CONTENT);
    const [[, passed] = ['', '']] = await values();
    const failed = { ...CONTENT, verdict: aVerdict({ conclusion: 'failed' }) };
    await store.putVerdict(aKey({ subject: 'pull/2' }), failed);
    for (const [place] of await values()) await overwrite(place, passed);
    expect(await store.verdictFor(aKey({ subject: 'pull/2' }))).toBeUndefined();
    expect(await store.verdictFor(aKey())).toBeDefined();
  });

  test('is as good as absent to a store with another key', async () => {
    const { store, sibling } = await make();
    await store.putVerdict(aKey(), CONTENT);
    const [same, other] = [await sibling(KEY), await sibling(Buffer.alloc(32, 8))];
    expect(await same.verdictFor(aKey())).toBeDefined();
    expect(await other.verdictFor(aKey())).toBeUndefined();
  });

  test('a Lock that was changed is as good as none (A27)', async () => {
    const { store, values, overwrite } = await make();
    await store.putLock(LOCK_NAME, LOCK);
    const [[place, text] = ['', '']] = await values();
    await overwrite(place, `${text.slice(0, -6)}AAAAAA`);
    expect(await store.lock(LOCK_NAME)).toEqual([]);
  });

  test('a leave that was changed is as good as none, and it ends when verdicts of its time do (A27)', async () => {
    const { store, clock, values, overwrite } = await make();
    await store.putLeave(LEAVE_NAME, LEAVE);
    clock.advance(14 * DAY_MS - 1);
    expect(await store.leave(LEAVE_NAME)).toEqual(LEAVE);
    const [[place, text] = ['', '']] = await values();
    await overwrite(place, `${text.slice(0, -6)}AAAAAA`);
    expect(await store.leave(LEAVE_NAME)).toBeUndefined();
    await overwrite(place, text);
    clock.advance(1);
    expect(await store.leave(LEAVE_NAME)).toBeUndefined();
  });

  test('a Lock ends when verdicts of its time do', async () => {
    const { store, clock } = await make();
    await store.putLock(LOCK_NAME, LOCK);
    clock.advance(14 * DAY_MS - 1);
    expect(await store.lock(LOCK_NAME)).toEqual(LOCK);
    clock.advance(1);
    expect(await store.lock(LOCK_NAME)).toEqual([]);
  });

  test('ends', async () => {
    const { store, clock } = await make();
    await store.putVerdict(aKey(), CONTENT);
    clock.advance(14 * DAY_MS - 1);
    expect(await store.verdictFor(aKey())).toBeDefined();
    clock.advance(1);
    expect(await store.verdictFor(aKey())).toBeUndefined();
  });

  test('is refused when it is too large', async () => {
    const { store } = await make();
    const notes = Array.from({ length: 20_000 }, () => randomUUID());
    const put = store.putVerdict(aKey(), { ...CONTENT, verdict: aVerdict({ notes }) });
    await expect(put).rejects.toThrow(StoreError);
  });
});

describe('the folder', () => {
  test('drops the oldest when there are too many entries', async () => {
    const { store, values } = await inFolder({ maxEntries: 3, maxBytes: 1_000_000 });
    for (const attempt of [1, 2, 3, 4, 5]) await store.putVerdict(aKey({ attempt }), CONTENT);
    expect(await values()).toHaveLength(3);
    expect(await store.verdictFor(aKey({ attempt: 2 }))).toBeUndefined();
    expect(await store.verdictFor(aKey({ attempt: 5 }))).toBeDefined();
  });

  test('drops the oldest when there are too many bytes', async () => {
    const { store, values } = await inFolder({ maxEntries: 1_000, maxBytes: 5_000 });
    for (let attempt = 1; attempt <= 40; attempt += 1) await store.putVerdict(aKey({ attempt }), CONTENT);
    const bytes = (await values()).reduce((total, [, text]) => total + text.length, 0);
    expect(bytes).toBeLessThanOrEqual(5_000);
    expect(await store.verdictFor(aKey({ attempt: 40 }))).toBeDefined();
  });

  test('keeps its bounds over a restart, and sweeps away the drafts of a killed process', async () => {
    const limits = { maxEntries: 2, maxBytes: 1_000_000 };
    const made = await inFolder(limits);
    for (const attempt of [1, 2]) await made.store.putVerdict(aKey({ attempt }), CONTENT);
    await made.overwrite('draft-1-1', 'half a val');
    // Long after the file system's own clock.
    made.clock.advance(100 * 365 * DAY_MS);
    const again = await made.sibling(KEY);
    await again.putVerdict(aKey({ attempt: 3 }), CONTENT);
    expect(await made.values()).toHaveLength(2);
  });

  test('leaves the draft of a process that is writing', async () => {
    const made = await inFolder();
    await made.overwrite('draft-1-1', 'half a val');
    await made.store.putVerdict(aKey(), CONTENT);
    expect((await made.values()).map(([name]) => name)).toContain('draft-1-1');
  });

  test('makes its key once, for this user alone', async () => {
    const file = join(await folder(), 'key');
    const key = await readOrMakeKey(file);
    expect(key).toHaveLength(32);
    expect(await readOrMakeKey(file)).toEqual(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('refuses a key file that holds no key', async () => {
    const file = join(await folder(), 'key');
    await writeFile(file, 'short');
    await expect(readOrMakeKey(file)).rejects.toThrow('is not a key of presync');
  });
});
