import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { folderValues } from '../../src/adapters/store/folder.ts';
import { sealedStore } from '../../src/adapters/store/sealed-store.ts';
import type { JobQueue } from '../../src/ports/queue.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import { EmbeddedQueue } from '../../src/queue/embedded.ts';
import { lanesFor } from '../../src/queue/lanes.ts';
import { createApp } from '../../src/server/app.ts';
import { listen } from '../../src/server/listen.ts';
import type { Judge } from '../../workers/deps.ts';
import { handlersFor } from '../../workers/handlers.ts';
import { startReconciling } from '../../workers/reconcile.ts';
import { aClock } from '../fakes/clock.ts';
import { FakeLog } from '../fakes/log.ts';
import { FakeStore } from '../fakes/store.ts';
import { testRedis } from '../redis.ts';
import { type CheckRun, type GitHubStandIn, type PullRequest, startGitHub } from '../standin/github/index.ts';
import { judgeThat, workerParts } from './worker-parts.ts';

const REPO = 'acme/clusters';
const REDIS = testRedis();
const PRIVATE_KEY = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
);
const LINES = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
const BASE_FILE = `${LINES.join('\n')}\n`;
const HEAD_FILE = `${LINES.with(9, 'changed').join('\n')}\n`;
const RETRY = { attempts: 5, firstPauseMs: 20, factor: 2 };

const world: { hub: GitHubStandIn; clean: (() => Promise<unknown>)[] } = { clean: [] } as never;

beforeEach(async () => {
  const hub = await startGitHub({ app: { privateKey: PRIVATE_KEY } });
  await hub.createRepository({ owner: 'acme', name: 'clusters' });
  await hub.commitTree(REPO, 'main', { 'app.yaml': BASE_FILE }, 'start');
  await hub.commitTree(REPO, 'feature', { 'app.yaml': HEAD_FILE }, 'change');
  Object.assign(world, { hub, clean: [() => hub.close()] });
});
afterEach(async () => {
  for (const clean of world.clean.toReversed()) await clean();
});

function github() {
  const { hub } = world;
  return { appId: hub.app.id, privateKey: PRIVATE_KEY, baseUrl: hub.apiUrl };
}

/** The whole service in one process, as `presync serve` without Redis. */
async function serve(judge: Judge): Promise<JobQueue> {
  const folder = await mkdtemp(join(tmpdir(), 'presync-e2e-'));
  const values = await folderValues({ folder, clock: aClock(), limits: { maxEntries: 1_000, maxBytes: 1e8 } });
  const store = sealedStore({ values, key: Buffer.alloc(32, 1), clock: aClock() });
  const [timer, log] = [systemTimer(), new FakeLog()];
  const queue = new EmbeddedQueue({ lanes: lanesFor(2), retry: RETRY, timer, log, maxWaiting: 1_000 });
  await queue.consume(handlersFor(workerParts({ github: github(), store, queue, judge })));
  await web(queue, store);
  world.clean.push(
    () => rm(folder, { recursive: true }),
    () => queue.close(2_000),
  );
  return queue;
}

async function web(
  queue: JobQueue,
  store = new FakeStore() as Parameters<typeof createApp>[0]['store'],
): Promise<void> {
  const { hub } = world;
  const app = createApp({ secrets: [hub.app.webhookSecret], appId: hub.app.id, queue, store, log: new FakeLog() });
  const server = await listen(app, { port: 0, host: '127.0.0.1' }, systemTimer());
  hub.configureWebhook(`http://127.0.0.1:${server.port}/webhook`);
  world.clean.push(() => server.close(1_000));
}

async function openPull(more: object = {}): Promise<PullRequest> {
  return await world.hub.openPullRequest({ repo: REPO, head: 'feature', base: 'main', title: 'Change', ...more });
}

/** Looks again after each request that GitHub gets, so nothing waits for a guess of time. */
async function until<Found>(look: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The completed run on a commit; of several the one that is not `other`. */
function completed(sha: string, other?: CheckRun): Promise<CheckRun> {
  return until(() =>
    world.hub.checkRuns(REPO, sha).find(({ id, status }) => id !== other?.id && status === 'completed'),
  );
}

/** Whatever is under way has ended. */
async function calm(queue: JobQueue): Promise<void> {
  await queue.close(5_000);
  await world.hub.settled();
}

describe('from webhook to check run', () => {
  test('a change that passes gets a green run and no comment (U2)', async () => {
    const queue = await serve(judgeThat('passed'));
    const pull = await openPull();
    const run = await completed(pull.headSha);
    await calm(queue);
    expect(run).toMatchObject({ name: 'presync', conclusion: 'success' });
    expect(world.hub.checkRuns(REPO, pull.headSha)).toHaveLength(1);
    expect(await world.hub.reviews(REPO, pull.number)).toEqual([]);
    expect(world.hub.violations()).toEqual([]);
  });

  test('a change that fails gets a red run with annotations, and one review on the line', async () => {
    const queue = await serve(judgeThat('failed'));
    const pull = await openPull();
    const run = await completed(pull.headSha);
    await calm(queue);
    expect(run).toMatchObject({ conclusion: 'failure', annotations: [{ path: 'app.yaml', start_line: 10 }] });
    expect(await world.hub.reviews(REPO, pull.number)).toMatchObject([{ state: 'COMMENTED' }]);
    expect(await world.hub.reviewComments(REPO, pull.number)).toMatchObject([{ path: 'app.yaml', line: 10 }]);
    expect(world.hub.violations()).toEqual([]);
  });

  test('a judge that breaks ends in a run that could not be checked', async () => {
    const queue = await serve(() => Promise.reject(new TypeError('x')));
    const pull = await openPull();
    const run = await completed(pull.headSha);
    await calm(queue);
    expect(run.conclusion).toBe('failure');
    expect(run.output.title?.toLowerCase()).toContain('could not be checked');
  });

  test('a push supersedes what is judged: the old run is cancelled, the new one judged', async () => {
    const passes = judgeThat('passed');
    const first = Promise.withResolvers<void>();
    const judged: string[] = [];
    const queue = await serve(async (input, signal) => {
      judged.push(input.pull.head);
      if (judged.length > 1) return await passes(input, signal);
      first.resolve();
      return await new Promise(() => undefined);
    });
    const pull = await openPull();
    await first.promise;
    await world.hub.commitTree(REPO, 'feature', { 'more.yaml': 'a: 1\n' }, 'more');
    const { headSha } = await world.hub.synchronize(REPO, pull.number);
    const [old, now] = [await completed(pull.headSha), await completed(headSha)];
    await calm(queue);
    expect([old.conclusion, now.conclusion]).toEqual(['cancelled', 'success']);
    expect(judged).toEqual([pull.headSha, headSha]);
    expect(world.hub.violations()).toEqual([]);
  });

  test('a re-run is a new run', async () => {
    const queue = await serve(judgeThat('passed'));
    const pull = await openPull();
    const first = await completed(pull.headSha);
    await world.hub.rerequest(REPO, first.id);
    const again = await completed(pull.headSha, first);
    await calm(queue);
    expect(again.conclusion).toBe('success');
    expect(world.hub.checkRuns(REPO, pull.headSha)).toHaveLength(2);
    expect(world.hub.violations()).toEqual([]);
  });

  test('a base that moved is judged again (A29)', async () => {
    const queue = await serve(judgeThat('passed'));
    const pull = await openPull();
    const first = await completed(pull.headSha);
    const tip = await world.hub.commitTree(REPO, 'main', { 'other.yaml': 'a: 1\n' }, 'moved');
    await world.hub.sendPush(REPO, 'main', pull.baseSha);
    const again = await completed(pull.headSha, first);
    await calm(queue);
    expect(again.external_id).toContain(tip);
    expect(world.hub.violations()).toEqual([]);
  });

  test('a merge group is judged under the same name, and its end cancels', async () => {
    const queue = await serve(judgeThat('passed'));
    const pull = await openPull();
    await completed(pull.headSha);
    const group = await world.hub.mergeGroup(REPO, [pull.number]);
    const run = await completed(group.headSha);
    await world.hub.destroyGroup(group, 'dequeued');
    await calm(queue);
    expect(run).toMatchObject({ name: 'presync', conclusion: 'success' });
    expect(world.hub.violations()).toEqual([]);
  });

  test('a merge group that is destroyed while it is judged is cancelled', async () => {
    const judging = Promise.withResolvers<void>();
    const passes = judgeThat('passed');
    const queue = await serve(async (input, signal) => {
      if (input.subject.kind === 'pull') return await passes(input, signal);
      judging.resolve();
      return await new Promise(() => undefined);
    });
    const pull = await openPull();
    await completed(pull.headSha);
    const group = await world.hub.mergeGroup(REPO, [pull.number]);
    await judging.promise;
    // Announced and judged at once: a group that is gone before its run was made needs none.
    await until(() => world.hub.checkRuns(REPO, group.headSha)[0]);
    await world.hub.destroyGroup(group, 'invalidated');
    const run = await completed(group.headSha);
    await calm(queue);
    expect(run.conclusion).toBe('cancelled');
  });

  test('a webhook that was lost is found by the reconcile pass (W1)', async () => {
    const queue = await serve(judgeThat('passed'));
    const pull = await openPull({ silent: true });
    const end = startReconciling({ queue, timer: systemTimer(), log: new FakeLog(), everyMs: 60_000 });
    const run = await completed(pull.headSha);
    end();
    await calm(queue);
    expect(run.conclusion).toBe('success');
  });

  test('GitHub failing for a while delays the run, and doubles nothing (C14)', async () => {
    const queue = await serve(judgeThat('failed'));
    world.hub.fail({ match: /POST .*check-runs$/, status: 502, afterCommit: true });
    world.hub.fail({ match: /PATCH .*check-runs/, status: 500, afterCommit: true });
    world.hub.fail({ match: /POST .*reviews$/, status: 502, afterCommit: true });
    const pull = await openPull();
    await completed(pull.headSha);
    const reviews = await untilAsync(async () => (await world.hub.reviews(REPO, pull.number))[0]);
    await calm(queue);
    expect(reviews).toBeDefined();
    expect(world.hub.checkRuns(REPO, pull.headSha)).toMatchObject([{ conclusion: 'failure' }]);
    expect(world.hub.checkRuns(REPO, pull.headSha)[0]?.annotations).toHaveLength(1);
    expect(await world.hub.reviews(REPO, pull.number)).toHaveLength(1);
  });
});

async function untilAsync<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
  }
}

if (REDIS === '') test.todo('a worker killed in the middle of a publication: redis-server not found');
else
  test('a worker killed in the middle of a publication leaves one run and no doubled annotation (C2)', async () => {
    const { hub } = world;
    const prefix = `test-${randomUUID()}`;
    const given = JSON.stringify({ redis: REDIS, prefix, github: github() });
    const worker = (): ChildProcess => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'worker-process.ts'), given], {
        stdio: 'inherit',
      });
      world.clean.push(async () => child.kill('SIGKILL'));
      return child;
    };
    const producer = new BullQueue({
      url: REDIS,
      prefix,
      lanes: lanesFor(1),
      retry: RETRY,
      recovery: { lockMs: 500, stalledMs: 200 },
      clock: aClock(),
      timer: systemTimer(),
      log: new FakeLog(),
    });
    world.clean.push(() => producer.close(1_000));
    await web(producer);
    // The first part is taken; on the second the worker waits long enough to be killed, and GitHub never takes it.
    hub.fail({ match: /PATCH .*check-runs/, delayMs: 1 });
    hub.fail({ match: /PATCH .*check-runs/, delayMs: 3_000, status: 502 });
    const doomed = worker();
    const pull = await openPull();
    await until(() => ((hub.checkRuns(REPO, pull.headSha)[0]?.annotations.length ?? 0) >= 50 ? true : undefined));
    doomed.kill('SIGKILL');
    await new Promise((resolve) => doomed.once('exit', resolve));
    worker();
    const run = await completed(pull.headSha);
    expect(hub.checkRuns(REPO, pull.headSha)).toHaveLength(1);
    expect(run.annotations).toHaveLength(120);
    expect(hub.violations()).toEqual([]);
    const sent = hub
      .requests()
      .filter(({ method, path, status }) => method === 'PATCH' && path.includes('check-runs') && status === 200);
    expect(sent.map(({ body }) => (body as { output: { annotations: unknown[] } }).output.annotations.length)).toEqual([
      50, 50, 20,
    ]);
  }, 60_000);
