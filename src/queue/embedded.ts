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
import { EmbeddedLane, type Entry } from './embedded-lane.ts';
import { isInScope, jobId, parseJob, tenantOf } from './job.ts';
import { JOB_NAMES, type Lanes } from './lanes.ts';
import { pauseBeforeRetry, type RetryRule } from './retry.ts';
import { stopReason } from './running.ts';

export interface EmbeddedOptions {
  readonly lanes: Lanes;
  readonly retry: RetryRule;
  readonly timer: Timer;
  readonly log: Log;
  /** Jobs that may wait in all; more are refused, and the reconcile pass finds their work later. */
  readonly maxWaiting: number;
}

/** The queue of a service without Redis: in this process, forgotten with it. What is lost, reconcile finds again. */
export class EmbeddedQueue implements JobQueue {
  readonly #options: EmbeddedOptions;
  readonly #lanes: ReadonlyMap<JobName, EmbeddedLane>;
  /** Jobs between two tries, by id. */
  readonly #pauses = new Map<string, { readonly entry: Entry; readonly end: () => void }>();
  readonly #running = new Set<Promise<void>>();
  #handlers: JobHandlers | undefined;
  #isClosing = false;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#lanes = new Map(JOB_NAMES.map((name) => [name, new EmbeddedLane(options.lanes[name])]));
  }

  async enqueue(given: Job, { supersede = false }: { readonly supersede?: boolean } = {}): Promise<void> {
    const job = parseJob(given);
    if (this.#isClosing) throw new QueueError('CLOSED', 'the queue is closing and takes no new jobs');
    const waiting = JOB_NAMES.reduce((total, name) => total + this.#lane(name).waiting, this.#pauses.size);
    if (waiting >= this.#options.maxWaiting) throw new QueueError('FULL', `${waiting} jobs wait already`);
    const id = jobId(job);
    // News is a better reason to try again than the end of a pause.
    this.#pauses.get(id)?.end();
    this.#pauses.delete(id);
    this.#lane(job.name).add({ id, job, tenant: tenantOf(job), tries: 0 }, { supersede });
    this.#start(job.name);
  }

  async consume(handlers: JobHandlers): Promise<void> {
    this.#handlers = handlers;
    for (const name of JOB_NAMES) this.#start(name);
  }

  async cancel(scope: CancelScope): Promise<void> {
    for (const [id, { entry, end }] of this.#pauses) {
      if (!isInScope(entry.job, scope)) continue;
      end();
      this.#pauses.delete(id);
    }
    for (const lane of this.#lanes.values()) lane.drop((job) => isInScope(job, scope));
  }

  async ready(): Promise<boolean> {
    return !this.#isClosing;
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    for (const { end } of this.#pauses.values()) end();
    this.#pauses.clear();
    const ended = Promise.all(this.#running).then(() => undefined);
    // A quarter of the time is left for those that have to be stopped.
    const stop = this.#options.timer.after(deadlineMs * 0.75, () => {
      for (const lane of this.#lanes.values()) lane.stopAll();
    });
    const late = Promise.withResolvers<void>();
    const giveUp = this.#options.timer.after(deadlineMs, late.resolve);
    await Promise.race([ended, late.promise]);
    stop();
    giveUp();
  }

  #lane(name: JobName): EmbeddedLane {
    const lane = this.#lanes.get(name);
    if (lane === undefined) throw new QueueError('MALFORMED', `there is no lane for ${name} jobs`);
    return lane;
  }

  #start(name: JobName): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    while (!this.#isClosing) {
      const taken = this.#lane(name).take();
      if (taken === undefined) return;
      const work = this.#run(handlers[name], taken.entry, taken.signal);
      this.#running.add(work);
      void work.finally(() => this.#running.delete(work));
    }
  }

  /** Never throws: what a handler throws ends here. */
  async #run(handler: JobHandler, entry: Entry, signal: AbortSignal): Promise<void> {
    // A handler that throws at once must not do so inside enqueue.
    await Promise.resolve();
    const failed = await attempt(() => handler.run(entry.job, signal));
    const runsAgain = this.#lane(entry.job.name).finish(entry.id);
    const isDone = failed === undefined || stopReason(signal) !== undefined;
    if (!isDone && !runsAgain) await this.#failed(handler, { ...entry, tries: entry.tries + 1 }, failed.error);
    this.#start(entry.job.name);
  }

  async #failed(handler: JobHandler, entry: Entry, error: unknown): Promise<void> {
    const { retry, timer, log } = this.#options;
    const pauseMs = pauseBeforeRetry(error, entry.tries, retry);
    if (pauseMs === undefined) {
      const failed = await attempt(() => handler.gaveUp(entry.job, error));
      if (failed !== undefined) log.error({ job: entry.id }, 'a failed job could not be reported');
      return;
    }
    if (this.#isClosing) return;
    const end = timer.after(pauseMs, () => {
      this.#pauses.delete(entry.id);
      this.#lane(entry.job.name).add(entry, { supersede: false });
      this.#start(entry.job.name);
    });
    this.#pauses.set(entry.id, { entry, end });
  }
}

async function attempt(work: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}
