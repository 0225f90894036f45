import type { PullRequest, RepositoryRef } from '../src/ports/change-host.ts';
import type { JobQueue, ReconcileJob } from '../src/ports/queue.ts';
import type { Log } from '../src/ports/log.ts';
import type { Timer } from '../src/ports/timer.ts';
import type { Subject } from '../src/model/subject.ts';
import type { CommitSha } from '../src/model/ids.ts';
import type { WorkerDeps } from './deps.ts';
import { giveLeave } from './leave.ts';
import { newestRun } from './subject.ts';

type Scope = NonNullable<ReconcileJob['scope']>;

/** GitHub holds the truth: what it has no finished run for is queued, whatever was lost on the way (W1, W5). */
export async function reconcile(deps: WorkerDeps, { scope }: ReconcileJob, signal: AbortSignal): Promise<void> {
  if (scope === null) await everywhere(deps);
  else if (scope.rerun === null) await unfinished(deps, scope, signal);
  else await rerun(deps, scope, scope.rerun);
}

async function everywhere({ host, queue }: WorkerDeps): Promise<void> {
  for (const ref of await host.repositories()) {
    await queue.enqueue({ name: 'reconcile', version: 1, scope: { ...ref, base: null, rerun: null, by: null } });
  }
}

async function unfinished(
  deps: WorkerDeps,
  { installation, repository, base }: Scope,
  signal: AbortSignal,
): Promise<void> {
  const { host, queue } = deps;
  const ref = { installation, repository };
  const pulls = await host.openPullRequests(ref);
  for (const pull of pulls.filter(({ baseBranch }) => base === null || baseBranch === base)) {
    signal.throwIfAborted();
    if (await isFinished(deps, ref, pull)) continue;
    const of = { version: 1, ...ref, subject: { kind: 'pull', number: pull.number } } as const;
    await queue.enqueue({ name: 'announce', ...of, why: 'changed' });
    await queue.enqueue({ name: 'validate', ...of });
  }
}

async function isFinished({ host, rules }: WorkerDeps, ref: RepositoryRef, pull: PullRequest): Promise<boolean> {
  const newest = newestRun(await host.checkRuns(ref, pull.head), pull, rules);
  return newest?.run.completed === true;
}

/** Somebody pressed "re-run": for whom the run was made is asked of GitHub and the store, never of the event (C10). */
async function rerun(deps: WorkerDeps, { installation, repository, by }: Scope, head: CommitSha): Promise<void> {
  const { host, store, queue, log } = deps;
  const ref = { installation, repository };
  const pulls = (await host.openPullRequests(ref)).filter((pull) => pull.head === head);
  const group = await store.run({ ...ref, subject: `group/${head}` });
  const subjects: readonly Subject[] = [
    ...pulls.map(({ number }) => ({ kind: 'pull', number }) as const),
    ...(group === undefined ? [] : [group.subject]),
  ];
  if (subjects.length === 0)
    log.info({ installation, repository }, 'a re-run was asked for a commit that nothing stands on');
  if (by !== null) await giveLeave(deps, ref, { pulls, by });
  for (const subject of subjects) await queue.enqueue({ name: 'announce', version: 1, ...ref, subject, why: 'rerun' });
}

interface Rounds {
  readonly queue: Pick<JobQueue, 'enqueue'>;
  readonly timer: Timer;
  readonly log: Log;
  readonly everyMs: number;
}

/** A pass now, and one after each pause; the answer ends them. */
export function startReconciling({ queue, timer, log, everyMs }: Rounds): () => void {
  const state: { end: () => void } = { end: () => undefined };
  function round(): void {
    queue.enqueue({ name: 'reconcile', version: 1, scope: null }).catch(() => {
      log.warn({}, 'a reconcile pass could not be queued; the next one follows');
    });
    state.end = timer.after(everyMs, round);
  }
  round();
  return () => {
    state.end();
  };
}
