import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AT,
  createRun,
  installed,
  lastPayload,
  narrowed,
  refusal,
  REPO,
  restart,
  start,
  stop,
  world,
} from './github-stand-in.ts';

const execute = promisify(execFile);

beforeEach(() => start());
afterEach(stop);

async function fetchedHead(token: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'presync-test-'));
  try {
    const auth = Buffer.from(`x-access-token:${token}`).toString('base64');
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null' };
    await execute('git', ['init', '--quiet', folder], { env });
    const header = `http.extraHeader=Authorization: Basic ${auth}`;
    const ref = `+refs/pull/${world.pull.number}/head:refs/heads/head`;
    await execute('git', ['-C', folder, '-c', header, 'fetch', '--quiet', '--depth=1', world.hub.gitUrl(REPO), ref], {
      env,
    });
    return (await execute('git', ['-C', folder, 'rev-parse', 'head'], { env })).stdout.trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function tokenWith(permissions: object): Promise<string> {
  const client = await narrowed({ permissions });
  return ((await client.auth()) as { readonly token: string }).token;
}

describe('pull requests and git', () => {
  test('T9, T10: refs/pull/N/head is fetched with contents:read, and with nothing less', async () => {
    expect(await fetchedHead(await tokenWith({ contents: 'read' }))).toBe(world.pull.headSha);
    await expect(fetchedHead(await tokenWith({ checks: 'write' }))).rejects.toThrow('403');
    await expect(fetchedHead('ghs_nobody')).rejects.toThrow('could not read Username');
  });

  test('a push moves the head, refs/pull/N/head and the payload', async () => {
    const before = world.pull.headSha;
    const sha = await world.hub.commitTree(REPO, 'feature', { 'app.yaml': null }, 'again');
    await world.hub.synchronize(REPO, world.pull.number);
    const payload = lastPayload();
    expect([payload.action, payload.before, payload.after]).toEqual(['synchronize', before, sha]);
    expect(payload.pull_request.head.sha).toBe(sha);
    const { data } = await (await installed()).pulls.get({ ...AT, pull_number: world.pull.number });
    expect([data.head.sha, data.changed_files]).toEqual([sha, 2]);
    expect(await fetchedHead(await tokenWith({ contents: 'read' }))).toBe(sha);
  });

  test('files carry patches, and lists come in pages', async () => {
    const client = await installed();
    const { data } = await client.pulls.listFiles({ ...AT, pull_number: world.pull.number });
    expect(data.map(({ filename, status }) => [filename, status])).toEqual([
      ['app.yaml', 'modified'],
      ['new dir/ü.yaml', 'added'],
    ]);
    expect(data[0]?.patch).toContain('-line 10\n+changed');
    const pages = await client.paginate(client.pulls.listFiles, { ...AT, pull_number: world.pull.number, per_page: 1 });
    expect(pages).toEqual(data);
  });

  test('open pull requests are listed with the shas of git', async () => {
    await world.hub.openPullRequest({ repo: REPO, head: 'feature', base: 'main', title: 'Two', draft: true });
    await world.hub.changePullRequest(REPO, world.pull.number, 'closed');
    const { data } = await (await installed()).pulls.list({ ...AT, state: 'open' });
    expect(data.map(({ title, draft, head }) => [title, draft, head.sha])).toEqual([['Two', true, world.pull.headSha]]);
  });

  test('T10: a deleted fork leaves its pull request, without a repository', async () => {
    await world.hub.createRepository({ owner: 'mallory', name: 'clusters', forkOf: REPO });
    await world.hub.commitTree('mallory/clusters', 'evil', { 'app.yaml': 'x\n' }, 'evil');
    const fork = await world.hub.openPullRequest({ repo: REPO, head: 'mallory:evil', base: 'main', title: 'Evil' });
    world.hub.deleteRepository('mallory/clusters');
    const { data } = await (await installed()).pulls.get({ ...AT, pull_number: fork.number });
    expect([data.head.repo, data.head.sha, data.head.label]).toEqual([null, fork.headSha, 'mallory:evil']);
  });

  test('T2: a token is narrowed by repository_ids', async () => {
    const other = await world.hub.createRepository({ owner: 'acme', name: 'other' });
    const client = await narrowed({ repository_ids: [other.id] });
    expect(await refusal(client.repos.get({ ...AT, repo: 'other' }))).toEqual([200]);
    expect(await refusal(client.repos.get(AT))).toEqual([404]);
  });

  test('a moved base branch comes as push', async () => {
    const after = await world.hub.commitTree(REPO, 'main', { 'x.yaml': 'x\n' }, 'more');
    await world.hub.sendPush(REPO, 'main', world.pull.baseSha);
    expect(lastPayload()).toMatchObject({ ref: 'refs/heads/main', before: world.pull.baseSha, after });
  });

  test('T16: another base comes as edited', async () => {
    await world.hub.commitTree(REPO, 'staging', { 'x.yaml': 'x\n' }, 'staging');
    const moved = await world.hub.setBase(REPO, world.pull.number, 'staging');
    const payload = lastPayload();
    expect([payload.action, payload.changes.base.ref.from, moved.baseRef]).toEqual(['edited', 'main', 'staging']);
    expect(payload.pull_request.base.sha).toBe(moved.baseSha);
  });

  test('a merge group is one commit on its own branch, and is destroyed', async () => {
    const group = await world.hub.mergeGroup(REPO, [world.pull.number]);
    await createRun(await installed(), { head_sha: group.headSha });
    await world.hub.destroyGroup(group, 'dequeued');
    await world.hub.settled();
    const groups = world.inbox.received.map(({ body }) => JSON.parse(body)).filter(({ merge_group }) => merge_group);
    expect(groups.map(({ action, reason }) => [action, reason])).toEqual([
      ['checks_requested', undefined],
      ['destroyed', 'dequeued'],
    ]);
    expect(groups[0].merge_group).toMatchObject({ head_sha: group.headSha, base_sha: world.pull.baseSha });
    expect(world.hub.violations()).toEqual([]);
  });

  test('a folder becomes a branch, links and modes included, in a bare repository that was there before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'presync-test-'));
    try {
      const gitDir = join(folder, 'own.git');
      await mkdir(join(folder, 'tree/deep'), { recursive: true });
      await writeFile(join(folder, 'tree/deep/run.sh'), 'true\n', { mode: 0o755 });
      await symlink('deep/run.sh', join(folder, 'tree/link'));
      await execute('git', ['init', '--quiet', '--bare', '--initial-branch=main', gitDir]);
      await world.hub.createRepository({ owner: 'acme', name: 'own', gitDir });
      const sha = await world.hub.pushFolder('acme/own', 'main', join(folder, 'tree'), 'all');
      const { stdout } = await execute('git', ['-C', gitDir, 'ls-tree', '-r', '--format=%(objectmode) %(path)', sha]);
      expect(stdout.trim().split('\n')).toEqual(['100755 deep/run.sh', '120000 link']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('commits, comparisons and contents come from git', async () => {
    const client = await installed();
    const { data } = await client.repos.compareCommitsWithBasehead({ ...AT, basehead: 'main...feature' });
    expect([data.status, data.ahead_by, data.files?.length]).toEqual(['ahead', 1, 2]);
    const { data: content } = await client.repos.getContent({ ...AT, path: 'new dir/ü.yaml', ref: 'feature' });
    expect(content).toMatchObject({ type: 'file', content: Buffer.from('b: 2\n').toString('base64') });
    const { data: commit } = await client.repos.getCommit({ ...AT, ref: 'feature' });
    expect([commit.sha, commit.commit.message]).toEqual([world.pull.headSha, 'change']);
    expect(world.hub.violations()).toEqual([]);
  });

  test('equal steps give equal commits', async () => {
    const first = world.pull.headSha;
    await restart();
    expect(world.pull.headSha).toBe(first);
  });
});
