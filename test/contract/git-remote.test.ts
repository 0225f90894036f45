import { existsSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type GitRemote, type GitRemoteOptions, gitRemote } from '../../src/adapters/git/fetch-remote.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import type { GitWant } from '../../src/model/remote-want.ts';
import type { PickVersion, RemoteContent } from '../../src/ports/remote.ts';
import { type AGitRepository, aFolder, aGitRepository } from '../builders/git-repository.ts';
import { aGitServer, type GitServer } from '../standin/git-server.ts';
import { loopbackHttp } from '../standin/loopback-http.ts';
import { aServer } from '../standin/server.ts';

const signal = new AbortController().signal;
const cleanUp: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const release of cleanUp.splice(0).toReversed()) await release();
});

function scratch(): string {
  const path = aFolder();
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function aRepository(): AGitRepository {
  const real = aGitRepository([
    { name: 'old', files: { 'a.yaml': 'old\n' } },
    { name: 'main', parents: ['old'], files: { 'a.yaml': 'main\n', 'base/b.yaml': 'b\n' } },
    { name: 'release/1', parents: ['old'], files: { 'a.yaml': 'release\n' } },
  ]);
  real.git('symbolic-ref', 'HEAD', 'refs/heads/main');
  real.git('tag', 'v1.0.0', real.ids['old'] ?? '');
  real.git('tag', '--annotate', '--message', 'x', 'v1.1.0', real.ids['main'] ?? '');
  real.git('update-ref', 'refs/pull/7/head', real.ids['release/1'] ?? '');
  cleanUp.push(real.remove);
  return real;
}

const newest: PickVersion = ({ versions, as, constraint }) =>
  Promise.resolve([as, constraint, ...versions.toSorted()].at(-1) ?? '');

interface Scene {
  readonly real: AGitRepository;
  readonly server: GitServer;
  readonly remote: GitRemote;
  readonly folder: string;
  readonly want: (ref: string, more?: Partial<GitWant>) => GitWant;
}

function remoteOf(more: Partial<GitRemoteOptions> = {}): GitRemote {
  const remote = gitRemote({
    runner: toolRunner(),
    http: loopbackHttp(),
    pick: newest,
    folder: scratch(),
    scope: '7',
    ...more,
  });
  cleanUp.push(() => remote.close());
  return remote;
}

async function aScene(more: Partial<GitRemoteOptions> = {}): Promise<Scene> {
  const real = aRepository();
  const server = await aGitServer(real.folder);
  cleanUp.push(() => server.close());
  const folder = scratch();
  const want = (ref: string, rest: Partial<GitWant> = {}): GitWant => ({ kind: 'git', url: server.url, ref, ...rest });
  return { real, server, folder, want, remote: remoteOf({ folder, ...more }) };
}

async function textsIn({ tree }: RemoteContent): Promise<unknown> {
  const texts = tree.entries.map(
    async ({ path, oid }) => [path, Buffer.from(await tree.read(oid)).toString()] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

const MAIN = { 'a.yaml': 'main\n', 'base/b.yaml': 'b\n' };

describe('a reference of another repository', () => {
  test.each([
    ['nothing, which is its HEAD', '', 'main'],
    ['HEAD', 'HEAD', 'main'],
    ['a branch', 'release/1', 'release/1'],
    ['a full name', 'refs/heads/release/1', 'release/1'],
    ['any full name', 'refs/pull/7/head', 'release/1'],
    ['half a name', 'heads/main', 'main'],
    ['a tag', 'v1.0.0', 'old'],
    ['an annotated tag, peeled', 'v1.1.0', 'main'],
    ['the full name of a tag', 'refs/tags/v1.1.0', 'main'],
  ])('is %s', async (_, ref, commit) => {
    const { real, remote, want } = await aScene();
    expect(await remote.resolve(want(ref), signal)).toEqual({ resolved: real.ids[commit], isPinned: false });
  });

  test('is a commit, which is not asked for', async () => {
    const { real, remote, server, want } = await aScene();
    expect(await remote.resolve(want(real.ids['old'] ?? ''), signal)).toEqual({
      resolved: real.ids['old'],
      isPinned: true,
    });
    expect(server.seen).toEqual([]);
  });

  test('is a range of tags, chosen as Flux or Argo CD does', async () => {
    const asked: unknown[] = [];
    const pick: PickVersion = ({ versions, as, constraint }) => {
      asked.push({ versions: versions.toSorted(), as, constraint });
      return Promise.resolve('v1.1.0');
    };
    const { real, remote, want } = await aScene({ pick });
    expect(await remote.resolve(want('', { range: '1.x' }), signal)).toEqual({
      resolved: real.ids['main'],
      isPinned: false,
    });
    await remote.resolve(want('', { range: '1.x', rangeAs: 'argocd' }), signal);
    const versions = ['v1.0.0', 'v1.1.0'];
    expect(asked).toEqual([
      { versions, as: 'git-tags', constraint: '1.x' },
      { versions, as: 'argocd', constraint: '1.x' },
    ]);
  });

  test('is not there', async () => {
    const { remote, want } = await aScene();
    const failing = remote.resolve(want('v9'), signal);
    await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(failing).rejects.toThrow(/repo\.git has no branch or tag "v9"; check its name/);
  });

  test('is a branch and a tag that differ', async () => {
    const { real, remote, want } = await aScene();
    real.git('tag', 'main', real.ids['main'] ?? '');
    expect((await remote.resolve(want('main'), signal)).resolved).toBe(real.ids['main']);
    real.git('tag', '--force', 'main', real.ids['old'] ?? '');
    await expect(remote.resolve(want('main'), signal)).rejects.toThrow(/a branch and a tag "main", which differ/);
  });
});

describe('a commit of another repository', () => {
  test('comes as its tree, without history, and is kept', async () => {
    const { real, server, folder, remote, want } = await aScene();
    const content = await remote.fetch(want('main'), real.ids['main'] ?? '', signal);
    expect(await textsIn(content)).toEqual(MAIN);
    expect([content.digest, content.tree.id]).toEqual(Array(2).fill(real.git('rev-parse', 'main^{tree}')));
    const before = server.seen.length;
    expect(await textsIn(await remoteOf({ folder }).fetch(want('main'), real.ids['main'] ?? '', signal))).toEqual(MAIN);
    expect(server.seen.length).toBe(before);
    expect(
      await textsIn(await remoteOf({ folder, scope: '8' }).fetch(want('main'), real.ids['main'] ?? '', signal)),
    ).toEqual(MAIN);
    expect(server.seen.length).toBeGreaterThan(before);
  });

  test('comes, though no branch has it any more', async () => {
    const { real, remote, want } = await aScene();
    real.git('update-ref', 'refs/heads/main', real.ids['old'] ?? '');
    expect(await textsIn(await remote.fetch(want('main'), real.ids['main'] ?? '', signal))).toEqual(MAIN);
  });

  test('is asked for once by two at the same time, and one that gives up does not end the other', async () => {
    const { real, server, remote, want } = await aScene();
    const giveUp = new AbortController();
    const first = remote.fetch(want('main'), real.ids['main'] ?? '', giveUp.signal);
    const second = remote.fetch(want('main'), real.ids['main'] ?? '', signal);
    giveUp.abort();
    await expect(first).rejects.toThrow('aborted');
    expect(await textsIn(await second)).toEqual(MAIN);
    const seen = server.seen.length;
    await Promise.all([1, 2, 3].map(() => remote.fetch(want('main'), real.ids['main'] ?? '', signal)));
    expect(server.seen.length).toBe(seen);
  });

  test('is read from many repositories with few processes', async () => {
    const { real, server, remote } = await aScene();
    const commits = Array.from({ length: 10 }, (_, index) =>
      real.gitWithInput(`c${index}`, 'commit-tree', 'main^{tree}'),
    );
    const contents = await Promise.all(
      commits.map((commit) => remote.fetch({ kind: 'git', url: server.url, ref: '' }, commit, signal)),
    );
    for (const content of contents) expect(await textsIn(content)).toEqual(MAIN);
  }, 30_000);

  test('that the server does not have is not found', async () => {
    const { remote, want } = await aScene();
    const failing = remote.fetch(want('main'), 'a'.repeat(40), signal);
    await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(remote.fetch(want('main'), 'main', signal)).rejects.toMatchObject({ code: 'INVALID' });
  });

  test.each([
    ['changed', (pack: string) => (rmSync(pack), writeFileSync(pack, 'PACK nonsense'))],
    ['cut', (pack: string) => truncateSync(pack, 40)],
    ['removed', (pack: string) => rmSync(pack)],
  ])('whose pack was %s on disk is noticed and fetched again', async (_, poison) => {
    const { real, server, folder, remote, want } = await aScene();
    await remote.fetch(want('main'), real.ids['main'] ?? '', signal);
    await remote.close();
    const pack =
      readdirSync(folder, { recursive: true })
        .map(String)
        .find((name) => name.endsWith('.pack')) ?? '';
    poison(join(folder, pack));
    const before = server.seen.length;
    expect(await textsIn(await remoteOf({ folder }).fetch(want('main'), real.ids['main'] ?? '', signal))).toEqual(MAIN);
    expect(server.seen.length).toBeGreaterThan(before);
  });

  test('A12: that is larger than presync fetches is stopped, and nothing stays', async () => {
    const { real, folder, remote, want } = await aScene({ limits: { maxBytes: 100 } });
    await expect(remote.fetch(want('main'), real.ids['main'] ?? '', signal)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.pack'))).toEqual([]);
  });

  test('goes when others need the place, unless it was used just now', async () => {
    const { real, folder, remote, want } = await aScene({ limits: { maxFolderBytes: 1 } });
    await remote.fetch(want('old'), real.ids['old'] ?? '', signal);
    await remote.fetch(want('main'), real.ids['main'] ?? '', signal);
    const [scope = ''] = readdirSync(folder);
    const kept = readdirSync(join(folder, scope));
    expect(kept).toHaveLength(2);
    for (const name of kept) utimesSync(join(folder, scope, name), 1000, 1000);
    await remote.fetch(want('release/1'), real.ids['release/1'] ?? '', signal);
    expect(kept.filter((name) => existsSync(join(folder, scope, name)))).toEqual([]);
  });
});

describe('A4, A13: an address that is refused before git or the network sees it', () => {
  test.each([
    ['a file', 'file:///etc'],
    ['a path', '/etc/passwd'],
    ['a path of here', './repo'],
    ['a program', 'ext::sh -c touch% x'],
    ['a program behind the mark of go-getter', 'git::ext::sh -c touch% x'],
    ['a file behind the mark of go-getter', 'git::file:///etc'],
    ['an unsafe transport', 'git://host.example/x'],
    ['another transport', 'fd::7'],
    ['an option', '--upload-pack=touch x'],
    ['an option as a host', 'ssh://-oProxyCommand=touch%20x/repo'],
    ['an option in an scp form', '-oProxyCommand=x:y'],
    ['a password', 'https://user:canary-0123@127.0.0.1/x'],
    ['a query', 'https://127.0.0.1/x?ref=main'],
    ['a line break', 'https://127.0.0.1/x\ny'],
    ['no path', 'https://127.0.0.1/'],
    ['nothing', ''],
  ])('%s', async (_, url) => {
    const http = loopbackHttp();
    const runs: string[] = [];
    const runner = toolRunner();
    const remote = remoteOf({
      http,
      runner: { ...runner, run: (run, abort) => (runs.push(run.args.join(' ')), runner.run(run, abort)) },
    });
    for (const asking of [
      remote.resolve({ kind: 'git', url, ref: '' }, signal),
      remote.fetch({ kind: 'git', url, ref: '' }, 'a'.repeat(40), signal),
    ]) {
      await expect(asking).rejects.toMatchObject({ code: 'DENIED' });
      await expect(asking).rejects.not.toThrow(/canary/);
    }
    expect([http.asked, runs]).toEqual([[], []]);
  });

  test.each([
    '--upload-pack=touch x',
    '-x',
    'a..b',
    'a b',
    'a~1',
    'a^{}',
    'a:b',
    '*',
    'refs/heads/*',
    'a\nb',
    '@{-1}',
    'a.lock',
    '/a',
    'a//b',
  ])('the reference %j', async (ref) => {
    const { server, remote, want } = await aScene();
    const failing = remote.resolve(want(ref), signal);
    await expect(failing).rejects.toMatchObject({ code: 'INVALID' });
    expect(server.seen).toEqual([]);
  });
});

describe('an address written for ssh is asked for by https', () => {
  test.each([
    ['git@forge.example:team/repo.git', 'https://forge.example/team/repo.git/info/refs?service=git-upload-pack'],
    [
      'ssh://git@forge.example:2222/team/repo.git/',
      'https://forge.example/team/repo.git/info/refs?service=git-upload-pack',
    ],
    ['forge.example:/team/repo', 'https://forge.example/team/repo/info/refs?service=git-upload-pack'],
    ['git::ssh://git@forge.example/team/repo', 'https://forge.example/team/repo/info/refs?service=git-upload-pack'],
    ['git@github.com:team/repo', 'https://github.com/team/repo/info/refs?service=git-upload-pack'],
    ['https://git@forge.example/team/repo', 'https://forge.example/team/repo/info/refs?service=git-upload-pack'],
  ])('%s', async (url, asked) => {
    const http = loopbackHttp();
    await expect(remoteOf({ http }).resolve({ kind: 'git', url, ref: 'main' }, signal)).rejects.toMatchObject({
      code: 'DENIED',
    });
    expect(http.asked.map((request) => [request.url, request.authorization])).toEqual([[asked, undefined]]);
  });

  test.each([401, 404])('and a %d says why and what to do', async (status) => {
    const loopback = loopbackHttp();
    const http = {
      ...loopback,
      request: () => Promise.resolve({ status, headers: new Map(), body: new Uint8Array(), url: '' }),
    };
    const failing = remoteOf({ http }).resolve(
      { kind: 'git', url: 'git@forge.example:team/repo.git', ref: 'main' },
      signal,
    );
    await expect(failing).rejects.toThrow(
      /git@forge.example:team\/repo.git is written for ssh, for which presync has no keys.*Make it public/,
    );
  });
});

describe('a server that', () => {
  test.each([
    ['asks for a password', 401, 'DENIED'],
    ['forbids', 403, 'DENIED'],
    ['has none such', 404, 'NOT_FOUND'],
    ['is broken', 503, 'UNREACHABLE'],
  ])('%s is told apart by its status', async (_, status, code) => {
    const { real, server, remote, want } = await aScene();
    server.misbehave = (_request, response) =>
      Boolean(response.writeHead(status, { 'www-authenticate': 'Basic' }).end());
    await expect(remote.resolve(want('main'), signal)).rejects.toMatchObject({ code });
    await expect(remote.fetch(want('main'), real.ids['main'] ?? '', signal)).rejects.toMatchObject({ code });
  });

  test('is a page or an old kind of server is none', async () => {
    const { server, remote, want } = await aScene();
    server.misbehave = (_, response) => Boolean(response.writeHead(200, { 'content-type': 'text/plain' }).end('refs'));
    await expect(remote.resolve(want('main'), signal)).rejects.toMatchObject({ code: 'INVALID' });
  });

  test('has moved is followed by the transport, not by git', async () => {
    const { real, server, remote } = await aScene();
    const moved = await aServer((request, response) =>
      response
        .writeHead(301, { location: `${server.origin}${(request.url ?? '').replace('/old', '/team/repo.git')}` })
        .end(),
    );
    cleanUp.push(() => moved.close());
    const want: GitWant = { kind: 'git', url: `${moved.origin}/old`, ref: 'main' };
    expect(await textsIn(await remote.fetch(want, (await remote.resolve(want, signal)).resolved, signal))).toEqual(
      MAIN,
    );
    expect(real.ids['main']).toBe((await remote.resolve(want, signal)).resolved);
  });

  test('A20: sends git elsewhere once it was let in is not followed', async () => {
    const elsewhere = await aServer((_, response) => response.writeHead(200).end());
    cleanUp.push(() => elsewhere.close());
    const { real, server, remote, want } = await aScene();
    server.misbehave = (request, response) =>
      String(request.headers['user-agent']).startsWith('git/') &&
      Boolean(response.writeHead(302, { location: `${elsewhere.origin}${request.url}` }).end());
    await expect(remote.resolve(want('main'), signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(remote.fetch(want('main'), real.ids['main'] ?? '', signal)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(elsewhere.seen).toEqual([]);
  });

  test('never answers is left when the time is over', async () => {
    const { server, remote, want } = await aScene({ limits: { timeoutMs: 300 } });
    let asked = 0;
    server.misbehave = () => {
      asked += 1;
      return asked > 1;
    };
    await expect(remote.resolve(want('main'), signal)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });
});

test('A20: git connects to the address that was looked up, whatever the name means to it', async () => {
  const { real, server } = await aScene();
  const port = Number(server.host.split(':')[1]);
  const loopback = loopbackHttp();
  const named = `http://forge.invalid:${port}/team/repo.git`;
  const http = {
    request: (request: Parameters<typeof loopback.request>[0], abort: AbortSignal) =>
      loopback
        .request({ ...request, url: request.url.replace('forge.invalid', '127.0.0.1') }, abort)
        .then((response) => ({ ...response, url: request.url })),
    pin: () => Promise.resolve({ host: 'forge.invalid', port, address: '127.0.0.1' }),
  };
  const remote = remoteOf({ http });
  const want: GitWant = { kind: 'git', url: named, ref: 'main' };
  expect((await remote.resolve(want, signal)).resolved).toBe(real.ids['main']);
  expect(await textsIn(await remote.fetch(want, real.ids['main'] ?? '', signal))).toEqual(MAIN);
});
