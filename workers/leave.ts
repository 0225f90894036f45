import type { Person } from '../src/model/person.ts';
import type { PullRequest, RepositoryRef } from '../src/ports/change-host.ts';
import type { ValidateJob } from '../src/ports/queue.ts';
import type { Leave, LeaveName, Store } from '../src/ports/store.ts';
import type { WorkerDeps } from './deps.ts';

interface Asked {
  readonly pulls: readonly PullRequest[];
  readonly by: Person;
}

/**
 * A re-run by somebody who may write is his leave to use credentials for what these pull requests bring in, as they stand now (DESIGN 8).
 * What he may do is GitHub's answer, for an event says only who he is; a fork's author is asked about like everybody else.
 */
export async function giveLeave(
  { host, store, log }: Pick<WorkerDeps, 'host' | 'store' | 'log'>,
  ref: RepositoryRef,
  { pulls, by }: Asked,
): Promise<void> {
  const forks = pulls.filter(({ fromFork }) => fromFork);
  if (forks.length === 0) return;
  const mayWrite = await host.mayWrite(ref, by);
  for (const pull of forks) {
    const { number, head, base } = pull;
    const facts = { ...ref, pull: number, head, base, by: by.login, byId: by.id };
    if (mayWrite) await store.putLeave(nameOf(ref, pull), { by });
    if (mayWrite) log.info(facts, 'a re-run lets credentials be used for what a fork brings in');
    else log.info(facts, 'a re-run by somebody without write permission lets no credentials be used');
  }
}

/**
 * The leave for a pull request from a fork as it stands now. A merge group is of no fork and needs none: its commits are made in this
 * repository, because somebody who may write put the pull request into the queue.
 */
export async function leaveOf(
  store: Pick<Store, 'leave'>,
  job: ValidateJob,
  pull: PullRequest,
): Promise<Leave | undefined> {
  return pull.fromFork ? await store.leave(nameOf(job, pull)) : undefined;
}

function nameOf({ installation, repository }: RepositoryRef, { number, head, base }: PullRequest): LeaveName {
  return { installation, repository, number, head, base };
}
