import type { CancelScope, Job, JobHandlers, JobQueue } from '../../src/ports/queue.ts';
import { QueueError } from '../../src/ports/queue.ts';

/** Remembers what was asked of it, and runs nothing. */
export class FakeQueue implements JobQueue {
  isDown = false;
  readonly jobs: Job[] = [];
  readonly superseding: Job[] = [];
  readonly cancelled: CancelScope[] = [];
  handlers: JobHandlers | undefined;

  #reach(): void {
    if (this.isDown) throw new QueueError('UNREACHABLE', 'the queue did not answer');
  }

  async enqueue(job: Job, { supersede = false }: { readonly supersede?: boolean } = {}): Promise<void> {
    this.#reach();
    this.jobs.push(job);
    if (supersede) this.superseding.push(job);
  }

  async consume(handlers: JobHandlers): Promise<void> {
    this.handlers = handlers;
  }

  async cancel(scope: CancelScope): Promise<void> {
    this.#reach();
    this.cancelled.push(scope);
  }

  async ready(): Promise<boolean> {
    return !this.isDown;
  }

  async close(): Promise<void> {}
}
