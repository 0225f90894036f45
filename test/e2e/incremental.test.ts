import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { overlayFolder } from '../../bench/incremental/manifests.ts';
import { edited, generated, type Subject } from '../../bench/incremental/repository.ts';
import { type Ran, rendersIn, run } from '../../bench/incremental/run.ts';
import { cacheMemory, type SealedCache } from '../../src/adapters/store/sealed-cache.ts';
import { aCache } from '../builders/cache.ts';

const APPS = 12;

/** What one verdict says, without what differs from run to run. */
function said({ verdict }: Ran) {
  return { ...verdict, timings: {} };
}

describe('cost follows the change', () => {
  let subject: Subject;
  let cache: SealedCache;
  let docs: string;
  let app: string;
  beforeAll(async () => {
    subject = generated(APPS);
    docs = edited(subject, 'docs/notes.md', (text) => `${text}more\n`);
    app = edited(subject, `${overlayFolder(3)}/patch.yaml`, (text) => text.replace(/replicas: \d/, 'replicas: 9'));
    cache = aCache();
    await run(subject, docs, cache);
  }, 60_000);
  afterAll(() => subject.remove());

  test('a cold run renders each app once for both sides', async () => {
    const cold = await run(subject, docs, aCache());
    expect(rendersIn(cold)).toBe(APPS);
    expect(cold.verdict.apps).toHaveLength(APPS);
  }, 60_000);

  test('a change of documents renders nothing and parses nothing', async () => {
    const warm = await run(subject, docs, cache);
    expect(warm.requests).toEqual({});
    expect(warm.verdict.apps.map(({ outcome }) => outcome)).toEqual(Array.from({ length: APPS }, () => 'skipped'));
  }, 60_000);

  test('a change of one app renders that app once, and says what a cold run says', async () => {
    const warm = await run(subject, app, cache);
    expect(rendersIn(warm)).toBe(1);
    const changed = warm.verdict.apps.filter(({ change }) => change === 'changed');
    expect(changed.map(({ name, objects }) => [name, objects.changed])).toEqual([['app3', 1]]);
    expect(said(warm)).toEqual(said(await run(subject, app, aCache())));
    expect(rendersIn(await run(subject, app, cache))).toBe(0);
  }, 60_000);

  test('another installation renders all of it itself', async () => {
    const memory = cacheMemory();
    await run(subject, docs, aCache({ scope: 'installation 1', memory }));
    expect(rendersIn(await run(subject, docs, aCache({ scope: 'installation 1', memory })))).toBe(0);
    expect(rendersIn(await run(subject, docs, aCache({ scope: 'installation 2', memory })))).toBe(APPS);
  }, 60_000);
});
