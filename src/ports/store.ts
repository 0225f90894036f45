import type { Hunk } from '../model/change.ts';
import { PresyncError } from '../model/error.ts';
import type { LockEntry } from '../model/lock.ts';
import type { Person } from '../model/person.ts';
import type { Subject } from '../model/subject.ts';
import type { Verdict } from '../model/verdict.ts';
import type { VerdictKey } from '../model/verdict-key.ts';

export class StoreError extends PresyncError<'UNREACHABLE' | 'TOO_LARGE'> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE';
  }
}

/** A finished verdict with what publishing it needs to know. */
export interface StoredVerdict {
  readonly id: string;
  readonly key: VerdictKey;
  readonly verdict: Verdict;
  /** What the change wrote; comments may stand on these lines only. */
  readonly hunks: readonly Hunk[];
  /** Digest of the policy text that judged it, '' where it came to no judgement. */
  readonly policyDigest: string;
  /** `timed_out`: the deadline passed, and the verdict says so. */
  readonly ended: 'judged' | 'timed_out';
}

/** What is known of the newest check run of a subject on GitHub, by installation, repository and subject. */
export interface StoredRun {
  readonly checkRunId: number;
  readonly externalId: string;
  /** Annotations that GitHub has already taken; a resumed publish goes on from here (C2: they only append). */
  readonly annotations: number;
  readonly publishedDigest: string;
  readonly reviewId: number | null;
  readonly subject: Subject;
  /** Digests of the comments that stand in the pull request already; nobody wants to read them twice (U15). */
  readonly commented: readonly string[];
}

export interface RunName {
  readonly installation: number;
  readonly repository: number;
  readonly subject: string;
}

/** `of` is the head that was judged, or `queue` for what the merge queue of a branch was last judged by. */
export interface LockName {
  readonly installation: number;
  readonly repository: number;
  readonly of: string;
}

/** Exactly one state of one pull request: a push to it, or to its base branch, is another name. */
export interface LeaveName {
  readonly installation: number;
  readonly repository: number;
  readonly number: number;
  readonly head: string;
  readonly base: string;
}

/** Somebody who may write to the repository lets credentials be used for what a fork brings in (DESIGN 8). */
export interface Leave {
  readonly by: Person;
}

/**
 * Verdicts and what was published of them: bounded, with time to live and MAC, never with Secret values (DESIGN 9).
 * A value whose MAC does not hold is as good as absent. Throws StoreError.
 */
export interface Store {
  /** Answers the id; a verdict for the same key replaces the former. */
  putVerdict(key: VerdictKey, content: Omit<StoredVerdict, 'id' | 'key'>): Promise<string>;
  verdictById(id: string): Promise<StoredVerdict | undefined>;
  verdictFor(key: VerdictKey): Promise<StoredVerdict | undefined>;
  /** What content from elsewhere was when it was judged; replaces what was kept under the name. */
  putLock(name: LockName, entries: readonly LockEntry[]): Promise<void>;
  /** Empty where nothing is known. */
  lock(name: LockName): Promise<readonly LockEntry[]>;
  putLeave(name: LeaveName, leave: Leave): Promise<void>;
  leave(name: LeaveName): Promise<Leave | undefined>;
  putRun(name: RunName, run: StoredRun): Promise<void>;
  run(name: RunName): Promise<StoredRun | undefined>;
  /** Has this webhook delivery been remembered? */
  sawDelivery(id: string): Promise<boolean>;
  /** True the first time within the time to live (W7). Called once the work of it is durably queued (W4). */
  rememberDelivery(id: string): Promise<boolean>;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}
