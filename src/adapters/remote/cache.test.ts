import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { sha256 } from './bytes-tree.ts';
import { contentCache } from './cache.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'presync-test-'));
  folders.push(folder);
  return folder;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const digestOf = (text: string) => `sha256:${sha256(text)}`;

test('what was kept is read, also by a process that comes later', async () => {
  const folder = aFolder();
  const cache = (await contentCache({ folder, maxBytes: 1000 })).of('7');
  expect(await cache.keep(bytes('chart'))).toBe(digestOf('chart'));
  expect(await cache.read(digestOf('chart'))).toEqual(bytes('chart'));
  const later = (await contentCache({ folder, maxBytes: 1000 })).of('7');
  expect(await later.read(digestOf('chart'))).toEqual(bytes('chart'));
  expect(await later.read(digestOf('other'))).toBeUndefined();
});

test('no scope sees what another keeps', async () => {
  const caches = await contentCache({ folder: aFolder(), maxBytes: 1000 });
  await caches.of('7').keep(bytes('chart'));
  expect(await caches.of('8').read(digestOf('chart'))).toBeUndefined();
  expect(await caches.of('../7').read(digestOf('chart'))).toBeUndefined();
});

test.each([
  ['changed', (file: string) => writeFileSync(file, 'chalk')],
  ['cut', (file: string) => truncateSync(file, 3)],
  ['emptied', (file: string) => truncateSync(file, 0)],
  ['a link to something else', (file: string) => (rmSync(file), symlinkSync('/dev/zero', file))],
  ['grown beyond reason', (file: string) => truncateSync(file, 1e9)],
])('a file that is %s is noticed, removed and kept anew', async (_, poison) => {
  const folder = aFolder();
  const cache = (await contentCache({ folder, maxBytes: 1000 })).of('7');
  await cache.keep(bytes('chart'));
  const [file = ''] = filesIn(folder);
  poison(file);
  expect(await cache.read(digestOf('chart'))).toBeUndefined();
  expect(filesIn(folder)).toEqual([]);
  await cache.keep(bytes('chart'));
  expect(readFileSync(file, 'utf8')).toBe('chart');
  expect(await cache.read(digestOf('chart'))).toEqual(bytes('chart'));
});

test('what was used longest ago goes first, over all scopes', async () => {
  const caches = await contentCache({ folder: aFolder(), maxBytes: 40 });
  for (const text of ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc', 'dddddddddd'])
    await caches.of(text.slice(0, 1)).keep(bytes(text));
  await caches.of('a').read(digestOf('aaaaaaaaaa'));
  await caches.of('e').keep(bytes('eeeeeeeeee'));
  expect(await caches.of('b').read(digestOf('bbbbbbbbbb'))).toBeUndefined();
  for (const text of ['aaaaaaaaaa', 'cccccccccc', 'dddddddddd', 'eeeeeeeeee'])
    expect(await caches.of(text.slice(0, 1)).read(digestOf(text))).toEqual(bytes(text));
});

test('the order is known to a process that comes later, and drafts are swept away', async () => {
  const folder = aFolder();
  const before = (await contentCache({ folder, maxBytes: 20 })).of('7');
  await before.keep(bytes('aaaaa'));
  await before.keep(bytes('bbbbb'));
  const scope = join(folder, sha256('7'));
  utimesSync(join(scope, sha256('aaaaa')), 2000, 2000);
  utimesSync(join(scope, sha256('bbbbb')), 1000, 1000);
  writeFileSync(join(scope, 'draft-1-1'), 'half');
  const later = (await contentCache({ folder, maxBytes: 14 })).of('7');
  await later.keep(bytes('ccc'));
  await later.keep(bytes('ddd'));
  expect(
    filesIn(folder)
      .map((file) => file.slice(-64))
      .toSorted(),
  ).toEqual(['aaaaa', 'ccc', 'ddd'].map((text) => sha256(text)).toSorted());
});

test('what is too large for the whole is not kept, and no name leads out of the folder', async () => {
  const folder = aFolder();
  const cache = (await contentCache({ folder, maxBytes: 20 })).of('7');
  expect(await cache.keep(bytes('sixsix'))).toBe(digestOf('sixsix'));
  expect(filesIn(folder)).toEqual([]);
  for (const digest of ['sha256:../../x', 'sha512:00', '', 'sha256:']) expect(await cache.read(digest)).toBeUndefined();
});
