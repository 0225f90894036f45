import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { fetchPullRequest, type WantedPullRequest } from '../../src/adapters/git/fetch-pull-request.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { parseCommitSha, parseOid } from '../../src/model/ids.ts';
import { type AGitRepository, aFolder, aGitRepository } from '../builders/git-repository.ts';

const TOKEN = 'ghs_canary0123456789';
const BASIC = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`;
const cleanUp: (() => Promise<void> | void)[] = [];

function scratch(): string {
  const path = aFolder();
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

afterEach(async () => {
  for (const release of cleanUp.splice(0).toReversed()) await release();
});

/** A forge on loopback: git's own CGI program behind a password. */
interface Forge {
  readonly url: string;
  readonly requests: readonly string[];
  /** Called when a request has come in, before it is answered. */
  onRequest: () => Promise<void> | void;
}

async function forgeOf({ folder }: AGitRepository, allowed = BASIC): Promise<Forge> {
  const requests: string[] = [];
  const forge: Forge & { url: string } = { url: '', requests, onRequest: () => undefined };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    await forge.onRequest();
    if (request.headers.authorization === allowed) backend(folder, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
  };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => new Promise((resolve) => server.close(() => resolve())));
  forge.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository.git`;
  return forge;
}

/** https://git-scm.com/docs/git-http-backend, spoken to as any CGI program. */
function backend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const program: ChildProcessWithoutNullStreams = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: path.replace('/repository.git', '/.git'),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'x',
    },
  });
  request.pipe(program.stdin);
  const chunks: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  program.once('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers = output
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': '));
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    for (const [name, value] of headers) if (name !== undefined && value !== undefined) response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10)).end(output.subarray(end + 4));
  });
}

function aPullRequest(files: Readonly<Record<string, string>> = {}): AGitRepository {
  const real = aGitRepository([
    { name: 'start', files: { 'a.yaml': 'a\n' } },
    { name: 'main', parents: ['start'], files: { 'a.yaml': 'main\n' } },
    { name: 'change', parents: ['start'], files: { 'a.yaml': 'a\n', 'b.yaml': 'b\n', ...files } },
  ]);
  real.git('update-ref', 'refs/pull/7/head', real.ids['change'] ?? '');
  cleanUp.push(real.remove);
  return real;
}

function wantedOf({ ids }: AGitRepository, { url }: Forge, more: Partial<WantedPullRequest> = {}): WantedPullRequest {
  return {
    cloneUrl: url,
    token: TOKEN,
    baseSha: parseCommitSha(ids['main'] ?? ''),
    headSha: parseCommitSha(ids['change'] ?? ''),
    refs: ['refs/pull/7/head', 'refs/heads/main'],
    into: join(scratch(), 'clone'),
    plainHosts: [new URL(url).origin],
    ...more,
  };
}

const runner = toolRunner();

test('a pull request is fetched with its history and can be merged, twice into one folder', async () => {
  const real = aPullRequest();
  const wanted = wantedOf(real, await forgeOf(real));
  await fetchPullRequest(runner, wanted);
  await fetchPullRequest(runner, wanted);
  const repository = await openRepository(runner, wanted.into);
  cleanUp.push(() => repository.close());
  const result = await repository.merge(wanted.baseSha, wanted.headSha);
  const { entries } = await repository.tree(parseOid('tree' in result ? result.tree : ''));
  expect(entries.map(({ path }) => path)).toEqual(['a.yaml', 'b.yaml']);
  expect(readdirSync(wanted.into)).not.toContain('FETCH_HEAD');
});

/** Command lines and environments of the processes of this machine that can be read, but for this one. */
function processes(file: 'cmdline'): string {
  const ids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return ids
    .map((id) => {
      try {
        return readFileSync(`/proc/${id}/${file}`, 'latin1');
      } catch {
        return '';
      }
    })
    .join('\n');
}

test('the token is in no command line, no file and no message (A26)', async () => {
  const real = aPullRequest();
  const forge = await forgeOf(real);
  const seen: string[] = [];
  forge.onRequest = () => {
    seen.push(processes('cmdline'));
  };
  const wanted = wantedOf(real, forge);
  await fetchPullRequest(runner, wanted);
  expect(forge.requests.filter((request) => request.includes(BASIC)).length).toBeGreaterThan(0);
  // The look at the process list is live: it shows the fetch itself.
  expect(seen.join('\n')).toContain(existsSync('/proc') ? 'refs/presync/pull/7/head/0' : '');
  const secrets = [TOKEN, BASIC.slice('Basic '.length)];
  const files = execFileSync('grep', ['-r', '-a', '-c', '', wanted.into]).toString();
  expect(files).toContain('config');
  for (const secret of secrets) {
    expect(seen.join('\n')).not.toContain(secret);
    expect(() => execFileSync('grep', ['-r', '-a', secret, wanted.into])).toThrow('Command failed');
  }
});

test('a refused token is said without the token, and may be tried again', async () => {
  const real = aPullRequest();
  const forge = await forgeOf(real, 'Basic other');
  const error = await fetchPullRequest(runner, wantedOf(real, forge)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  expect(String(error)).toContain('could not be fetched');
  expect(String(error)).not.toContain(TOKEN);
});

test('a redirect is not followed, so no other host sees the token (A19)', async () => {
  const real = aPullRequest();
  const other = await forgeOf(real);
  const forge = await forgeOf(real);
  const server = createServer((request, response) => {
    response.writeHead(301, { location: `${other.url}${(request.url ?? '').replace('/repository.git', '')}` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => new Promise((resolve) => server.close(() => resolve())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository.git`;
  await expect(fetchPullRequest(runner, wantedOf(real, { ...forge, url }))).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
  expect(other.requests).toEqual([]);
});

test.each<[string, Partial<WantedPullRequest>, string]>([
  ['a head that has moved on', { headSha: parseCommitSha('1'.repeat(40)) }, 'MISSING'],
  ['a base that is not there', { baseSha: parseCommitSha('1'.repeat(40)) }, 'MISSING'],
  ['a ref that is not there', { refs: ['refs/pull/8/head', 'refs/heads/main'] }, 'UNREACHABLE'],
  ['a ref that is an option', { refs: ['--upload-pack=touch x'] }, 'UNKNOWN_REF'],
  ['a ref that is a pattern', { refs: ['refs/heads/*'] }, 'UNKNOWN_REF'],
  ['a ref that is a refspec', { refs: ['refs/heads/main:refs/heads/x'] }, 'UNKNOWN_REF'],
  ['a host without TLS that is not named', { plainHosts: [] }, 'GIT'],
  ['a file', { cloneUrl: 'file:///etc' }, 'GIT'],
  ['a program', { cloneUrl: 'ext::sh -c touch% /tmp/x' }, 'GIT'],
  ['an option', { cloneUrl: '--upload-pack=touch x' }, 'GIT'],
  ['credentials in the URL', { cloneUrl: 'https://user:password@github.com/acme/x.git' }, 'GIT'],
  ['more bytes than allowed', { maxBytes: 100 }, 'TOO_LARGE'],
  ['a deadline', { timeoutMs: 1 }, 'UNREACHABLE'],
])('%s is refused', async (_, more, code) => {
  const real = aPullRequest();
  const wanted = wantedOf(real, await forgeOf(real), more);
  await expect(fetchPullRequest(runner, wanted)).rejects.toMatchObject({ code });
  expect(code === 'TOO_LARGE' && existsSync(wanted.into)).toBe(false);
});

test('a branch of any name can be fetched', async () => {
  const real = aPullRequest();
  const name = 'refs/heads/a;touch${IFS}x$(id)`';
  real.git('update-ref', name, real.ids['main'] ?? '');
  const wanted = wantedOf(real, await forgeOf(real), { refs: ['refs/pull/7/head', name] });
  await expect(fetchPullRequest(runner, wanted)).resolves.toBeUndefined();
});

test('objects that git itself would refuse are refused (transfer.fsckObjects)', async () => {
  const real = aPullRequest();
  const tree = real.gitWithInput(`040000 tree ${real.git('rev-parse', 'main^{tree}')}\t.GIT\0`, 'mktree', '-z');
  const commit = real.gitWithInput('bad', 'commit-tree', tree, '-p', 'main');
  real.git('update-ref', 'refs/pull/7/head', commit);
  const wanted = wantedOf(real, await forgeOf(real), { headSha: parseCommitSha(commit) });
  await expect(fetchPullRequest(runner, wanted)).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

test('an abort ends the fetch', async () => {
  const real = aPullRequest();
  const forge = await forgeOf(real);
  const controller = new AbortController();
  forge.onRequest = () => controller.abort(new Error('superseded'));
  await expect(fetchPullRequest(runner, wantedOf(real, forge), controller.signal)).rejects.toThrow('superseded');
});
