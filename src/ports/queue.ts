import { PresyncError } from '../model/error.ts';
import type { CommitSha, InstallationId, RepositoryId } from '../model/ids.ts';
import type { Person } from '../model/person.ts';
import type { Subject } from '../model/subject.ts';

export class QueueError extends PresyncError<'MALFORMED' | 'UNREACHABLE' | 'FULL' | 'CLOSED' | 'STALLED'> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE' || this.code === 'FULL';
  }
}

interface OfSubject {
  readonly version: 1;
  readonly installation: InstallationId;
  readonly repository: RepositoryId;
  readonly subject: Subject;
}

/** Brings the check runs of a subject in line with what became of it, before anything is validated. */
export interface AnnounceJob extends OfSubject {
  readonly name: 'announce';
  readonly why: 'changed' | 'rerun' | 'ended';
}

export interface ValidateJob extends OfSubject {
  readonly name: 'validate';
}

/** Publishes all that is known of the head that the verdict stands on. */
export interface PublishJob {
  readonly name: 'publish';
  readonly version: 1;
  readonly verdict: string;
}

/**
 * Looks for work that was lost: everywhere, in one repository, there for pull requests onto the branch `base`, or for the
 * head `rerun` that `by` asked to run again (null: nobody who can be named).
 */
export interface ReconcileJob {
  readonly name: 'reconcile';
  readonly version: 1;
  readonly scope: null | {
    readonly installation: InstallationId;
    readonly repository: RepositoryId;
    readonly base: string | null;
    readonly rerun: CommitSha | null;
    readonly by: Person | null;
  };
}

export type Job = AnnounceJob | ValidateJob | PublishJob | ReconcileJob;
export type JobName = Job['name'];

/** Why the signal of a running job fires; each but `cancelled` means that the job runs again, here or elsewhere. */
export type StopReason = 'superseded' | 'cancelled' | 'closing' | 'lost';

export interface JobHandler<Kind extends Job = Job> {
  /** At least once, never twice at a time for one id; a retryable PresyncError is tried again, a few times. */
  run(job: Kind, signal: AbortSignal): Promise<void>;
  /** Called once a job has failed for good. */
  gaveUp(job: Kind, error: unknown): Promise<void>;
}

export type JobHandlers = { readonly [Name in JobName]: JobHandler<Extract<Job, { name: Name }>> };

/** Jobs of one installation; of one repository, of one subject, where these are given. */
export interface CancelScope {
  readonly installation: InstallationId;
  readonly repository?: RepositoryId;
  readonly subject?: Subject;
}

/** Throws QueueError. */
export interface JobQueue {
  /**
   * The job is as durable as the carrier can make it when this resolves. One that waits under the same id is that job;
   * one that runs runs again afterwards, and is stopped now when the new one supersedes it.
   */
  enqueue(job: Job, options?: { readonly supersede?: boolean }): Promise<void>;
  consume(handlers: JobHandlers): Promise<void>;
  /** Drops waiting announcements and validations of the scope and stops running ones. */
  cancel(scope: CancelScope): Promise<void>;
  ready(): Promise<boolean>;
  /** Takes no new work, lets running jobs end, and stops them before the deadline. */
  close(deadlineMs: number): Promise<void>;
}
