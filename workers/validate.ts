import { PresyncError, sentenceOf } from '../src/model/error.ts';
import { maskSentence } from '../src/model/secret-text.ts';
import type { Verdict } from '../src/model/verdict.ts';
import type { VerdictKey } from '../src/model/verdict-key.ts';
import type { PullRequest } from '../src/ports/change-host.ts';
import type { ValidateJob } from '../src/ports/queue.ts';
import type { LockName, StoredVerdict } from '../src/ports/store.ts';
import { COULD_NOT_CHECK } from '../src/report/run-states.ts';
import type { Judged, WorkerDeps } from './deps.ts';
import { leaveOf } from './leave.ts';
import { keyFor, newestRun, readPull, refOf } from './subject.ts';

/** More references than the largest public repositories have. */
const MAX_LOCK = 2000;

type Content = Omit<StoredVerdict, 'id' | 'key'>;

/** One change to a stored verdict; what cannot be judged becomes a verdict that says so, and is published like any other. */
export async function validate(deps: WorkerDeps, job: ValidateJob, signal: AbortSignal): Promise<void> {
  const { host, store, queue } = deps;
  const pull = await readPull(host, job);
  if (!pull.open) return;
  const key = await keyOf(deps, job, pull);
  const known = await store.verdictFor(key);
  signal.throwIfAborted();
  const id = known?.id ?? (await store.putVerdict(key, await judged(deps, { job, pull, signal })));
  await queue.enqueue({ name: 'publish', version: 1, verdict: id });
}

/** Nothing may be left hanging: when the tries are used up, the verdict is that it could not be checked (C7). */
export async function validateGaveUp(deps: WorkerDeps, job: ValidateJob, error: unknown): Promise<void> {
  const { host, store, queue, log } = deps;
  log.error({ installation: job.installation, repository: job.repository }, 'a validation was given up');
  const pull = await readPull(host, job);
  if (!pull.open) return;
  const key = await keyOf(deps, job, pull);
  const known = await store.verdictFor(key);
  const id = known?.id ?? (await store.putVerdict(key, couldNotCheck(pull, reasonOf(error))));
  await queue.enqueue({ name: 'publish', version: 1, verdict: id });
}

async function keyOf({ host, rules }: WorkerDeps, job: ValidateJob, pull: PullRequest): Promise<VerdictKey> {
  const newest = newestRun(await host.checkRuns(refOf(job), pull.head), pull, rules);
  return keyFor(job, pull, { rules, attempt: newest?.attempt ?? 1 });
}

interface Task {
  readonly job: ValidateJob;
  readonly pull: PullRequest;
  readonly signal: AbortSignal;
}

async function judged(deps: WorkerDeps, task: Task): Promise<Content> {
  const { timer, log, validateDeadlineMs } = deps;
  const deadline = new AbortController();
  const stop = timer.after(validateDeadlineMs, () => {
    deadline.abort();
  });
  try {
    const result = await judgedBefore(deps, task, AbortSignal.any([task.signal, deadline.signal]));
    if (!isOf(result, task.pull)) return couldNotCheck(task.pull, COULD_NOT_CHECK.otherChange);
    await keepLock(deps, task, result.verdict.lock);
    return { ...result, ended: 'judged' };
  } catch (error) {
    // A stop is the queue's business: the job is over, or runs again.
    task.signal.throwIfAborted();
    if (deadline.signal.aborted) return timedOut(task.pull, validateDeadlineMs);
    if (error instanceof PresyncError && error.retryable) throw error;
    const { installation, repository } = task.job;
    log.error({ installation, repository, why: maskSentence(sentenceOf(error)) }, 'a change could not be judged');
    return couldNotCheck(task.pull, reasonOf(error));
  } finally {
    stop();
  }
}

async function judgedBefore(deps: WorkerDeps, { job, pull }: Task, signal: AbortSignal): Promise<Judged> {
  const { host, judge } = deps;
  const ref = refOf(job);
  const facts = await host.repository(ref);
  const access = await host.readToken(ref);
  try {
    signal.throwIfAborted();
    const lock = await deps.store.lock(lockName(job, pull));
    const leave = await leaveOf(deps.store, job, pull);
    const input = { ref, facts, pull, subject: job.subject, token: access.token, lock, leave };
    return await unlessAborted(judge(input, signal), signal);
  } finally {
    await access.revoke();
  }
}

/** A merge group has commits of its own; what its pull requests were judged by stands under a name of the repository. */
const QUEUE = 'queue';

function lockName({ installation, repository, subject }: ValidateJob, { head }: PullRequest): LockName {
  return { installation, repository, of: subject.kind === 'pull' ? head : QUEUE };
}

/**
 * The first judgement of a head says what its references mean (DESIGN 6), also where a later one had no need of them; the queue goes by
 * the newest of all.
 */
async function keepLock({ store }: WorkerDeps, { job, pull }: Task, lock: Verdict['lock']): Promise<void> {
  if (job.subject.kind !== 'pull' || lock.length === 0) return;
  const names = [lockName(job, pull), { installation: job.installation, repository: job.repository, of: QUEUE }];
  for (const name of names) await store.putLock(name, withNewer(await store.lock(name), lock));
}

function withNewer(known: Verdict['lock'], newer: Verdict['lock']): Verdict['lock'] {
  const all = new Map(known.map((entry) => [`${entry.kind} ${entry.ref}`, entry]));
  for (const entry of newer) {
    const name = `${entry.kind} ${entry.ref}`;
    // Taken out first, so that the newest stand last.
    all.delete(name);
    all.set(name, entry);
  }
  return [...all.values()].slice(-MAX_LOCK);
}

/** A judge that does not heed the signal must not hold the job past its deadline. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A29: a verdict counts for the commits that it names, and for no others. */
function isOf({ verdict }: Judged, { head, base }: PullRequest): boolean {
  return verdict.head === head && verdict.base === base;
}

function timedOut(pull: PullRequest, deadlineMs: number): Content {
  return { ...couldNotCheck(pull, COULD_NOT_CHECK.timedOut(Math.ceil(deadlineMs / 60_000))), ended: 'timed_out' };
}

function couldNotCheck({ head, base }: PullRequest, sentence: string): Content {
  const nothing = { apps: [], changes: [], checks: [], findings: [], images: [], lock: [] };
  const verdict: Verdict = {
    schema: 'presync.verdict/v1',
    conclusion: 'errored',
    base,
    head,
    tree: '',
    versions: {},
    ...nothing,
    notes: [sentence],
    timings: {},
  };
  return { verdict, hunks: [], policyDigest: '', ended: 'judged' };
}

/** Our own errors are written for users; what others throw may hold anything. */
function reasonOf(error: unknown): string {
  return error instanceof PresyncError ? sentenceOf(error) : COULD_NOT_CHECK.unexpected;
}
