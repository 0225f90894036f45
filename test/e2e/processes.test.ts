import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { testRedis } from '../redis.ts';
import { exampleImages } from '../../examples/images.ts';
import { type GitHubStandIn, startGitHub } from '../standin/github/index.ts';
import { freePort } from '../builders/free-port.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLE = join(ROOT, 'examples', 'gitops');
const REPOSITORY = 'acme/clusters';
const REDIS = testRedis();

/** Looks again and again; the test's own time limit is the end of patience. */
async function until<Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(50);
  }
}

interface Started {
  readonly process: ChildProcess;
  readonly url: string;
}

interface World {
  readonly github: GitHubStandIn;
  readonly folder: string;
  readonly start: (command: 'serve' | 'work', state: string) => Promise<Started>;
  close(): Promise<void>;
}

async function aWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'presync-processes-'));
  const [github, images] = await Promise.all([startGitHub({}), exampleImages(folder)]);
  await writeFile(join(folder, 'key.pem'), github.app.privateKey);
  const started: ChildProcess[] = [];
  return {
    github,
    folder,
    async start(command, state) {
      const port = await freePort();
      const env = {
        PATH: process.env['PATH'] ?? '',
        PRESYNC_APP_ID: String(github.app.id),
        PRESYNC_PRIVATE_KEY_FILE: join(folder, 'key.pem'),
        PRESYNC_WEBHOOK_SECRET: github.app.webhookSecret,
        PRESYNC_GITHUB_URL: github.apiUrl,
        PRESYNC_PRIVATE_HOSTS: `${github.url},${images.registry.origin}`,
        ...images.environment,
        PRESYNC_STATE_DIR: join(folder, state),
        REDIS_URL: REDIS,
        PORT: String(port),
      };
      const child = spawn(process.execPath, [join(ROOT, 'src', 'main.ts'), command], { env, stdio: 'ignore' });
      started.push(child);
      const url = `http://127.0.0.1:${port}`;
      await until(() =>
        fetch(`${url}/readyz`).then(
          ({ ok }) => (ok ? true : undefined),
          () => undefined,
        ),
      );
      return { process: child, url };
    },
    async close() {
      for (const child of started) child.kill('SIGKILL');
      await Promise.all([github.close(), images.registry.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let world: World;
beforeEach(async () => {
  world = await aWorld();
});
afterEach(() => world.close());

if (REDIS === '') test.todo('web and worker as processes: redis-server not found');
else
  test('a killed worker is replaced by another one, and both processes end when they are told to', async () => {
    const { github, start } = world;
    const web = await start('serve', 'web');
    const doomed = await start('work', 'first');
    github.configureWebhook(`${web.url}/webhook`);
    await github.createRepository({ owner: 'acme', name: 'clusters' });
    await github.pushFolder(REPOSITORY, 'main', join(EXAMPLE, 'base'), 'base');
    await github.pushFolder(REPOSITORY, 'release', join(EXAMPLE, 'pull-request'), {
      message: 'change',
      from: 'main',
      replace: false,
    });
    const { headSha } = await github.openPullRequest({
      repo: REPOSITORY,
      head: 'release',
      base: 'main',
      title: 'change',
    });
    await until(() => github.checkRuns(REPOSITORY, headSha)[0]);
    doomed.process.kill('SIGKILL');
    const worker = await start('work', 'second');

    const run = await until(() => github.checkRuns(REPOSITORY, headSha).find(({ status }) => status === 'completed'));
    // A review is there before the last of its comments.
    await until(async () => (await github.reviewComments(REPOSITORY, 1))[2]);
    expect(run).toMatchObject({ conclusion: 'failure', output: { title: '7 blocking findings in 3 apps' } });
    expect(github.checkRuns(REPOSITORY, headSha)).toHaveLength(1);
    expect(await github.reviewComments(REPOSITORY, 1)).toHaveLength(3);
    expect(github.violations()).toEqual([]);

    const ended = [web, worker].map(({ process: child }) => once(child, 'exit'));
    for (const { process: child } of [web, worker]) child.kill('SIGTERM');
    expect((await Promise.all(ended)).map(([status]) => status)).toEqual([0, 0]);
  }, 120_000);
