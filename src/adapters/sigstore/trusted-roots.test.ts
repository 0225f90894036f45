import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aTufRepository, type TufRepository } from '../../../test/builders/tuf-repository.ts';
import { aClock } from '../../../test/fakes/clock.ts';
import { FakeHttp } from '../../../test/fakes/http.ts';
import { FakeLog } from '../../../test/fakes/log.ts';
import { loopbackHttp } from '../../../test/standin/loopback-http.ts';
import { aServer, type LoopbackServer } from '../../../test/standin/server.ts';
import { signingWorld } from '../../../test/standin/sigstore/world.ts';
import { publicGood, type ShippedInstance } from './instance.ts';
import { ownRoot } from './own-root.ts';
import { trustedRoots } from './trusted-roots.ts';

const signal = new AbortController().signal;
const [FIRST, SECOND, THIRD] = ['one', 'two', 'three'].map((name) => signingWorld({ name }).trustedRoot.json) as [
  string,
  string,
  string,
];

async function sentence(now: string): Promise<readonly string[]> {
  const roots = trustedRoots({ folder: '/nowhere', http: new FakeHttp(), clock: aClock(now) });
  return (await roots.current()).warnings.map((one) => one.sentence);
}

describe('what presync is shipped with', () => {
  test('the public good instance, without a state folder and without network; GitHub’s own is missing', async () => {
    const roots = trustedRoots({ folder: '/nowhere', http: new FakeHttp(), clock: aClock('2026-11-01T00:00:00Z') });
    const {
      roots: [root, ...more],
      missing,
      warnings,
    } = await roots.current();
    expect({ ...root, json: '' }).toEqual({
      name: 'public-good',
      json: '',
      thresholds: { logs: 1, certificateLogs: 1, timestamps: 0 },
    });
    expect(ownRoot('x', root?.json ?? '')).toMatchObject({ root: { thresholds: root?.thresholds } });
    expect([more, warnings]).toEqual([[], []]);
    expect(missing).toMatchObject([{ name: 'github', organization: 'GitHub, Inc.' }]);
  });

  test('its age is said', async () => {
    expect(await sentence('2027-04-02T00:00:00Z')).toEqual([
      'The trusted root of the public good instance of Sigstore expires in 21 days; let presync reach https://tuf-repo-cdn.sigstore.dev, or update presync.',
    ]);
    expect(await sentence('2027-05-02T00:00:00Z')).toEqual([expect.stringContaining('has expired')]);
  });

  test('P-F4: refreshing asks only the mirror, and tells it nothing', async () => {
    const http = new FakeHttp();
    http.serve(`${publicGood().mirror}/`, { status: 404 });
    const folder = await mkdtemp(join(tmpdir(), 'presync-roots-'));
    await trustedRoots({ folder, http, clock: aClock() }).refresh(signal);
    await rm(folder, { recursive: true });
    expect(http.asked.map(({ url }) => url)).toEqual([
      'https://tuf-repo-cdn.sigstore.dev/17.root.json',
      'https://tuf-repo-cdn.sigstore.dev/timestamp.json',
    ]);
    expect(http.asked.flatMap(({ headers }) => [...headers.keys()])).toEqual([]);
  });
});

describe('refreshing', () => {
  const state = { folder: '' };
  const served: { repository: TufRepository; server: LoopbackServer | undefined } = {
    repository: aTufRepository(FIRST),
    server: undefined,
  };
  const clock = aClock('2026-11-01T00:00:00Z');
  const log = new FakeLog();

  beforeEach(async () => {
    state.folder = await mkdtemp(join(tmpdir(), 'presync-roots-'));
    served.repository = aTufRepository(SECOND);
    served.server = await aServer((request, response) => {
      const file = served.repository.files.get(request.url ?? '');
      response.writeHead(file === undefined ? 404 : 200).end(file ?? '');
    });
    log.lines.length = 0;
  });
  afterEach(async () => {
    await served.server?.close();
    await rm(state.folder, { recursive: true });
  });

  const instance = (more: Partial<ShippedInstance> = {}): ShippedInstance => ({
    name: 'standin',
    title: 'the stand-in',
    mirror: served.server?.origin ?? '',
    thresholds: { logs: 1, certificateLogs: 1, timestamps: 0 },
    tufRoot: served.repository.root,
    trustedRoot: FIRST,
    ...more,
  });
  const rootsOf = (more: Partial<ShippedInstance> = {}) =>
    trustedRoots({ folder: state.folder, http: loopbackHttp(), clock, log, instances: [instance(more)] });
  const json = async (more: Partial<ShippedInstance> = {}) => (await rootsOf(more).current()).roots[0]?.json;

  test('P-F4: the newer root is taken and kept, and no credentials were sent', async () => {
    expect(await json()).toBe(FIRST);
    await rootsOf().refresh(signal);
    expect(log.lines).toEqual([]);
    expect(await json()).toBe(SECOND);
    expect(served.server?.seen.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
    expect(await readdir(state.folder)).toEqual(['standin.json']);
  });

  test('a newer one still, by a newer root of TUF', async () => {
    await rootsOf().refresh(signal);
    served.repository.rotate();
    served.repository.publish(THIRD);
    await rootsOf().refresh(signal);
    expect(await json()).toBe(THIRD);
    expect(await readFile(join(state.folder, 'standin.json'), 'utf8')).toContain('\\"version\\":2');
  });

  test('P-G4: without network the last good one stays, and its age is said in time', async () => {
    await rootsOf().refresh(signal);
    const { mirror } = instance();
    await served.server?.close();
    await rootsOf().refresh(signal);
    expect(await json()).toBe(SECOND);
    expect(log.lines).toMatchObject([{ level: 'warn', facts: { root: 'standin' } }]);
    const later = (days: number) => {
      const then = aClock('2026-11-01T00:00:00Z');
      then.advance(days * 86_400_000);
      return trustedRoots({
        folder: state.folder,
        http: loopbackHttp(),
        clock: then,
        instances: [instance()],
      }).current();
    };
    expect((await later(29)).warnings).toEqual([]);
    const old = `The trusted root of the stand-in was refreshed 30 days ago; let presync reach ${mirror}, or update presync.`;
    expect((await later(30)).warnings).toEqual([{ root: 'standin', sentence: old }]);
  });

  const BROKEN: readonly (readonly [string, () => void])[] = [
    ['signed by somebody else', () => (served.repository = { ...aTufRepository(THIRD), root: served.repository.root })],
    [
      'with another content than was signed',
      () => {
        const files = new Map(
          [...served.repository.files].map(([path, text]) => [
            path,
            path.startsWith('/targets/') ? text.replace('two', 'six') : text,
          ]),
        );
        served.repository = { ...served.repository, files };
      },
    ],
    ['without the target', () => (served.repository = { ...served.repository, files: new Map() })],
  ];

  test.each(BROKEN)('what comes %s is not taken', async (_, breakIt) => {
    const { tufRoot } = instance();
    breakIt();
    await rootsOf({ tufRoot }).refresh(signal);
    expect(await json({ tufRoot })).toBe(FIRST);
    expect(log.lines).toHaveLength(1);
  });

  test.each([
    ['no root', '{}'],
    ['a key without beginning', SECOND.replaceAll(/,"validFor":\{[^}]*\}/g, '')],
  ])('what is signed and is %s is not taken', async (_, content) => {
    served.repository = aTufRepository(content);
    await rootsOf().refresh(signal);
    expect(await json()).toBe(FIRST);
    expect(log.lines).toHaveLength(1);
  });

  test('an older state is not taken back', async () => {
    const before = new Map(served.repository.files);
    served.repository.publish(THIRD);
    await rootsOf().refresh(signal);
    served.repository = { ...served.repository, files: before };
    await rootsOf().refresh(signal);
    expect(await json()).toBe(THIRD);
    expect(log.lines).toHaveLength(1);
  });

  test('what is kept and cannot be used gives way to what presync is shipped with', async () => {
    await mkdir(state.folder, { recursive: true });
    for (const broken of [
      '',
      '{}',
      JSON.stringify({
        trustedRoot: '{}',
        refreshedAt: '2026-01-01T00:00:00Z',
        metadata: { root: served.repository.root },
      }),
    ]) {
      await writeFile(join(state.folder, 'standin.json'), broken);
      expect(await json()).toBe(FIRST);
    }
  });

  test('so does what is older than what presync is shipped with', async () => {
    await rootsOf().refresh(signal);
    const signed = { version: 9, expires: '2099-01-01T00:00:00Z' };
    expect(await json({ tufRoot: JSON.stringify({ signed }) })).toBe(FIRST);
  });

  test('it never throws', async () => {
    await expect(rootsOf({ tufRoot: 'no JSON' }).refresh(signal)).resolves.toBeUndefined();
    await expect(rootsOf().refresh(AbortSignal.abort())).resolves.toBeUndefined();
    expect(await json()).toBe(FIRST);
  });
});

type Entry = {
  publicKey?: { validFor?: unknown; rawBytes?: string };
  validFor?: unknown;
  certChain?: { certificates: unknown[] };
};
type Lists = Record<'tlogs' | 'ctlogs' | 'certificateAuthorities' | 'timestampAuthorities', Entry[]> & {
  mediaType: string;
};

function edited(edit: (root: Lists) => void): string {
  const root = JSON.parse(FIRST) as Lists;
  edit(root);
  return JSON.stringify(root);
}

describe('a root of one\u2019s own', () => {
  test.each([
    ['with logs', signingWorld().trustedRoot],
    ['without, as of GitHub', signingWorld({ name: 'github', style: 'github' }).trustedRoot],
  ])('%s: what it asks for follows from it', (_, { name, json, thresholds }) => {
    expect(ownRoot(name, json)).toEqual({ root: { name, json, thresholds } });
  });

  test('what somebody says counts', () => {
    const thresholds = { logs: 1, certificateLogs: 0, timestamps: 1 };
    expect(ownRoot('x', FIRST, thresholds)).toMatchObject({ root: { thresholds } });
  });

  const PROBLEMS: readonly (readonly [string, string, string])[] = [
    ['no JSON', 'x', 'it is no strict JSON object'],
    ['a key twice', FIRST.replace('{', '{"tlogs":[],'), 'it is no strict JSON object'],
    [
      'several roots, as gh writes them',
      `${FIRST}\n${SECOND}\n`,
      'it holds several roots; write each into a file of its own',
    ],
    [
      'something else',
      '{"mediaType":"x"}',
      'its mediaType is not that of a trusted root; take the file trusted_root.json',
    ],
    ['no authority', edited((root) => (root.certificateAuthorities = [])), 'it has no certificate authority'],
    [
      'nothing that knows the time',
      edited((root) => {
        root.tlogs = [];
        root.timestampAuthorities = [];
      }),
      'it has neither a log nor a timestamp authority, so that no signature has a time',
    ],
    [
      'a log without beginning (P-C5)',
      edited(({ tlogs: [, log] }) => delete log?.publicKey?.validFor),
      'tlogs[1] has no validFor.start; say since when it counts',
    ],
    [
      'a certificate log without beginning (P-C5)',
      edited(({ ctlogs: [log] }) => delete log?.publicKey?.validFor),
      'ctlogs[0] has no validFor.start; say since when it counts',
    ],
    [
      'an authority without beginning (P-C5)',
      edited(({ certificateAuthorities: [ca] }) => delete ca?.validFor),
      'certificateAuthorities[0] has no validFor.start; say since when it counts',
    ],
    [
      'a timestamp authority without beginning (P-C5)',
      edited(({ timestampAuthorities: [tsa] }) => delete tsa?.validFor),
      'timestampAuthorities[0] has no validFor.start; say since when it counts',
    ],
    [
      'a beginning that is no time',
      edited(({ certificateAuthorities: [ca] }) => ca && (ca.validFor = { start: 'soon' })),
      'certificateAuthorities[0] has no validFor.start; say since when it counts',
    ],
    [
      'an authority without certificates',
      edited(({ certificateAuthorities: [ca] }) => ca && (ca.certChain = { certificates: [] })),
      'certificateAuthorities[0] has no certificates',
    ],
  ];

  test.each(PROBLEMS)('%s', (_, json, problem) => {
    expect(ownRoot('trust/root.json', json)).toEqual({ problems: [`trust/root.json: ${problem}`] });
  });

  test('a key that cannot be read', () => {
    const json = edited(({ tlogs: [log] }) => log?.publicKey && (log.publicKey.rawBytes = 'AAAA'));
    expect(ownRoot('x', json)).toEqual({
      problems: [expect.stringContaining('x: a key or certificate in it cannot be read')],
    });
  });
});
