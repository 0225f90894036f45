import { createHmac } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { startGitHub } from '../standin/github/index.ts';
import {
  app,
  AT,
  createRun,
  installed,
  jwtFor,
  lastPayload,
  narrowed,
  newToken,
  QUIET,
  refusal,
  REPO,
  restart,
  start,
  stop,
  withToken,
  world,
} from './github-stand-in.ts';

beforeEach(() => start());
afterEach(stop);

describe('tokens', () => {
  test('a narrowed installation token works, and says what it may do', async () => {
    const client = await narrowed({ repositories: ['clusters'], permissions: { checks: 'write' } });
    const { data } = await createRun(client);
    expect(data.app?.id).toBe(world.hub.app.id);
    expect(world.hub.violations()).toEqual([]);
  });

  test('T3: the token has the form of 2026, or the old one when asked', async () => {
    expect(await newToken()).toMatch(/^ghs_424242_eyJ[\w-]+\.[\w-]+\.[\w-]{342}$/);
    await restart({ tokenFormat: 'classic' });
    expect(await newToken()).toMatch(/^ghs_[0-9a-f]{36}$/);
  });

  test('T1: a JWT that lives longer than ten minutes is refused', async () => {
    const answers = [];
    for (const minutes of [9, 11]) answers.push(await refusal(withToken(jwtFor(minutes)).request('GET /app')));
    expect(answers).toEqual([[200], [401, 'T1']]);
  });

  test('an unknown token is 401, and no token at all is 401 for a private repository', async () => {
    expect(await refusal(withToken(`ghs_${'a'.repeat(36)}`).repos.get(AT))).toEqual([401]);
    expect(await refusal(new Octokit({ baseUrl: world.hub.apiUrl, log: QUIET }).repos.get(AT))).toEqual([401]);
  });

  test('T2: an expired or revoked token is 401', async () => {
    const client = await narrowed({});
    await client.repos.get(AT);
    await client.apps.revokeInstallationAccessToken();
    expect(await refusal(client.repos.get(AT))).toEqual([401]);
    const other = await narrowed({});
    world.hub.expireTokens();
    expect(await refusal(other.repos.get(AT))).toEqual([401]);
  });

  test('T2: what the token was narrowed to is all it reaches', async () => {
    await world.hub.createRepository({ owner: 'acme', name: 'other' });
    const elsewhere = await narrowed({ repositories: ['other'] });
    expect(await refusal(elsewhere.repos.get(AT))).toEqual([404]);
    const reader = await narrowed({ permissions: { contents: 'read' } });
    expect(await refusal(createRun(reader))).toEqual([403, 'permission']);
    const { data } = await elsewhere.apps.listReposAccessibleToInstallation();
    expect(data.repositories.map(({ full_name }) => full_name)).toEqual(['acme/other']);
  });

  test('more than the installation has is not granted', async () => {
    expect(await refusal(narrowed({ permissions: { administration: 'write' } }))).toEqual([422]);
    expect(await refusal(narrowed({ repositories: ['nowhere'] }))).toEqual([422]);
  });

  test('W8: a repository taken out of the installation is gone; a suspended one is 403', async () => {
    const client = await installed();
    await client.repos.get(AT);
    world.hub.suspend('acme');
    expect(await refusal(client.repos.get(AT))).toEqual([403]);
    world.hub.suspend('acme', false);
    await world.hub.uninstall(REPO);
    expect(lastPayload().repositories_removed).toEqual([expect.objectContaining({ full_name: REPO })]);
    expect(await refusal(client.repos.get(AT))).toEqual([404]);
    expect(await refusal(app().octokit.request('GET /repos/{owner}/{repo}/installation', AT))).toEqual([404]);
  });

  test('the App finds its installations and walks its repositories', async () => {
    const found: string[] = [];
    for await (const { repository } of app().eachRepository.iterator()) found.push(repository.full_name);
    expect(found).toEqual([REPO]);
    expect(world.hub.violations()).toEqual([]);
  });
});

describe('webhooks', () => {
  test('W4, W6: events are signed over the raw body and carry the headers', async () => {
    const [opened] = world.inbox.received;
    const signature = createHmac('sha256', world.hub.app.webhookSecret)
      .update(opened?.body ?? '')
      .digest('hex');
    expect(opened?.headers).toMatchObject({
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-event': 'pull_request',
      'x-github-delivery': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-/),
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
    });
    const { action, installation, repository } = JSON.parse(opened?.body ?? '');
    expect([action, installation.id, repository.full_name]).toEqual(['opened', world.hub.installationId('acme'), REPO]);
  });

  test('W2, W3: a failed delivery is listed with the App JWT and redelivered under the same GUID', async () => {
    world.inbox.status = 500;
    await world.hub.synchronize(REPO, world.pull.number);
    world.inbox.status = 202;
    const { octokit } = app();
    const { data } = await octokit.request('GET /app/hook/deliveries', { status: 'failure' });
    expect(data.map(({ event, status_code }) => [event, status_code])).toEqual([['pull_request', 500]]);
    await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: Number(data[0]?.id) });
    await world.hub.settled();
    const [, failed, again] = world.inbox.received;
    expect(again?.headers['x-github-delivery']).toBe(failed?.headers['x-github-delivery']);
    expect(world.hub.deliveries().at(-1)).toMatchObject({ redelivery: true, statusCode: 202 });
  });

  test('W1: a lost event is recorded and never sent', async () => {
    await world.hub.synchronize(REPO, world.pull.number, { lost: true });
    expect([world.inbox.received.length, world.hub.deliveries().at(-1)?.statusCode]).toEqual([1, 0]);
  });

  test('deliveries are walked by cursor', async () => {
    for (let at = 0; at < 3; at += 1) await world.hub.deliver({ name: 'ping', payload: { zen: 'x' } });
    const { octokit } = app();
    const all = await octokit.paginate(octokit.apps.listWebhookDeliveries, { per_page: 2 });
    expect(all).toHaveLength(4);
  });
});

describe('contract and faults', () => {
  test('an operation that presync may not call, or that is answered by nobody, is a violation', async () => {
    const client = await installed();
    expect(await refusal(client.request('GET /repos/{owner}/{repo}/topics', AT))).toEqual([404, 'unknown']);
  });

  test('a body that GitHub would not take is a violation', async () => {
    const client = await installed();
    const bad = { ...AT, name: 'presync', head_sha: world.pull.headSha, started_at: 'yesterday' };
    const expected = world.hub.contractAbsent === '' ? [422, 'contract'] : [200];
    expect(await refusal(client.checks.create(bad))).toEqual(expected);
  });

  test('without the public test data the stand-in says so', async () => {
    const other = await startGitHub({ testData: '/nowhere' });
    expect(other.contractAbsent).toMatch(/^public test data not there/);
    await other.close();
  });

  test('faults come as often as asked, with their headers', async () => {
    const client = await installed();
    await client.repos.get(AT);
    world.hub.fail({ match: /^GET \/repos\/acme/, status: 429, times: 2, headers: { 'retry-after': '1' } });
    const headers = await client.repos
      .get(AT)
      .catch((error: { response: { headers: object } }) => error.response.headers);
    expect(headers).toMatchObject({ 'retry-after': '1' });
    expect([await refusal(client.repos.get(AT)), await refusal(client.repos.get(AT))]).toEqual([[429], [200]]);
  });

  test('T7: an unchanged answer is 304', async () => {
    const client = await installed();
    const { headers } = await client.repos.get(AT);
    const again = client.repos.get({ ...AT, headers: { 'if-none-match': headers.etag } });
    expect(await refusal(again)).toEqual([304]);
  });

  test('only loopback is listened on, by the peer inside as well', async () => {
    const fds = await readdir('/proc/self/fd');
    const links = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    const mine = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
    const rows = tables
      .join('\n')
      .split('\n')
      .map((row) => row.trim().split(/\s+/));
    const listening = rows.filter(([, , , state, , , , , , inode]) => state === '0A' && mine.has(inode));
    expect(new Set(listening.map(([, local]) => local?.split(':')[0]))).toEqual(new Set(['0100007F']));
  });
});

describe('the manifest flow', () => {
  test('a posted manifest comes back as a code that converts once', async () => {
    const manifest = { name: 'presync', url: 'https://presync.example', redirect_url: 'http://127.0.0.1:1/done' };
    const posted = await fetch(`${world.hub.url}/settings/apps/new?state=s1`, {
      method: 'POST',
      body: new URLSearchParams({ manifest: JSON.stringify(manifest) }),
      redirect: 'manual',
    });
    const target = new URL(posted.headers.get('location') ?? '');
    expect([posted.status, target.searchParams.get('state')]).toEqual([302, 's1']);
    const client = new Octokit({ baseUrl: world.hub.apiUrl, log: QUIET });
    const code = target.searchParams.get('code') ?? '';
    const { data } = await client.apps.createFromManifest({ code });
    expect([data.id, data.pem, data.webhook_secret]).toEqual([
      world.hub.app.id,
      world.hub.app.privateKey,
      world.hub.app.webhookSecret,
    ]);
    expect(await refusal(client.apps.createFromManifest({ code }))).toEqual([404]);
  });
});
