import type { CancelScope, Job } from '../ports/queue.ts';

/** What an event asks of the queue: first what to stop, then what to do. */
export interface Plan {
  readonly cancel: readonly CancelScope[];
  readonly jobs: readonly PlannedJob[];
}

export interface PlannedJob {
  readonly job: Job;
  /** Stops the same job where it runs: what it works on is out of date. */
  readonly supersede: boolean;
}

export const NOTHING: Plan = { cancel: [], jobs: [] };
