import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import {
  type CancelScope,
  type Job,
  type JobHandler,
  type JobHandlers,
  type JobName,
  type JobQueue,
  QueueError,
} from '../ports/queue.ts';
import type { Timer } from '../ports/timer.ts';
import { BullLane } from './bullmq-lane.ts';
import { type FairOrder, fairOrder } from './fair-order.ts';
import { isInScope, jobId, parseJob, parseScope, tenantOf } from './job.ts';
import { JOB_NAMES, type Lanes } from './lanes.ts';
import type { RetryRule } from './retry.ts';

export interface BullOptions {
  /** redis:// or rediss://, with its credentials. */
  readonly url: string;
  /** Tells several presyncs on one Redis apart. */
  readonly prefix: string;
  readonly lanes: Lanes;
  readonly retry: RetryRule;
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
}

/** How soon the job of a dead worker runs elsewhere: within `lockMs` + `stalledMs`. */
export interface Recovery {
  readonly lockMs: number;
  readonly stalledMs: number;
}

/** 6.5 s after a kill -9; BullMQ's own 30 s + 30 s took 60.6 s. */
export const QUICK_RECOVERY: Recovery = { lockMs: 5_000, stalledMs: 2_000 };

/** Longer than this, and the sender of a webhook would rather hear that it failed (W1: 10 s). */
const ENQUEUE_MS = 5_000;

/** The queue of a service with Redis: what was enqueued outlives every process. */
export class BullQueue implements JobQueue {
  readonly #options: BullOptions;
  readonly #redis: Redis;
  readonly #queues: ReadonlyMap<JobName, Queue>;
  readonly #order: FairOrder;
  readonly #lanes: BullLane[] = [];
  #ear: Redis | undefined;

  constructor(options: BullOptions) {
    this.#options = options;
    this.#redis = this.#connect();
    this.#order = fairOrder(this.#redis, `${options.prefix}:turns`);
    const { prefix } = options;
    this.#queues = new Map(JOB_NAMES.map((name) => [name, new Queue(name, { connection: this.#redis, prefix })]));
    for (const queue of this.#queues.values()) queue.on('error', () => undefined);
  }

  #connect(): Redis {
    // Workers need null: https://docs.bullmq.io/guide/going-to-production#maxretriesperrequest
    const redis = new Redis(this.#options.url, { maxRetriesPerRequest: null });
    redis.on('error', () => this.#options.log.warn({}, 'Redis cannot be reached'));
    return redis;
  }

  async enqueue(given: Job, { supersede = false }: { readonly supersede?: boolean } = {}): Promise<void> {
    const job = parseJob(given);
    await this.#inTime(this.#add(job, supersede));
  }

  async #add(job: Job, supersede: boolean): Promise<void> {
    const queue = this.#queue(job.name);
    const id = jobId(job);
    const before = await this.#current(queue, id);
    await queue.add(job.name, job, {
      // Drops the new data while the first waits, which is right here: equal ids mean equal jobs, and whichever runs
      // reads the facts itself.
      deduplication: { id, keepLastIfActive: true },
      priority: await this.#order.nextTurn(tenantOf(job)),
      attempts: this.#options.retry.attempts,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: { count: 1_000, age: 86_400 },
    });
    // News is a better reason to try again than the end of a pause; it may have ended just now, which is as good.
    if (before?.state === 'delayed') await before.job.promote().catch(() => undefined);
    if (before?.state === 'active' && supersede) await this.#tell({ superseded: before.job.id ?? '' });
  }

  /** `add` answers with the id of whatever job it was folded into, so what runs is asked for by the id of ours. */
  async #current(queue: Queue, id: string) {
    const current = await queue.getDeduplicationJobId(id);
    const job = current === null ? undefined : await queue.getJob(current);
    return job === undefined ? undefined : { job, state: await job.getState() };
  }

  async consume(handlers: JobHandlers): Promise<void> {
    this.#ear = this.#connect();
    this.#ear.on('message', (_channel, text) => {
      this.#heed(text);
    });
    await this.#ear.subscribe(this.#channel);
    const { lanes, ...options } = this.#options;
    for (const name of JOB_NAMES) {
      const queue = this.#queue(name);
      const handler: JobHandler = handlers[name];
      const own = { queue, handler, width: lanes[name], redis: this.#redis, order: this.#order };
      this.#lanes.push(new BullLane({ ...options, ...own }));
    }
    await Promise.all(this.#lanes.map((lane) => lane.started()));
  }

  async cancel(scope: CancelScope): Promise<void> {
    await this.#inTime(this.#cancel(scope));
  }

  async #cancel(scope: CancelScope): Promise<void> {
    for (const name of ['announce', 'validate'] as const) {
      const waiting = await this.#queue(name).getJobs(['waiting', 'prioritized', 'delayed'], 0, -1);
      // One that started meanwhile cannot be removed any more; the message below reaches it.
      const inScope = waiting.filter(({ data }) => isInScope(parseJob(data), scope));
      await Promise.all(inScope.map((job) => job.remove().catch(() => undefined)));
    }
    await this.#tell({ cancelled: scope });
  }

  /** `cancelJob` of BullMQ reaches only the Worker object that holds the job, so all are told. */
  async #tell(message: { readonly superseded: string } | { readonly cancelled: CancelScope }): Promise<void> {
    await this.#redis.publish(this.#channel, JSON.stringify(message));
  }

  get #channel(): string {
    return `${this.#options.prefix}:stop`;
  }

  #heed(text: string): void {
    try {
      const message: { readonly superseded?: unknown; readonly cancelled?: unknown } = JSON.parse(text);
      if (typeof message.superseded === 'string') this.#stopOne(message.superseded);
      else this.#stopScope(parseScope(message.cancelled));
    } catch {
      this.#options.log.warn({}, 'a message that presync did not send was left aside');
    }
  }

  #stopOne(bullId: string): void {
    for (const lane of this.#lanes) lane.supersede(bullId);
  }

  #stopScope(scope: CancelScope): void {
    for (const lane of this.#lanes) lane.cancel((job) => isInScope(job, scope));
  }

  async ready(): Promise<boolean> {
    try {
      await this.#inTime(this.#redis.ping());
      return true;
    } catch {
      return false;
    }
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close(deadlineMs)));
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#ear?.disconnect();
    this.#redis.disconnect();
  }

  #queue(name: JobName): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new QueueError('MALFORMED', `there is no lane for ${name} jobs`);
    return queue;
  }

  async #inTime<Value>(work: Promise<Value>): Promise<Value> {
    const late = Promise.withResolvers<never>();
    const stop = this.#options.timer.after(ENQUEUE_MS, () => {
      late.reject(new QueueError('UNREACHABLE', `Redis did not answer within ${ENQUEUE_MS} ms`));
    });
    try {
      return await Promise.race([work, late.promise]);
    } catch (error) {
      if (error instanceof QueueError) throw error;
      throw new QueueError('UNREACHABLE', 'Redis did not take the job', { cause: error });
    } finally {
      stop();
    }
  }
}
