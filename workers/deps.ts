import type { Hunk } from '../src/model/change.ts';
import type { LockEntry } from '../src/model/lock.ts';
import type { Subject } from '../src/model/subject.ts';
import type { Verdict } from '../src/model/verdict.ts';
import type {
  ChangeHost,
  CheckRunReport,
  PullRequest,
  RepositoryFacts,
  RepositoryRef,
  ReviewComment,
  RunConclusion,
} from '../src/ports/change-host.ts';
import type { Log } from '../src/ports/log.ts';
import type { JobQueue } from '../src/ports/queue.ts';
import type { Leave, Store } from '../src/ports/store.ts';
import type { Timer } from '../src/ports/timer.ts';

/** What one change is, with a token that can read the repository's contents for as long as the job runs. */
export interface JudgeInput {
  readonly ref: RepositoryRef;
  readonly facts: RepositoryFacts;
  /** A merge group comes as an open pull request with the number 0; `subject` tells them apart. */
  readonly pull: PullRequest;
  readonly subject: Subject;
  readonly token: string;
  /** What content from elsewhere was when this head, or what waits in the queue before it, was judged first. */
  readonly lock: readonly LockEntry[];
  /** Of a pull request from a fork: who lets credentials be used for what it brings in. */
  readonly leave?: Leave | undefined;
}

export interface Judged {
  readonly verdict: Verdict;
  readonly policyDigest: string;
  readonly hunks: readonly Hunk[];
}

export type Judge = (input: JudgeInput, signal: AbortSignal) => Promise<Judged>;

export interface RunReport {
  readonly conclusion: RunConclusion;
  readonly report: CheckRunReport;
  readonly comments: readonly ReviewComment[];
  readonly reviewBody: string;
}

export type ReportRun = (verdict: Verdict, context: { readonly hunks: readonly Hunk[] }) => RunReport;

/** All that the jobs need of the world. */
export interface WorkerDeps {
  readonly host: ChangeHost;
  readonly store: Store;
  readonly queue: Pick<JobQueue, 'enqueue'>;
  readonly timer: Timer;
  readonly log: Log;
  readonly judge: Judge;
  readonly report: ReportRun;
  /** Hex digest of everything besides the base commit that judges: the operator's configuration and the build. */
  readonly rules: string;
  /** Shorter than the merge queue waits (S8). */
  readonly validateDeadlineMs: number;
}
