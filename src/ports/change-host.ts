import { PresyncError } from '../model/error.ts';
import type { CommitSha, InstallationId, RepositoryId } from '../model/ids.ts';
import type { Person } from '../model/person.ts';

export class ChangeHostError extends PresyncError<'UNREACHABLE' | 'RATE_LIMITED' | 'DENIED' | 'NOT_FOUND' | 'REFUSED'> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE' || this.code === 'RATE_LIMITED';
  }
}

export interface RepositoryRef {
  readonly installation: InstallationId;
  readonly repository: RepositoryId;
}

export interface RepositoryFacts {
  readonly owner: string;
  readonly name: string;
  readonly cloneUrl: string;
  /** Names under which manifests may know it: clone, ssh and html URLs. */
  readonly urls: readonly string[];
  readonly defaultBranch: string;
}

export interface PullRequest {
  readonly number: number;
  readonly open: boolean;
  readonly head: CommitSha;
  readonly base: CommitSha;
  readonly baseBranch: string;
  /** From another repository: its author may not write here. */
  readonly fromFork: boolean;
}

/** GitHub's limits on these stand in https://docs.github.com/rest/checks/runs and are the adapter's business. */
export interface CheckRunReport {
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly annotations: readonly Annotation[];
}

export interface Annotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

export interface ReviewComment {
  readonly path: string;
  readonly line: number;
  /** First line where several are meant; equal to `line` for one. */
  readonly startLine: number;
  readonly body: string;
}

/** `neutral` and `skipped` satisfy a required check on GitHub and have no word here. */
export type RunConclusion = 'success' | 'failure' | 'cancelled' | 'timed_out';

export interface CheckRun {
  readonly id: number;
  readonly head: CommitSha;
  readonly externalId: string;
  readonly completed: boolean;
  readonly annotations: number;
}

/** The forge that holds the change, asked as the App. Throws ChangeHostError. */
export interface ChangeHost {
  repository(ref: RepositoryRef): Promise<RepositoryFacts>;
  pullRequest(ref: RepositoryRef, number: number): Promise<PullRequest>;
  openPullRequests(ref: RepositoryRef): Promise<readonly PullRequest[]>;
  /** May this person write to the repository: push, maintain or administer? False for whoever is none of its collaborators. */
  mayWrite(ref: RepositoryRef, person: Person): Promise<boolean>;
  /** Repositories that the App may see, over all installations, to the last page. */
  repositories(): Promise<readonly RepositoryRef[]>;
  /** A token that can read this one repository's contents and nothing else; revoke it when done. */
  readToken(ref: RepositoryRef): Promise<{ readonly token: string; revoke(): Promise<void> }>;
  /** Own check runs of the name `presync` on a head, newest first. */
  checkRuns(ref: RepositoryRef, head: CommitSha): Promise<readonly CheckRun[]>;
  startRun(ref: RepositoryRef, head: CommitSha, externalId: string): Promise<CheckRun>;
  /** Sends what `run` does not have yet, then the conclusion; `onProgress` hears how many annotations stand. */
  completeRun(
    ref: RepositoryRef,
    run: CheckRun,
    result: { readonly conclusion: RunConclusion; readonly report: CheckRunReport },
    onProgress: (annotations: number) => Promise<void>,
  ): Promise<void>;
  /** Own reviews of a pull request for a head: the ids of those that carry `marker`. */
  reviews(ref: RepositoryRef, number: number, marker: string): Promise<readonly number[]>;
  /** One review with event COMMENT. */
  review(
    ref: RepositoryRef,
    number: number,
    review: { readonly head: CommitSha; readonly body: string; readonly comments: readonly ReviewComment[] },
  ): Promise<number>;
}
