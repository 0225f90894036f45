import { parseExternalId } from '../src/model/external-id.ts';
import type { CommitSha } from '../src/model/ids.ts';
import type { CheckRun, PullRequest } from '../src/ports/change-host.ts';
import type { AnnounceJob } from '../src/ports/queue.ts';
import type { StoredRun } from '../src/ports/store.ts';
import { supersededReport } from '../src/report/run-states.ts';
import type { WorkerDeps } from './deps.ts';
import { newestRun, readPull, refOf, runIdOf, runNameOf } from './subject.ts';

/**
 * Makes the runs on GitHub say what is going on, before anything is judged: one in progress for the head and base of now,
 * none left hanging for those that were before (C8, U14).
 */
export async function announce(deps: WorkerDeps, job: AnnounceJob, signal: AbortSignal): Promise<void> {
  const { host, store, queue } = deps;
  const pull = await readPull(host, job);
  const before = await store.run(runNameOf(job));
  const isOver = job.why === 'ended' || !pull.open;
  const oldHead = parseExternalId(before?.externalId ?? '')?.head;
  if (oldHead !== undefined && oldHead !== pull.head) await settle(deps, job, oldHead);
  signal.throwIfAborted();
  await settle(deps, job, pull.head, isOver ? undefined : pull.base);
  if (isOver) return;
  const started = await startedRun(deps, job, pull);
  await store.putRun(runNameOf(job), recordOf(job, started.run, before));
  if (started.isRerun) {
    const { version, installation, repository, subject } = job;
    await queue.enqueue({ name: 'validate', version, installation, repository, subject });
  }
}

function recordOf({ subject }: AnnounceJob, run: CheckRun, before: StoredRun | undefined): StoredRun {
  const { id: checkRunId, externalId, annotations } = run;
  if (before?.externalId === externalId) return { ...before, checkRunId, subject };
  const commented = before?.commented ?? [];
  return { checkRunId, externalId, annotations, publishedDigest: '', reviewId: null, subject, commented };
}

/** C2: a re-run is a new run, for what the old one was told cannot be taken back. */
async function startedRun({ host, rules }: WorkerDeps, job: AnnounceJob, pull: PullRequest) {
  const ref = refOf(job);
  const newest = newestRun(await host.checkRuns(ref, pull.head), pull, rules);
  const isRerun = job.why === 'rerun';
  if (newest !== undefined && !(isRerun && newest.run.completed)) return { run: newest.run, isRerun };
  const attempt = (newest?.attempt ?? 0) + 1;
  return { run: await host.startRun(ref, pull.head, runIdOf(pull, { rules, attempt })), isRerun };
}

/** Completes the open runs on a head that nobody waits for any more; `base` is that of the one somebody waits for. */
async function settle(deps: WorkerDeps, job: AnnounceJob, head: CommitSha, base?: CommitSha): Promise<void> {
  const { host } = deps;
  const ref = refOf(job);
  const open = (await host.checkRuns(ref, head)).filter((run) => !run.completed && baseOf(run) !== base);
  if (open.length === 0) return;
  const own = job.subject.kind === 'pull' ? job.subject.number : 0;
  const pulls = job.subject.kind === 'pull' ? await host.openPullRequests(ref) : [];
  const wanted = new Set(pulls.filter((pull) => pull.head === head && pull.number !== own).map((pull) => pull.base));
  for (const run of open) {
    const runBase = baseOf(run);
    if (runBase === undefined || wanted.has(runBase)) continue;
    const result = { conclusion: 'cancelled', report: supersededReport() } as const;
    await host.completeRun(ref, run, result, () => Promise.resolve());
  }
}

function baseOf({ externalId }: CheckRun): CommitSha | undefined {
  return parseExternalId(externalId)?.base;
}
