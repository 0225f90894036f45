import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { overlayFolder } from '../../bench/incremental/manifests.ts';
import { edited, generated, type Subject } from '../../bench/incremental/repository.ts';
import { check } from '../../src/commands/check.ts';
import { anIo } from '../fakes/io.ts';

let subject: Subject;
let head: string;
let home: string;
beforeAll(() => {
  subject = generated(2);
  head = edited(subject, `${overlayFolder(1)}/config.yaml`, (text) => text.replace('info', 'debug'));
});
afterAll(() => subject.remove());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'presync-home-'));
});
afterEach(() => rm(home, { recursive: true }));

async function checked(environment: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const io = anIo({ cwd: subject.folder, environment });
  const refs = ['--base', subject.base, '--head', head, '--repo-url', subject.url];
  const status = await check.run([...refs, '--format', 'json', ...more], io);
  return { status, verdict: { ...JSON.parse(io.told.stdout), timings: {} }, notes: io.told.stderr };
}

async function kept(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(join(folder, 'presync', 'values')).catch(() => []));
}

test('a second run says the same, from what the first one left', async () => {
  const first = await checked({ XDG_CACHE_HOME: home });
  const names = await kept(home);
  expect(names.size).toBeGreaterThan(0);
  expect(await checked({ XDG_CACHE_HOME: home })).toEqual(first);
  expect(await kept(home)).toEqual(names);
}, 60_000);

test('--no-cache leaves nothing', async () => {
  const { status } = await checked({ XDG_CACHE_HOME: home }, '--no-cache');
  expect([status, await readdir(home)]).toEqual([0, []]);
}, 60_000);

test('without XDG_CACHE_HOME it lies below the home folder', async () => {
  await checked({ HOME: home, XDG_CACHE_HOME: 'not/absolute' });
  expect((await kept(join(home, '.cache'))).size).toBeGreaterThan(0);
}, 60_000);

test('what somebody changed is made again, and told', async () => {
  const first = await checked({ XDG_CACHE_HOME: home });
  const folder = join(home, 'presync', 'values');
  for (const name of await kept(home)) {
    const text = await readFile(join(folder, name), { encoding: 'utf8' });
    await writeFile(join(folder, name), `${text.slice(0, -8)}AAAAAAAA`);
  }
  const second = await checked({ XDG_CACHE_HOME: home });
  expect(second.verdict).toEqual(first.verdict);
  expect(second.notes).toMatch(/\d+ kept renders were not as presync wrote them, and were made again/);
}, 60_000);

test('where nothing can be kept the run goes on, and says so', async () => {
  await writeFile(join(home, 'presync'), 'a file');
  const { status, notes } = await checked({ XDG_CACHE_HOME: home });
  expect(status).toBe(0);
  expect(notes).toContain('nothing is kept for the next run');
}, 60_000);
