import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aTgz } from '../builders/archive.ts';
import { applicationText, chartFiles, configTemplate, type Files } from '../builders/manifests.ts';
import { type CheckRun, type GitHubStandIn, startGitHub } from '../standin/github/index.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { freePort } from '../builders/free-port.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const REPO = 'acme/clusters';
const FORK = 'mallory/clusters';
const AUTH = Buffer.from('bot:canary-0123').toString('base64');
const CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

interface World {
  readonly hub: GitHubStandIn;
  readonly registry: RegistryStandIn;
  readonly folder: string;
  readonly output: string[];
  service?: ChildProcess;
}

let world: World;

/** A registry where everything wants credentials, and the service that has them. */
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'presync-fork-'));
  const [hub, registry] = await Promise.all([startGitHub({}), aRegistry()]);
  world = { hub, registry, folder, output: [] };
  for (const name of ['old', 'new']) {
    const files = chartFiles(name, { 'config.yaml': configTemplate(name, 'a: b') });
    registry.push(`charts/${name}`, '1.0.0', [{ mediaType: CHART, bytes: aTgz(files as Record<string, string>) }]);
  }
  registry.demands = { scheme: 'Basic', realm: 'x', accepts: `Basic ${AUTH}` };
  await serve();
});
afterEach(async () => {
  world.service?.kill('SIGKILL');
  await Promise.all([world.hub.close(), world.registry.close()]);
  await rm(world.folder, { recursive: true, force: true });
});

async function serve(): Promise<void> {
  const { hub, registry, folder } = world;
  await writeFile(join(folder, 'key.pem'), hub.app.privateKey);
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'] ?? '',
    PRESYNC_APP_ID: String(hub.app.id),
    PRESYNC_PRIVATE_KEY_FILE: join(folder, 'key.pem'),
    PRESYNC_WEBHOOK_SECRET: hub.app.webhookSecret,
    PRESYNC_GITHUB_URL: hub.apiUrl,
    PRESYNC_PRIVATE_HOSTS: `${hub.url},${registry.origin}`,
    PRESYNC_REGISTRY_AUTH: JSON.stringify({ auths: { [registry.host]: { auth: AUTH } } }),
    PRESYNC_STATE_DIR: join(folder, 'state'),
    PORT: String(port),
  };
  const child = spawn(process.execPath, [join(ROOT, 'src', 'main.ts'), 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  world.service = child;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => world.output.push(String(text)));
  await until(() =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => (ok ? true : undefined),
      () => undefined,
    ),
  );
  hub.configureWebhook(`http://127.0.0.1:${port}/webhook`);
}

/** Looks again and again; the test's own time limit is the end of patience. */
async function until<Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(50);
  }
}

/** The run that is completed on a commit besides those that were. */
function newRun(sha: string, ...before: readonly CheckRun[]): Promise<CheckRun> {
  const known = new Set(before.map(({ id }) => id));
  return until(() => world.hub.checkRuns(REPO, sha).find(({ id, status }) => !known.has(id) && status === 'completed'));
}

function charted(chart: string, color: string): Files {
  const source = {
    repoURL: `${world.registry.host}/charts`,
    chart,
    targetRevision: '1.0.0',
    helm: { valuesObject: { color } },
  };
  return { [`argocd/${chart}.yaml`]: applicationText(chart, source) };
}

function textOf({ output }: CheckRun): string {
  return `${output.title}\n${output.summary}\n${output.text ?? ''}`;
}

/** Did the registry hand out the chart that only the fork names? */
function wasRead(): boolean {
  return world.registry.seen.some(
    ({ path, authorization }) => path.includes('charts/new') && authorization !== undefined,
  );
}

test('what a fork brings in is read with credentials once somebody who may write runs the check again, and only then', async () => {
  const { hub, registry } = world;
  await hub.createRepository({ owner: 'acme', name: 'clusters', private: false });
  const policy = `version: 1\nregistries: { credentials: ["${registry.host}/charts/*"] }\n`;
  const base = { ...charted('old', 'blue'), '.presync.yaml': policy } as Record<string, string>;
  await hub.commitTree(REPO, 'main', base, 'base');
  await hub.createRepository({ owner: 'mallory', name: 'clusters', forkOf: REPO });
  await hub.commitTree(FORK, 'main', { ...base, ...charted('new', 'red') } as Record<string, string>, 'change');
  const { headSha, number } = await hub.openPullRequest({ repo: REPO, head: 'mallory:main', base: 'main', title: 'x' });

  const first = await newRun(headSha);
  expect([first.conclusion, wasRead()]).toEqual(['failure', false]);
  expect(textOf(first)).toContain('until somebody with write permission has looked at it and runs this check again');

  await hub.rerequest(REPO, first.id, 'mallory');
  const second = await newRun(headSha, first);
  expect([second.conclusion, wasRead()]).toEqual(['failure', false]);

  hub.setRole(REPO, 'octo-dev', 'maintain');
  await hub.rerequest(REPO, second.id, 'octo-dev');
  const third = await newRun(headSha, first, second);
  expect([third.conclusion, wasRead()]).toEqual(['success', true]);
  expect(textOf(third)).toMatch(/Credentials were used for .*charts\/new, which a pull request from a fork brings in/);
  expect(textOf(third)).toContain('octo-dev');

  await hub.commitTree(FORK, 'main', { 'more.md': 'more' }, { message: 'more', replace: false });
  const pushed = await hub.synchronize(REPO, number);
  const fourth = await newRun(pushed.headSha);
  expect(fourth.conclusion).toBe('failure');
  expect(textOf(fourth)).toContain('runs this check again');

  await hub.rerequestSuite(REPO, fourth.id, 'octo-dev');
  const fifth = await newRun(pushed.headSha, fourth);
  expect(fifth.conclusion).toBe('success');

  const told = world.output.join('');
  expect(told).toContain('a re-run by somebody without write permission lets no credentials be used');
  expect(told).toContain('a re-run lets credentials be used for what a fork brings in');
  expect(told + JSON.stringify(hub.checkRuns(REPO, headSha))).not.toMatch(/canary|Ym90OmNhbmFyeS0wMTIz/);
  expect(hub.violations()).toEqual([]);
}, 120_000);
