import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aTufRepository, type TufRepository } from '../../../test/builders/tuf-repository.ts';
import { aClock } from '../../../test/fakes/clock.ts';
import { FakeHttp } from '../../../test/fakes/http.ts';
import { FakeLog } from '../../../test/fakes/log.ts';
import { loopbackHttp } from '../../../test/standin/loopback-http.ts';
import { aServer, type LoopbackServer } from '../../../test/standin/server.ts';
import { signingWorld } from '../../../test/standin/sigstore/world.ts';
import { canonicalJson } from '../../model/json.ts';
import { githubInstance, type PinnedInstance } from './instance.ts';
import { trustedRoots, type TrustedRootsOptions } from './trusted-roots.ts';

const signal = new AbortController().signal;
const style = 'github' as const;
const OLD = signingWorld({ name: 'old', style }).trustedRoot.json;
const NEW = signingWorld({ name: 'new', style }).trustedRoot.json;
const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2099-01-01T00:00:00Z';
const clock = aClock('2026-11-01T00:00:00Z');
const log = new FakeLog();

interface Scene {
  folder: string;
  repository: TufRepository;
  server: LoopbackServer;
}
const opened: { scene?: Scene } = {};

beforeEach(async () => {
  const server = await aServer((request, response) => {
    const file = theScene().repository.files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file ?? '');
  });
  const folder = await mkdtemp(join(tmpdir(), 'presync-pinned-'));
  opened.scene = { folder, repository: aTufRepository(OLD), server };
  log.lines.length = 0;
});
afterEach(async () => {
  await theScene().server.close();
  await rm(theScene().folder, { recursive: true });
});

function theScene(): Scene {
  if (opened.scene === undefined) throw new Error('the scene was not set');
  return opened.scene;
}

/** As whoever writes a pin makes it. */
function pinOf(root: string): PinnedInstance['pin'] {
  const { signed } = JSON.parse(root) as { signed: { version: number } };
  return { version: signed.version, sha256: createHash('sha256').update(canonicalJson(signed)).digest('hex') };
}

function rootsOf(more: Partial<PinnedInstance> = {}, options: Partial<TrustedRootsOptions> = {}) {
  const { folder, server, repository } = theScene();
  const thresholds = { logs: 0, certificateLogs: 0, timestamps: 1 };
  const known = { name: 'pinned', title: 'the stand-in', mirror: server.origin, thresholds, organization: 'Acme' };
  const instance = { ...known, pin: pinOf(repository.root), ...more };
  return trustedRoots({ folder, http: loopbackHttp(), clock, log, instances: [instance], ...options });
}

function askedFor(): readonly string[] {
  return theScene().server.seen.map(({ path }) => path);
}

const MISSING = [
  { name: 'pinned', organization: 'Acme', sentence: expect.stringContaining('the stand-in is not here; let presync') },
];
const NOTHING = { roots: [], missing: MISSING, warnings: [], isDue: false };

test('nothing is asked for as long as nothing needs it, and it is said to be missing', async () => {
  const roots = rootsOf();
  expect(await roots.current()).toEqual(NOTHING);
  await roots.refresh(signal);
  expect([askedFor(), await readdir(theScene().folder)]).toEqual([[], []]);
});

test('it is fetched by its pin, kept, and refreshed from then on', async () => {
  const root = { name: 'pinned', json: OLD, thresholds: { logs: 0, certificateLogs: 0, timestamps: 1 } };
  expect(await rootsOf().bring('pinned', signal)).toEqual(root);
  expect(askedFor()[0]).toBe('/1.root.json');
  expect(theScene().server.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  expect(await rootsOf().current()).toEqual({ roots: [root], missing: [], warnings: [], isDue: false });
  const asked = askedFor().length;
  expect(await rootsOf().bring('pinned', signal)).toEqual(root);
  expect(askedFor()).toHaveLength(asked);
  theScene().repository.publish(NEW);
  await rootsOf().refresh(signal);
  expect((await rootsOf().current()).roots).toMatchObject([{ json: NEW }]);
  expect(log.lines).toEqual([]);
});

test('its age is said, without the advice to update presync', async () => {
  await rootsOf().bring('pinned', signal);
  const { warnings } = await rootsOf({}, { clock: aClock('2026-12-05T00:00:00Z') }).current();
  const { origin } = theScene().server;
  const sentence = `The trusted root of the stand-in was refreshed 34 days ago; let presync reach ${origin}.`;
  expect(warnings).toEqual([{ root: 'pinned', sentence }]);
});

test('a folder that cannot be written keeps nobody from using what was fetched', async () => {
  const file = join(theScene().folder, 'file');
  await writeFile(file, '');
  expect(await rootsOf({}, { folder: join(file, 'roots') }).bring('pinned', signal)).toMatchObject({ json: OLD });
  expect(log.lines).toMatchObject([{ level: 'warn', facts: { root: 'pinned' } }]);
});

test('it is due after a day', async () => {
  await rootsOf().bring('pinned', signal);
  expect((await rootsOf({}, { clock: aClock('2026-11-02T00:00:00Z') }).current()).isDue).toBe(true);
});

test('a root that has been rotated since is come to step by step', async () => {
  const { repository, folder } = theScene();
  repository.rotate();
  repository.rotate();
  repository.publish(NEW);
  expect(await rootsOf().bring('pinned', signal)).toMatchObject({ json: NEW });
  expect(askedFor()).toEqual(expect.arrayContaining(['/1.root.json', '/2.root.json', '/3.root.json']));
  expect(await readFile(join(folder, 'pinned.json'), 'utf8')).toContain('\\"version\\":3');
});

test('laid out otherwise, and signed by one more, it is the same root', async () => {
  const { repository } = theScene();
  const { signed, signatures } = JSON.parse(repository.root) as { signed: object; signatures: object[] };
  const more = [...signatures, { keyid: 'f'.repeat(64), sig: '' }];
  const turned = Object.fromEntries(Object.entries(signed).toReversed());
  const files = new Map([
    ...repository.files,
    ['/1.root.json', JSON.stringify({ signatures: more, signed: turned }, null, 4)],
  ]);
  theScene().repository = { ...repository, files };
  expect(await rootsOf().bring('pinned', signal)).toMatchObject({ json: OLD });
});

/** What the mirror serves in the place of the pinned root. */
const WRONG: readonly (readonly [string, (root: string) => string | undefined])[] = [
  ['the root of somebody else, whole and well signed', () => aTufRepository(NEW).root],
  ['the root with another day', (root) => root.replace('2099', '2098')],
  ['the right part beside another one', (root) => root.replace('{', '{"signed":{},')],
  ['no JSON', () => 'x'],
  ['nothing', () => undefined],
];

test.each(WRONG)('%s is not taken, and nothing else is asked for', async (_, served) => {
  const { repository, folder } = theScene();
  const pin = pinOf(repository.root);
  const root = served(repository.root);
  const files = new Map(repository.files);
  files.delete('/1.root.json');
  if (root !== undefined) files.set('/1.root.json', root);
  theScene().repository = { ...repository, files };
  const answer = await rootsOf({ pin }).bring('pinned', signal);
  expect(answer).toMatch(/^1\.root\.json (?:is not the root that presync knows|answered 404)$/);
  expect([askedFor(), await readdir(folder)]).toEqual([['/1.root.json'], []]);
  expect(log.lines).toMatchObject([{ level: 'warn', facts: { root: 'pinned', reason: answer } }]);
  expect(await rootsOf({ pin }).current()).toEqual(NOTHING);
});

test('whoever serves everything anew with keys of his own is not believed, even under the pinned version', async () => {
  const pin = pinOf(theScene().repository.root);
  theScene().repository = aTufRepository(NEW);
  expect(await rootsOf({ pin }).bring('pinned', signal)).toEqual(expect.any(String));
  expect((await rootsOf({ pin }).current()).roots).toEqual([]);
});

test('a pin that has expired is no fault where a newer root has not; the last one counts', async () => {
  theScene().repository = aTufRepository(OLD, FUTURE, PAST);
  expect(await rootsOf().bring('pinned', signal)).toMatch(/expired/i);
  theScene().repository.rotate(FUTURE);
  expect(await rootsOf().bring('pinned', signal)).toMatchObject({ json: OLD });
  theScene().repository.rotate(PAST);
  await rootsOf().refresh(signal);
  expect(log.lines.at(-1)).toMatchObject({ facts: { reason: expect.stringMatching(/expired/i) } });
  expect((await rootsOf().current()).roots).toMatchObject([{ json: OLD }]);
});

test('an older state is not taken back', async () => {
  const { repository } = theScene();
  const before = new Map(repository.files);
  repository.publish(NEW);
  await rootsOf().bring('pinned', signal);
  theScene().repository = { ...repository, files: before };
  await rootsOf().refresh(signal);
  expect((await rootsOf().current()).roots).toMatchObject([{ json: NEW }]);
  expect(log.lines).toHaveLength(1);
});

test('without network there is none', async () => {
  await theScene().server.close();
  expect(await rootsOf().bring('pinned', signal)).toMatch(/did not answer/);
  expect(await rootsOf().current()).toEqual(NOTHING);
});

test('without network the last good one stays', async () => {
  await rootsOf().bring('pinned', signal);
  await theScene().server.close();
  await rootsOf().refresh(signal);
  expect((await rootsOf().current()).roots).toMatchObject([{ json: OLD }]);
  expect(await rootsOf().bring('pinned', signal)).toMatchObject({ json: OLD });
});

test('what is kept and older than the pin counts for nothing', async () => {
  await rootsOf().bring('pinned', signal);
  const { repository } = theScene();
  repository.rotate();
  const pin = pinOf(repository.files.get('/2.root.json') ?? '');
  expect(await rootsOf({ pin }).current()).toEqual(NOTHING);
  expect(await rootsOf({ pin }).bring('pinned', signal)).toMatchObject({ json: OLD });
});

test('without a folder it is fetched for this once, and nothing is refreshed for later', async () => {
  const roots = rootsOf({}, { folder: undefined });
  expect(await roots.bring('pinned', signal)).toMatchObject({ json: OLD });
  expect(await roots.current()).toEqual(NOTHING);
  const shipped = trustedRoots({ folder: undefined, http: new FakeHttp(), clock });
  expect(await shipped.current()).toMatchObject({ roots: [{ name: 'public-good' }], isDue: false });
});

test('one that nobody knows is not fetched', async () => {
  expect(await rootsOf().bring('other', signal)).toBe('no root is called other');
  expect(askedFor()).toEqual([]);
});

test('P-F4: that of GitHub is asked for at its mirror, which is told nothing', async () => {
  const http = new FakeHttp();
  http.serve(`${githubInstance().mirror}/`, { status: 404 });
  const roots = trustedRoots({ folder: undefined, http, clock });
  expect(await roots.bring('github', signal)).toBe('9.root.json answered 404');
  expect(http.asked.map(({ url }) => url)).toEqual(['https://tuf-repo.github.com/9.root.json']);
  expect(http.asked.flatMap(({ headers }) => [...headers.keys()])).toEqual([]);
});
