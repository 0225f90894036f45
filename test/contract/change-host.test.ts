import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { githubHost } from '../../src/adapters/github/host.ts';
import { parseCommitSha, parseInstallationId, parseRepositoryId } from '../../src/model/ids.ts';
import { type ChangeHost, ChangeHostError, type CheckRun, type RepositoryRef } from '../../src/ports/change-host.ts';
import { aRunId, anAnnotation, aPull } from '../builders/worker.ts';
import { aClock } from '../fakes/clock.ts';
import { FakeChangeHost } from '../fakes/change-host.ts';
import {
  type GitHubStandIn,
  type PullRequest as StandInPull,
  type Role,
  startGitHub,
} from '../standin/github/index.ts';

const REPO = 'acme/clusters';
/** Making a key is the slowest part of a start. */
const PRIVATE_KEY = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
);
const LINES = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);

interface Made {
  readonly host: ChangeHost;
  readonly ref: RepositoryRef;
  readonly head: ReturnType<typeof parseCommitSha>;
  readonly base: ReturnType<typeof parseCommitSha>;
}

const hubs: { hub: GitHubStandIn; pull: StandInPull; repositoryId: number } = {} as never;

async function start(): Promise<void> {
  const hub = await startGitHub({ app: { privateKey: PRIVATE_KEY } });
  const repository = await hub.createRepository({ owner: 'acme', name: 'clusters', private: true });
  await hub.commitTree(REPO, 'main', { 'app.yaml': `${LINES.join('\n')}\n` }, 'start');
  await hub.commitTree(REPO, 'feature', { 'app.yaml': `${LINES.with(9, 'changed').join('\n')}\n` }, 'change');
  const pull = await hub.openPullRequest({ repo: REPO, head: 'feature', base: 'main', title: 'Change' });
  Object.assign(hubs, { hub, pull, repositoryId: repository.id });
}

function real(pace: 'none' | 'github.com' = 'none'): Made {
  const { hub, pull, repositoryId } = hubs;
  const host = githubHost({
    appId: hub.app.id,
    privateKey: PRIVATE_KEY,
    baseUrl: hub.apiUrl,
    pace,
    clock: aClock(),
  });
  const ref = {
    installation: parseInstallationId(hub.installationId('acme')),
    repository: parseRepositoryId(repositoryId),
  };
  return { host, ref, head: parseCommitSha(pull.headSha), base: parseCommitSha(pull.baseSha) };
}

function fake(): Made {
  const host = new FakeChangeHost();
  host.pulls = [aPull()];
  const ref = { installation: parseInstallationId(1), repository: parseRepositoryId(10) };
  host.refs = [ref];
  return { host, ref, head: aPull().head, base: aPull().base };
}

/** A server that gives these answers in turn, then 404. */
async function scripted(answers: readonly object[]) {
  const versions: unknown[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    versions.push(request.headers['x-github-api-version']);
    const answer = left.shift();
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, versions, close };
}

function scriptedHost(baseUrl: string): ChangeHost {
  return githubHost({ appId: 1, privateKey: PRIVATE_KEY, baseUrl, pace: 'none', clock: aClock() });
}

const none = (): Promise<void> => Promise.resolve();
const report = (annotations: number) => ({
  title: 'Failed',
  summary: 'What is wrong.',
  text: '',
  annotations: Array.from({ length: annotations }, (_, at) => anAnnotation(at + 1)),
});

/** What git hears that brings the token. */
async function clone(token: string): Promise<number> {
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  const url = `${hubs.hub.gitUrl(REPO)}/info/refs?service=git-upload-pack`;
  return (await fetch(url, { headers: { authorization: `Basic ${credentials}` } })).status;
}

/** Lets people have roles: on GitHub, or in the fake, which knows who may write by their ids. */
function withPeople(made: Made) {
  const { host } = made;
  const ids = new Map([['github-owner', 1]]);
  if (host instanceof FakeChangeHost) host.writers = [1];
  return {
    ...made,
    async id(login: string): Promise<number> {
      if (host instanceof FakeChangeHost) return ids.get(login) ?? 50;
      return login === 'who-is-that' ? 999 : await hubs.hub.userId(login);
    },
    setRole(login: string, role: Role): void {
      if (!(host instanceof FakeChangeHost)) hubs.hub.setRole(REPO, login, role);
      else if (['admin', 'maintain', 'write'].includes(role)) {
        ids.set(login, 40);
        host.writers = [1, 40];
      }
    },
  };
}

beforeEach(start);
afterEach(async () => {
  await hubs.hub.close();
});

describe.each([
  ['GitHub', () => real()],
  ['fake', fake],
] as const)('the %s host', (_name, make) => {
  test('knows a pull request, and lists it while it is open', async () => {
    const { host, ref, head, base } = make();
    const pull = aPull({ head, base });
    expect(await host.pullRequest(ref, 1)).toEqual(pull);
    expect(await host.openPullRequests(ref)).toEqual([pull]);
  });

  test.each([
    ['the owner', 'github-owner', undefined, true],
    ['whoever administers', 'octo-dev', 'admin', true],
    ['whoever maintains', 'octo-dev', 'maintain', true],
    ['whoever writes', 'octo-dev', 'write', true],
    ['whoever triages', 'octo-dev', 'triage', false],
    ['whoever reads', 'octo-dev', 'read', false],
    ['nobody', 'octo-dev', undefined, false],
    ['somebody who is not there', 'who-is-that', undefined, false],
  ] as const)('knows whether %s may write (T13)', async (_who, login, role, may) => {
    const made = withPeople(make());
    const { host, ref } = made;
    if (role !== undefined) made.setRole(login, role);
    const person = { id: await made.id(login), login };
    expect(await host.mayWrite(ref, person)).toBe(may);
    // The login has passed to somebody else since.
    expect(await host.mayWrite(ref, { id: person.id + 1, login })).toBe(false);
  });

  test('lists the repositories that it may see', async () => {
    const { host, ref } = make();
    expect(await host.repositories()).toEqual([ref]);
  });

  test('knows the repository by the name that it has now', async () => {
    const { host, ref } = make();
    expect(await host.repository(ref)).toMatchObject({ owner: 'acme', name: 'clusters', defaultBranch: 'main' });
  });

  test('says that a pull request is not there', async () => {
    const { host, ref } = make();
    await expect(host.pullRequest(ref, 99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('starts one run for an id, however often it is asked', async () => {
    const { host, ref, head, base } = make();
    const id = aRunId({ head, base });
    const run = await host.startRun(ref, head, id);
    expect(await host.startRun(ref, head, id)).toEqual(run);
    expect(await host.checkRuns(ref, head)).toEqual([run]);
    expect(run).toMatchObject({ externalId: id, completed: false, annotations: 0 });
  });

  test('lists the newest run first', async () => {
    const { host, ref, head, base } = make();
    const ids = [1, 2].map((attempt) => aRunId({ head, base, attempt }));
    for (const id of ids) await host.startRun(ref, head, id);
    expect((await host.checkRuns(ref, head)).map(({ externalId }) => externalId)).toEqual(ids.toReversed());
  });

  test('sends annotations in parts of fifty, and says how many stand (C2)', async () => {
    const { host, ref, head, base } = make();
    const run = await host.startRun(ref, head, aRunId({ head, base }));
    const progress: number[] = [];
    const tell = async (standing: number): Promise<void> => {
      progress.push(standing);
    };
    await host.completeRun(ref, run, { conclusion: 'failure', report: report(120) }, tell);
    expect(progress).toEqual([50, 100, 120]);
    expect(await host.checkRuns(ref, head)).toMatchObject([{ completed: true, annotations: 120 }]);
  });

  test('goes on from the annotations that stand', async () => {
    const { host, ref, head, base } = make();
    const run = await host.startRun(ref, head, aRunId({ head, base }));
    const stopped = new Error('the worker died');
    const die = () => Promise.reject(stopped);
    const result = { conclusion: 'failure', report: report(120) } as const;
    await expect(host.completeRun(ref, run, result, die)).rejects.toThrow(stopped);
    const [again] = await host.checkRuns(ref, head);
    expect(again).toMatchObject({ completed: false, annotations: 50 });
    await host.completeRun(ref, again as CheckRun, result, none);
    expect(await host.checkRuns(ref, head)).toMatchObject([{ completed: true, annotations: 120 }]);
  });

  test('completes a run that has nothing to annotate', async () => {
    const { host, ref, head, base } = make();
    const run = await host.startRun(ref, head, aRunId({ head, base }));
    await host.completeRun(ref, run, { conclusion: 'success', report: report(0) }, none);
    expect(await host.checkRuns(ref, head)).toMatchObject([{ completed: true, annotations: 0 }]);
  });

  test('writes a review, and finds it again by its marker', async () => {
    const { host, ref, head } = make();
    const comments = [{ path: 'app.yaml', line: 10, startLine: 10, body: 'too much' }];
    const id = await host.review(ref, 1, { head, body: 'Look. <!-- m:1 -->', comments });
    expect(await host.reviews(ref, 1, '<!-- m:1 -->')).toEqual([id]);
    expect(await host.reviews(ref, 1, '<!-- m:2 -->')).toEqual([]);
  });
});

describe('the GitHub host', () => {
  test('sends nothing that GitHub would refuse', async () => {
    const { host, ref, head, base } = real();
    const run = await host.startRun(ref, head, aRunId({ head, base }));
    const long = 'x'.repeat(70_000);
    const annotation = { ...anAnnotation(0), endLine: -3, title: 'y'.repeat(400), message: `${long}\n${long}` };
    const whole = {
      title: long,
      summary: 'line\n'.repeat(20_000),
      text: `\`\`\`\n${'ü\n'.repeat(40_000)}`,
      annotations: [annotation],
    };
    await host.completeRun(ref, run, { conclusion: 'failure', report: whole }, none);
    await host.review(ref, 1, { head, body: 'z\n'.repeat(40_000), comments: [] });
    await host.openPullRequests(ref);
    expect(hubs.hub.violations()).toEqual([]);
  });

  test('asks with tokens for one repository and one purpose (T2)', async () => {
    const { host, ref, head, base } = real();
    const run = await host.startRun(ref, head, aRunId({ head, base }));
    await host.completeRun(ref, run, { conclusion: 'success', report: report(0) }, none);
    await host.pullRequest(ref, 1);
    const asked = hubs.hub.requests().filter(({ path }) => path.endsWith('/access_tokens'));
    expect(asked.map(({ body }) => body)).toEqual([
      { repository_ids: [ref.repository], permissions: { metadata: 'read' } },
      { repository_ids: [ref.repository], permissions: { checks: 'write', pull_requests: 'write' } },
      { repository_ids: [ref.repository], permissions: { contents: 'read', pull_requests: 'read' } },
    ]);
  });

  test('gives a token of its own for reading, and takes it back', async () => {
    const { host, ref } = real();
    const [one, two] = [await host.readToken(ref), await host.readToken(ref)];
    expect(one.token).not.toBe(two.token);
    await one.revoke();
    expect([await clone(one.token), await clone(two.token)]).toEqual([401, 200]);
  });

  test.each(['none', 'github.com'] as const)(
    'makes one run when the answer to its creation was lost, pace %s (C14)',
    async (pace) => {
      const { host, ref, head, base } = real(pace);
      hubs.hub.fail({ match: /POST .*check-runs$/, status: 502, afterCommit: true });
      const run = await host.startRun(ref, head, aRunId({ head, base }));
      expect(await host.checkRuns(ref, head)).toEqual([run]);
    },
  );

  test.each(['none', 'github.com'] as const)(
    'does not send annotations twice when an answer was lost, pace %s',
    async (pace) => {
      const { host, ref, head, base } = real(pace);
      const run = await host.startRun(ref, head, aRunId({ head, base }));
      hubs.hub.fail({ match: 'PATCH', status: 502, afterCommit: true });
      const result = { conclusion: 'failure', report: report(60) } as const;
      await expect(host.completeRun(ref, run, result, none)).rejects.toMatchObject({ code: 'UNREACHABLE' });
      expect(await host.checkRuns(ref, head)).toMatchObject([{ annotations: 50 }]);
    },
  );

  test.each([
    ['500', { status: 500 }, 'UNREACHABLE'],
    ['a cut connection', { status: 0 }, 'UNREACHABLE'],
    ['401', { status: 401 }, 'UNREACHABLE'],
    ['403', { status: 403 }, 'DENIED'],
    ['403 with nothing left', { status: 403, headers: { 'x-ratelimit-remaining': '0' } }, 'RATE_LIMITED'],
    ['403 with retry-after', { status: 403, headers: { 'retry-after': '60' } }, 'RATE_LIMITED'],
    [
      '403 of the secondary limit',
      {
        status: 403,
        body: { documentation_url: 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api' },
      },
      'RATE_LIMITED',
    ],
    ['429', { status: 429 }, 'RATE_LIMITED'],
    ['404', { status: 404 }, 'NOT_FOUND'],
    ['422', { status: 422 }, 'REFUSED'],
  ])('calls %s by its name', async (_name, fault, code) => {
    const { host, ref } = real();
    hubs.hub.fail({ match: '/pulls/1', times: 9, ...fault });
    const error = await host.pullRequest(ref, 1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChangeHostError);
    expect(error).toMatchObject({ code });
  });

  test('asks for a new token after one was refused', async () => {
    const { host, ref } = real();
    await host.pullRequest(ref, 1);
    hubs.hub.expireTokens();
    await expect(host.pullRequest(ref, 1)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(await host.pullRequest(ref, 1)).toMatchObject({ number: 1 });
  });

  test('is denied a repository of another installation (A28)', async () => {
    const { host, ref } = real();
    const foreign = { ...ref, repository: parseRepositoryId(987_654) };
    const error = await host.repository(foreign).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChangeHostError);
    expect(error).toMatchObject({ retryable: false });
  });

  test('takes the base from its branch, for a pull request shows an old one (T11)', async () => {
    const { host, ref } = real();
    const tip = await hubs.hub.commitTree(REPO, 'main', { 'other.yaml': 'a: 1\n' }, 'moved on');
    expect(await host.pullRequest(ref, 1)).toMatchObject({ base: tip });
    expect(await host.openPullRequests(ref)).toMatchObject([{ base: tip }]);
  });

  test('knows a fork', async () => {
    const { host, ref } = real();
    await hubs.hub.createRepository({ owner: 'mallory', name: 'clusters', forkOf: REPO });
    await hubs.hub.commitTree('mallory/clusters', 'theirs', { 'new.yaml': 'a: 1\n' }, 'theirs');
    const { number } = await hubs.hub.openPullRequest({
      repo: REPO,
      head: 'mallory:theirs',
      base: 'main',
      title: 'x',
      user: 'mallory',
    });
    expect(await host.pullRequest(ref, number)).toMatchObject({ fromFork: true });
  });

  test('lists more runs than fit a page', async () => {
    const { host, ref, head, base } = real();
    const attempts = Array.from({ length: 101 }, (_, at) => at + 1);
    for (const attempt of attempts) await host.startRun(ref, head, aRunId({ head, base, attempt }));
    expect(await host.checkRuns(ref, head)).toHaveLength(101);
  }, 60_000);

  test('says which version of the API it speaks, and logs nothing itself', async () => {
    const output = jest.spyOn(process.stdout, 'write');
    const { url, versions, close } = await scripted([]);
    await expect(scriptedHost(url).repositories()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await close();
    expect(output).not.toHaveBeenCalled();
    expect(versions).toEqual(['2022-11-28']);
  });

  test('counts only the runs of its own App, whatever their name and id are', async () => {
    const run = {
      head_sha: aPull().head,
      external_id: aRunId(),
      status: 'completed',
      output: { annotations_count: 0 },
    };
    const { url, close } = await scripted([
      { token: 'ghs_x', expires_at: '2099-01-01T00:00:00Z', permissions: {} },
      {
        total_count: 1,
        repositories: [
          {
            id: 10,
            name: 'clusters',
            owner: { login: 'acme' },
            clone_url: '',
            ssh_url: '',
            html_url: '',
            git_url: '',
            default_branch: 'main',
          },
        ],
      },
      { token: 'ghs_y', expires_at: '2099-01-01T00:00:00Z', permissions: {} },
      {
        total_count: 3,
        check_runs: [
          { ...run, id: 1, name: 'presync', app: { id: 1 } },
          { ...run, id: 2, name: 'presync', app: { id: 2 } },
          { ...run, id: 3, name: 'other', app: { id: 1 } },
        ],
      },
    ]);
    const runs = await scriptedHost(url).checkRuns(fake().ref, aPull().head);
    await close();
    expect(runs.map(({ id }) => id)).toEqual([1]);
  });

  test('does not take a review for its own because of a marker (A23)', async () => {
    const { hub } = hubs;
    const { id } = await hub.createRepository({ owner: 'acme', name: 'open' });
    await hub.commitTree('acme/open', 'main', { 'app.yaml': 'a: 1\n' }, 'start');
    await hub.commitTree('acme/open', 'feature', { 'app.yaml': 'a: 2\n' }, 'change');
    const about = { repo: 'acme/open', head: 'feature', base: 'main', title: 'x', user: 'mallory' };
    const pull = await hub.openPullRequest(about);
    const headers = { authorization: `token ${hub.userToken('mallory')}`, 'user-agent': 'x' };
    const body = JSON.stringify({ event: 'COMMENT', body: '<!-- m:1 -->', commit_id: pull.headSha });
    const url = `${hub.apiUrl}/repos/acme/open/pulls/${pull.number}/reviews`;
    const forged = await fetch(url, { method: 'POST', headers, body });
    const { host, ref } = real();
    expect(await forged.text()).toContain('m:1');
    expect(await host.reviews({ ...ref, repository: parseRepositoryId(id) }, pull.number, '<!-- m:1 -->')).toEqual([]);
  });
});
