import { type CommitSha, parseCommitSha } from '../src/model/ids.ts';
import type { VerdictKey } from '../src/model/verdict-key.ts';
import type { CheckRun, PullRequest, RepositoryRef } from '../src/ports/change-host.ts';
import type { RunName, StoredVerdict } from '../src/ports/store.ts';
import type { RunReport } from './deps.ts';
import { runIdOf } from './subject.ts';

/** A commit that check runs stand on; `runs` newest first. */
export interface Head {
  readonly ref: RepositoryRef;
  readonly head: CommitSha;
  readonly runs: readonly CheckRun[];
}

/** One change that stands on the head: its verdict, and the pull request if it is one that still waits for it. */
export interface Member {
  readonly stored: StoredVerdict;
  readonly pull: PullRequest | undefined;
  readonly report: RunReport;
}

export function nameOf({ installation, repository, subject }: VerdictKey): RunName {
  return { installation, repository, subject };
}

/** The external id of the run that a verdict belongs to. */
export function idOf({ key }: StoredVerdict): string {
  return runIdOf({ head: parseCommitSha(key.head), base: parseCommitSha(key.base) }, key);
}
