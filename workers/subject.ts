import { type RunIdentity, externalId, parseExternalId } from '../src/model/external-id.ts';
import type { CommitSha } from '../src/model/ids.ts';
import { subjectKey } from '../src/model/subject.ts';
import type { VerdictKey } from '../src/model/verdict-key.ts';
import type { ChangeHost, CheckRun, PullRequest, RepositoryRef } from '../src/ports/change-host.ts';
import type { AnnounceJob, ValidateJob } from '../src/ports/queue.ts';
import type { RunName } from '../src/ports/store.ts';

type OfSubject = AnnounceJob | ValidateJob;

/** The facts, read again from GitHub: a job says only what to look at (A28). */
export async function readPull(host: ChangeHost, job: OfSubject): Promise<PullRequest> {
  const { subject } = job;
  if (subject.kind === 'pull') return await host.pullRequest(refOf(job), subject.number);
  const { head, base, baseBranch } = subject;
  return { number: 0, open: true, head, base, baseBranch, fromFork: false };
}

export function refOf({ installation, repository }: RepositoryRef): RepositoryRef {
  return { installation, repository };
}

export function runNameOf({ installation, repository, subject }: OfSubject): RunName {
  return { installation, repository, subject: subjectKey(subject) };
}

interface Place {
  readonly head: CommitSha;
  readonly base: CommitSha;
}

/** The newest run for a head, a base and the rules of now, with its attempt; `runs` are newest first. */
export function newestRun(
  runs: readonly CheckRun[],
  { head, base }: Place,
  rules: string,
): { readonly run: CheckRun; readonly attempt: number } | undefined {
  for (const run of runs) {
    const identity = parseExternalId(run.externalId);
    const isSame = identity?.head === head && identity.base === base && identity.rules === rules;
    if (isSame) return { run, attempt: identity.attempt };
  }
  return undefined;
}

/** The key of the verdict that the newest run waits for. */
export function keyFor(
  job: OfSubject,
  { head, base }: Place,
  run: { readonly rules: string; readonly attempt: number },
): VerdictKey {
  const { rules, attempt } = run;
  return { ...runNameOf(job), head, base, rules, attempt };
}

export function runIdOf({ head, base }: Place, { rules, attempt }: Pick<RunIdentity, 'rules' | 'attempt'>): string {
  return externalId({ head, base, rules, attempt });
}
