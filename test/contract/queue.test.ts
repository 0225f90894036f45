import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { parseInstallationId } from '../../src/model/ids.ts';
import { ChangeHostError } from '../../src/ports/change-host.ts';
import { type Job, type JobHandler, type JobHandlers, type JobQueue, QueueError } from '../../src/ports/queue.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import { EmbeddedQueue } from '../../src/queue/embedded.ts';
import { jobId } from '../../src/queue/job.ts';
import { type Lanes, lanesFor } from '../../src/queue/lanes.ts';
import { stopReason } from '../../src/queue/running.ts';
import { anAnnounceJob, aPublishJob, aValidateJob } from '../builders/job.ts';
import { FakeLog } from '../fakes/log.ts';
import { testRedis } from '../redis.ts';

const REDIS = testRedis();
const RETRY = { attempts: 3, firstPauseMs: 10, factor: 1 };
const RECOVERY = { lockMs: 500, stalledMs: 200 };

type Make = (lanes: Lanes) => JobQueue;

const embedded: Make = (lanes) =>
  new EmbeddedQueue({ lanes, retry: RETRY, timer: systemTimer(), log: new FakeLog(), maxWaiting: 1_000 });

function bull(url: string, prefix: string): Make {
  const own = {
    url,
    prefix,
    retry: RETRY,
    recovery: RECOVERY,
    clock: systemClock(),
    timer: systemTimer(),
    log: new FakeLog(),
  };
  return (lanes) => new BullQueue({ ...own, lanes });
}

/** A run that the test has seen start and ends itself. */
interface Run {
  readonly job: Job;
  readonly signal: AbortSignal;
  end(error?: Error): void;
}

/** Handlers whose every run waits for the test. */
class Stage {
  readonly runs: Run[] = [];
  readonly given: { readonly job: Job; readonly error: unknown }[] = [];
  #looking: (() => void)[] = [];

  readonly handler: JobHandler = {
    run: (job, signal) =>
      new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason);
          this.#changed();
        });
        this.runs.push({ job, signal, end: (error) => (error === undefined ? resolve() : reject(error)) });
        this.#changed();
      }),
    gaveUp: async (job, error) => {
      this.given.push({ job, error });
      this.#changed();
    },
  };

  readonly handlers: JobHandlers = {
    announce: this.handler,
    validate: this.handler,
    publish: this.handler,
    reconcile: this.handler,
  };

  #changed(): void {
    const looking = this.#looking;
    this.#looking = [];
    for (const look of looking) look();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#looking.push(resolve));
  }

  /** The n-th run, from 0. */
  async run(index: number): Promise<Run> {
    await this.until(() => this.runs.length > index);
    const run = this.runs[index];
    if (run === undefined) throw new Error('unreachable');
    return run;
  }

  get order(): readonly string[] {
    return this.runs.map(({ job }) => jobId(job));
  }
}

const OPEN: JobQueue[] = [];
afterEach(async () => {
  await Promise.all(OPEN.splice(0).map((queue) => queue.close(400)));
});

async function staged(make: Make, lanes: Lanes = lanesFor(2)): Promise<{ queue: JobQueue; stage: Stage }> {
  const queue = make(lanes);
  OPEN.push(queue);
  const stage = new Stage();
  await queue.consume(stage.handlers);
  return { queue, stage };
}

function one(perInstallation = 1): Lanes {
  return { ...lanesFor(1), validate: { concurrency: 1, perInstallation } };
}

const unreachable = new ChangeHostError('UNREACHABLE', 'GitHub did not answer');

const CARRIERS: readonly (readonly [string, () => Make])[] = [
  ['embedded', () => embedded],
  ...(REDIS === '' ? [] : [['bullmq', () => bull(REDIS, `test-${randomUUID()}`)] as const]),
];

describe.each(CARRIERS)('the %s queue', (_carrier, make) => {
  test('runs a job with exactly the values that were queued', async () => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aPublishJob());
    const run = await stage.run(0);
    expect(run.job).toEqual(aPublishJob());
    run.end();
  });

  test('refuses a job with a field too many', async () => {
    const { queue } = await staged(make());
    const forged = { ...aValidateJob(), command: 'curl' };
    await expect(queue.enqueue(forged)).rejects.toThrow(QueueError);
  });

  test('keeps one job for a subject that waits', async () => {
    const { queue, stage } = await staged(make(), one());
    await queue.enqueue(aValidateJob({ pull: 1 }));
    const first = await stage.run(0);
    await queue.enqueue(aValidateJob({ pull: 2 }));
    await queue.enqueue(aValidateJob({ pull: 2 }));
    await queue.enqueue(aValidateJob({ pull: 3 }));
    first.end();
    (await stage.run(1)).end();
    (await stage.run(2)).end();
    expect(stage.order).toEqual([1, 2, 3].map((pull) => jobId(aValidateJob({ pull }))));
  });

  test('runs a job again that was queued while it ran', async () => {
    const { queue, stage } = await staged(make(), { ...one(), validate: { concurrency: 2, perInstallation: 2 } });
    await queue.enqueue(aValidateJob());
    const first = await stage.run(0);
    await queue.enqueue(aValidateJob());
    await queue.enqueue(aValidateJob());
    await queue.enqueue(aValidateJob({ pull: 9 }));
    await stage.run(1);
    first.end();
    (await stage.run(2)).end();
    expect(stage.order).toEqual([1, 9, 1].map((pull) => jobId(aValidateJob({ pull }))));
  });

  test('stops a running job that a newer one supersedes, and runs it again', async () => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aValidateJob());
    const first = await stage.run(0);
    await queue.enqueue(aValidateJob(), { supersede: true });
    const second = await stage.run(1);
    expect(stopReason(first.signal)).toBe('superseded');
    expect(second.signal.aborted).toBe(false);
    second.end();
  });

  test('drops waiting and stops running jobs that are cancelled, and leaves others', async () => {
    const { queue, stage } = await staged(make(), { ...one(), validate: { concurrency: 2, perInstallation: 1 } });
    await queue.enqueue(aValidateJob({ pull: 1 }));
    const first = await stage.run(0);
    await queue.enqueue(aValidateJob({ pull: 2 }));
    await queue.enqueue(aValidateJob({ installation: 2, pull: 3 }));
    const other = await stage.run(1);
    await queue.cancel({ installation: parseInstallationId(1) });
    await stage.until(() => first.signal.aborted);
    await queue.enqueue(aValidateJob({ pull: 4 }));
    const later = await stage.run(2);
    expect(stopReason(first.signal)).toBe('cancelled');
    expect(other.signal.aborted).toBe(false);
    expect(stage.order).toEqual([
      jobId(aValidateJob({ pull: 1 })),
      jobId(aValidateJob({ installation: 2, pull: 3 })),
      jobId(aValidateJob({ pull: 4 })),
    ]);
    other.end();
    later.end();
  });

  test('cancels one subject alone', async () => {
    const { queue, stage } = await staged(make(), { ...one(), validate: { concurrency: 2, perInstallation: 2 } });
    await queue.enqueue(aValidateJob({ pull: 1 }));
    await queue.enqueue(aValidateJob({ pull: 2 }));
    const [first, second] = [await stage.run(0), await stage.run(1)];
    const { installation, repository, subject } = aValidateJob({ pull: 1 });
    await queue.cancel({ installation, repository, subject });
    await stage.until(() => first.signal.aborted);
    expect(second.signal.aborted).toBe(false);
    second.end();
  });

  test('tries a retryable error again, as often as allowed, then gives up once', async () => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aValidateJob());
    for (const index of [0, 1, 2]) (await stage.run(index)).end(unreachable);
    await stage.until(() => stage.given.length > 0);
    expect(stage.runs).toHaveLength(3);
    expect(stage.given).toEqual([{ job: aValidateJob(), error: unreachable }]);
  });

  test.each([
    ['an error that would come again', new ChangeHostError('DENIED', 'no access')],
    ['an error of unknown kind', new TypeError('x is not a function')],
  ])('gives up at once for %s', async (_name, error) => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aValidateJob());
    (await stage.run(0)).end(error);
    await stage.until(() => stage.given.length > 0);
    await queue.enqueue(aValidateJob({ pull: 2 }));
    (await stage.run(1)).end();
    expect(stage.order).toEqual([1, 2].map((pull) => jobId(aValidateJob({ pull }))));
  });

  test('takes a failed job again when it is queued again', async () => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aValidateJob());
    (await stage.run(0)).end(new TypeError('x'));
    await stage.until(() => stage.given.length > 0);
    await queue.enqueue(aValidateJob());
    (await stage.run(1)).end();
    expect(stage.runs).toHaveLength(2);
  });

  test('lets an installation with one job pass a hundred of another (A33)', async () => {
    const { queue, stage } = await staged(make(), one());
    for (let pull = 1; pull <= 100; pull += 1) await queue.enqueue(aValidateJob({ pull }));
    const first = await stage.run(0);
    await queue.enqueue(aValidateJob({ installation: 2 }));
    first.end();
    (await stage.run(1)).end();
    (await stage.run(2)).end();
    expect(stage.order.slice(0, 3)).toContain(jobId(aValidateJob({ installation: 2 })));
  });

  test('holds an installation to its share, and starts the next when one ends', async () => {
    const { queue, stage } = await staged(make(), { ...one(), validate: { concurrency: 3, perInstallation: 2 } });
    for (const pull of [1, 2, 3, 4]) await queue.enqueue(aValidateJob({ pull }));
    await queue.enqueue(aValidateJob({ installation: 2 }));
    await stage.until(() => stage.runs.length === 3);
    const mine = (): readonly Run[] =>
      stage.runs.filter(({ job }) => job.name === 'validate' && job.installation === 1);
    expect(mine()).toHaveLength(2);
    stage.runs.find(({ job }) => job.name === 'validate' && job.installation === 1)?.end();
    await stage.until(() => stage.runs.length === 4);
    expect(mine()).toHaveLength(3);
  });

  test('runs announcements while validations fill their lane', async () => {
    const { queue, stage } = await staged(make(), one());
    await queue.enqueue(aValidateJob());
    await stage.run(0);
    await queue.enqueue(anAnnounceJob());
    expect((await stage.run(1)).job.name).toBe('announce');
  });

  test('closes within the deadline, stopping what still runs', async () => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aValidateJob());
    const run = await stage.run(0);
    await queue.close(300);
    expect(stopReason(run.signal)).toBe('closing');
  });

  test('closes at once when nothing runs', async () => {
    const { queue, stage } = await staged(make());
    await queue.enqueue(aValidateJob());
    (await stage.run(0)).end();
    await queue.close(60_000);
    expect(stage.given).toEqual([]);
  });

  test('says that it is ready', async () => {
    const { queue } = await staged(make());
    expect(await queue.ready()).toBe(true);
  });
});

/** Starts a worker process, and kills it once it runs a job. */
async function killedAtWork(prefix: string): Promise<void> {
  const program = `${import.meta.dirname}/queue-worker.ts`;
  const doomed = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, REDIS, prefix]);
  const exited = new Promise((resolve) => doomed.once('exit', resolve));
  await new Promise((resolve) => doomed.stdout.once('data', resolve));
  doomed.kill('SIGKILL');
  await exited;
}

if (REDIS === '') test.todo('the bullmq queue across processes: redis-server not found');
else
  describe('the bullmq queue across processes', () => {
    test('keeps jobs that were queued before any worker started', async () => {
      const make = bull(REDIS, `test-${randomUUID()}`);
      const producer = make(lanesFor(1));
      OPEN.push(producer);
      await producer.enqueue(aValidateJob());
      const { stage } = await staged(make);
      (await stage.run(0)).end();
      expect(stage.order).toEqual([jobId(aValidateJob())]);
    });

    test('stops a job that runs in another process', async () => {
      const make = bull(REDIS, `test-${randomUUID()}`);
      const { stage } = await staged(make);
      const producer = make(lanesFor(1));
      OPEN.push(producer);
      await producer.enqueue(aValidateJob());
      const first = await stage.run(0);
      await producer.enqueue(aValidateJob(), { supersede: true });
      (await stage.run(1)).end();
      expect(stopReason(first.signal)).toBe('superseded');
    });

    test('runs the job of a killed worker elsewhere', async () => {
      const prefix = `test-${randomUUID()}`;
      const producer = bull(REDIS, prefix)(lanesFor(1));
      OPEN.push(producer);
      await producer.enqueue(aValidateJob());
      await killedAtWork(prefix);
      const { stage } = await staged(bull(REDIS, prefix));
      (await stage.run(0)).end();
      expect(stage.order).toEqual([jobId(aValidateJob())]);
    }, 30_000);

    test('gives up a job that kills its third worker', async () => {
      const prefix = `test-${randomUUID()}`;
      const producer = bull(REDIS, prefix)(lanesFor(1));
      OPEN.push(producer);
      await producer.enqueue(aValidateJob());
      for (const _ of ['first', 'second', 'third']) await killedAtWork(prefix);
      const { stage } = await staged(bull(REDIS, prefix));
      await stage.until(() => stage.given.length > 0);
      expect(stage.given).toMatchObject([{ job: aValidateJob(), error: { code: 'STALLED' } }]);
      expect(stage.runs).toEqual([]);
    }, 60_000);

    test('hands the job of a closing worker to another one', async () => {
      const make = bull(REDIS, `test-${randomUUID()}`);
      const { queue, stage } = await staged(make);
      await queue.enqueue(aValidateJob());
      await stage.run(0);
      await queue.close(300);
      const second = await staged(make);
      (await second.stage.run(0)).end();
      expect(stage.given).toEqual([]);
    });

    test('refuses a job that somebody put into Redis by hand (A28)', async () => {
      const { Queue } = await import('bullmq');
      const { Redis } = await import('ioredis');
      const prefix = `test-${randomUUID()}`;
      const connection = new Redis(REDIS, { maxRetriesPerRequest: null });
      const byHand = new Queue('validate', { connection, prefix });
      await byHand.add('validate', { ...aValidateJob(), installation: 7, tokens: ['ghs_x'] });
      await byHand.add('validate', aPublishJob());
      const { queue, stage } = await staged(bull(REDIS, prefix));
      await queue.enqueue(aValidateJob());
      (await stage.run(0)).end();
      expect(stage.order).toEqual([jobId(aValidateJob())]);
      expect(stage.given).toEqual([]);
      await byHand.close();
      connection.disconnect();
    });
  });
