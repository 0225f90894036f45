import { DelayedError, type Job as BullJob, type Queue, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { sentenceOf } from '../model/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Job, type JobHandler, QueueError, type StopReason } from '../ports/queue.ts';
import type { Timer } from '../ports/timer.ts';
import type { FairOrder } from './fair-order.ts';
import { jobId, parseJob, tenantOf } from './job.ts';
import type { LaneWidth } from './lanes.ts';
import { pauseBeforeRetry, type RetryRule } from './retry.ts';
import { Stop, stopReason } from './running.ts';

export interface BullLaneOptions {
  readonly queue: Queue;
  readonly redis: Redis;
  readonly prefix: string;
  readonly width: LaneWidth;
  readonly retry: RetryRule;
  readonly recovery: { readonly lockMs: number; readonly stalledMs: number };
  readonly order: FairOrder;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly handler: JobHandler;
}

interface Running {
  readonly job: Job;
  readonly stop: AbortController;
}

/** A job over its installation's share comes back on its own after this, should nobody wake it before. */
const PARKED_MS = 15_000;

/** One kind of job in one process: a BullMQ Worker, each installation's share of it, and a way to stop what runs. */
export class BullLane {
  readonly #options: BullLaneOptions;
  readonly #worker: Worker;
  /** By BullMQ's id. */
  readonly #running = new Map<string, Running>();
  /** BullMQ ids of jobs that wait for a share of their installation, in order. */
  readonly #parked = new Map<number, string[]>();
  readonly #reported = new Set<string>();

  constructor(options: BullLaneOptions) {
    const { queue, redis, prefix, width, recovery, retry, log } = options;
    this.#options = options;
    this.#worker = new Worker(queue.name, (job, token) => this.#process(job, token), {
      connection: redis,
      prefix,
      concurrency: width.concurrency,
      lockDuration: recovery.lockMs,
      stalledInterval: recovery.stalledMs,
      // A worker may be replaced twice during one job; a job that kills its third worker is the cause itself.
      maxStalledCount: 2,
      settings: { backoffStrategy: (tries, _type, error) => pauseBeforeRetry(error, tries, retry) ?? 0 },
    });
    this.#worker.on('error', () => log.warn({ lane: queue.name }, 'the queue could not be read'));
    this.#worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#stop(id, 'lost');
    });
    this.#worker.on('failed', (job) => {
      if (job !== undefined) void this.#stalledForGood(job);
    });
  }

  async started(): Promise<void> {
    await this.#worker.waitUntilReady();
  }

  supersede(bullId: string): void {
    this.#stop(bullId, 'superseded');
  }

  cancel(matches: (job: Job) => boolean): void {
    for (const [id, { job }] of this.#running) if (matches(job)) this.#stop(id, 'cancelled');
  }

  #stop(bullId: string, reason: StopReason): void {
    this.#running.get(bullId)?.stop.abort(new Stop(reason));
  }

  async close(deadlineMs: number): Promise<void> {
    const { timer } = this.#options;
    const ended = this.#worker.close();
    const stop = timer.after(deadlineMs * 0.75, () => {
      for (const id of this.#running.keys()) this.#stop(id, 'closing');
    });
    const late = Promise.withResolvers<void>();
    const giveUp = timer.after(deadlineMs, late.resolve);
    await Promise.race([ended, late.promise.then(() => this.#worker.close(true))]);
    stop();
    giveUp();
  }

  async #process(bull: BullJob, token: string | undefined): Promise<void> {
    const id = bull.id ?? '';
    const job = this.#read(bull);
    const tenant = tenantOf(job);
    if (this.#inFlight(tenant) >= this.#options.width.perInstallation) await this.#park(bull, tenant, token);
    const running = { job, stop: new AbortController() };
    this.#running.set(id, running);
    try {
      await this.#options.order.served(bull.priority).catch(() => undefined);
      await this.#options.handler.run(job, running.stop.signal);
    } catch (error) {
      await this.#ended(bull, running, { token, error });
    } finally {
      this.#running.delete(id);
      await this.#wake(tenant);
    }
  }

  /** A28: what presync would not have queued is dropped without a second try. */
  #read(bull: BullJob): Job {
    try {
      const job = parseJob(bull.data);
      if (job.name !== this.#options.queue.name) throw new QueueError('MALFORMED', 'this job lies in the wrong lane');
      return job;
    } catch (error) {
      this.#reported.add(bull.id ?? '');
      this.#options.log.error({ lane: this.#options.queue.name }, 'a job that presync did not make was refused');
      throw new UnrecoverableError(sentenceOf(error));
    }
  }

  #inFlight(tenant: number): number {
    return [...this.#running.values()].filter(({ job }) => tenantOf(job) === tenant).length;
  }

  /** Over the share: it waits aside, so that the worker can look at the next one. Always throws. */
  async #park(bull: BullJob, tenant: number, token: string | undefined): Promise<never> {
    await bull.moveToDelayed(this.#options.clock.now().getTime() + PARKED_MS, token);
    this.#parked.set(tenant, [...(this.#parked.get(tenant) ?? []), bull.id ?? '']);
    // The share may have become free while it was moved.
    if (this.#inFlight(tenant) < this.#options.width.perInstallation) await this.#wake(tenant);
    throw new DelayedError();
  }

  async #wake(tenant: number): Promise<void> {
    const [next, ...rest] = this.#parked.get(tenant) ?? [];
    if (rest.length === 0) this.#parked.delete(tenant);
    else this.#parked.set(tenant, rest);
    if (next === undefined) return;
    try {
      const job = await this.#options.queue.getJob(next);
      await job?.promote();
    } catch {
      // It has left the place by itself: its time was over, or another worker has it.
    }
  }

  async #ended(
    bull: BullJob,
    { job, stop }: Running,
    end: { readonly token: string | undefined; readonly error: unknown },
  ): Promise<void> {
    const reason = stopReason(stop.signal);
    if (reason === 'cancelled') return;
    if (reason === 'closing' || reason === 'superseded') {
      await bull.moveToWait(end.token);
      throw new WaitingError();
    }
    if (reason === undefined && pauseBeforeRetry(end.error, bull.attemptsMade + 1, this.#options.retry) === undefined) {
      await this.#giveUp(bull, job, end.error);
      throw new UnrecoverableError(sentenceOf(end.error));
    }
    throw end.error instanceof Error ? end.error : new Error(sentenceOf(end.error));
  }

  async #giveUp(bull: BullJob, job: Job, error: unknown): Promise<void> {
    this.#reported.add(bull.id ?? '');
    try {
      await this.#options.handler.gaveUp(job, error);
    } catch {
      this.#options.log.error({ job: jobId(job) }, 'a failed job could not be reported');
    }
  }

  /** A job that outlived its workers too often is failed by BullMQ itself, without a run of ours. */
  async #stalledForGood(bull: BullJob): Promise<void> {
    const known = this.#reported.delete(bull.id ?? '');
    if (known || bull.finishedOn === undefined) return;
    const error = new QueueError('STALLED', 'the worker died each time that it ran this job');
    await this.#giveUp(bull, this.#read(bull), error);
    this.#reported.delete(bull.id ?? '');
  }
}
