import { createHash } from 'node:crypto';
import { parseCommitSha, parseInstallationId, parseRepositoryId } from '../src/model/ids.ts';
import type { Subject } from '../src/model/subject.ts';
import { parseVerdictId, type VerdictKey } from '../src/model/verdict-key.ts';
import type { CheckRun, PullRequest, RepositoryRef } from '../src/ports/change-host.ts';
import type { PublishJob } from '../src/ports/queue.ts';
import type { StoredRun, StoredVerdict } from '../src/ports/store.ts';
import { sharedHeadNote, supersededReport } from '../src/report/run-states.ts';
import type { RunReport, WorkerDeps } from './deps.ts';
import { type Head, idOf, type Member, nameOf } from './head.ts';
import { review } from './review.ts';
import { newestRun } from './subject.ts';

/**
 * Publishes all that is known of one head. A check run stands on a commit, so it says `success` only when every open pull
 * request with that head passed (DESIGN 4). Run twice, it changes nothing.
 */
export async function publish(deps: WorkerDeps, job: PublishJob, signal: AbortSignal): Promise<void> {
  const { host, store, log } = deps;
  const key = parseVerdictId(job.verdict);
  const ref = { installation: parseInstallationId(key.installation), repository: parseRepositoryId(key.repository) };
  const own = await store.verdictById(job.verdict);
  if (own === undefined) {
    log.warn({ verdict: job.verdict }, 'a verdict is not in the store any more; reconcile asks for it again');
    return;
  }
  const head = parseCommitSha(key.head);
  const at: Head = { ref, head, runs: await host.checkRuns(ref, head) };
  const { members, lacking } = await membersOn(deps, at, own);
  signal.throwIfAborted();
  for (const pull of lacking) await askFor(deps, ref, pull);
  for (const member of members) {
    const others = members.filter((other) => other !== member && conclusionOf(other) !== 'success');
    const isWaiting = conclusionOf(member) === 'success' && others.length === 0 && lacking.length > 0;
    if (isWaiting) continue;
    await publishRun(deps, at, { member, others });
    signal.throwIfAborted();
    await review(deps, at, member);
  }
}

interface Found {
  readonly members: readonly Member[];
  /** Open pull requests with this head that have no verdict yet. */
  readonly lacking: readonly PullRequest[];
}

async function membersOn(deps: WorkerDeps, at: Head, own: StoredVerdict): Promise<Found> {
  const ownNumber = numberOf(own.key);
  if (ownNumber === undefined) return { members: [memberOf(deps, own)], lacking: [] };
  const open = (await deps.host.openPullRequests(at.ref)).filter(({ head }) => head === at.head);
  const members: Member[] = [];
  const lacking: PullRequest[] = [];
  for (const pull of open) {
    const stored = pull.number === ownNumber ? own : await verdictOf(deps, at, pull);
    if (stored === undefined) lacking.push(pull);
    else members.push(memberOf(deps, stored, pull));
  }
  if (open.some(({ number }) => number === ownNumber)) return { members, lacking };
  return { members: [...members, ...(await ownWhenNotOpen(deps, at, own))], lacking };
}

/** A29: the head moved on while it was judged, so nothing is said about the old one; or it was closed or merged. */
async function ownWhenNotOpen(deps: WorkerDeps, at: Head, own: StoredVerdict): Promise<readonly Member[]> {
  const pull = await deps.host.pullRequest(at.ref, numberOf(own.key) ?? 0);
  if (pull.head === at.head) return [memberOf(deps, own)];
  const result = { conclusion: 'cancelled', report: supersededReport() } as const;
  for (const run of at.runs.filter((candidate) => candidate.externalId === idOf(own) && !candidate.completed)) {
    await deps.host.completeRun(at.ref, run, result, () => Promise.resolve());
  }
  return [];
}

async function verdictOf(
  { store, rules }: WorkerDeps,
  at: Head,
  pull: PullRequest,
): Promise<StoredVerdict | undefined> {
  const attempt = newestRun(at.runs, pull, rules)?.attempt ?? 1;
  const subject = `pull/${pull.number}`;
  return await store.verdictFor({ ...at.ref, subject, head: at.head, base: pull.base, rules, attempt });
}

function memberOf({ report }: WorkerDeps, stored: StoredVerdict, pull?: PullRequest): Member {
  return { stored, pull, report: report(stored.verdict, { hunks: stored.hunks }) };
}

async function askFor({ queue }: WorkerDeps, ref: RepositoryRef, { number }: PullRequest): Promise<void> {
  const of = { version: 1, ...ref, subject: { kind: 'pull', number } } as const;
  await queue.enqueue({ name: 'announce', ...of, why: 'changed' });
  await queue.enqueue({ name: 'validate', ...of });
}

function conclusionOf({ stored, report }: Member): RunReport['conclusion'] {
  return stored.ended === 'timed_out' ? 'timed_out' : report.conclusion;
}

interface Publication {
  readonly member: Member;
  /** Those with the same head that did not pass. */
  readonly others: readonly Member[];
}

async function publishRun(deps: WorkerDeps, at: Head, { member, others }: Publication): Promise<void> {
  const { host, store } = deps;
  const result = resultOf(member, others);
  const publishedDigest = digestOf(result);
  const run = await runFor(deps, at, member);
  const name = nameOf(member.stored.key);
  const before = await store.run(name);
  const isKnown = before?.externalId === run.externalId;
  if (run.completed && isKnown && before.publishedDigest === publishedDigest) return;
  const remember = async (annotations: number, digest: string): Promise<void> => {
    // A run for an older base must not displace what is known of the newest one.
    if (before !== undefined && !isKnown && member.pull?.base !== member.stored.key.base) return;
    await store.putRun(name, { ...recordOf(member, run, before), annotations, publishedDigest: digest });
  };
  await host.completeRun(at.ref, run, result, (annotations) => remember(annotations, ''));
  await remember(Math.max(run.annotations, result.report.annotations.length), publishedDigest);
}

function resultOf(member: Member, others: readonly Member[]) {
  const conclusion = conclusionOf(member);
  const { report } = member.report;
  if (conclusion !== 'success' || others.length === 0) return { conclusion, report };
  const note = sharedHeadNote(others.map(({ stored }) => numberOf(stored.key) ?? 0));
  return { conclusion: 'failure', report: { ...report, summary: `${note}\n\n${report.summary}` } } as const;
}

/** The newest run of that id; an older one that a lost answer left behind (C14) is not left hanging. */
async function runFor({ host }: WorkerDeps, { ref, head, runs }: Head, { stored }: Member): Promise<CheckRun> {
  const id = idOf(stored);
  const [run, ...doubles] = runs.filter(({ externalId }) => externalId === id);
  for (const double of doubles.filter(({ completed }) => !completed)) {
    const result = { conclusion: 'cancelled', report: supersededReport() } as const;
    await host.completeRun(ref, double, result, () => Promise.resolve());
  }
  return run ?? (await host.startRun(ref, head, id));
}

function recordOf(
  { stored }: Member,
  run: CheckRun,
  before: StoredRun | undefined,
): Omit<StoredRun, 'annotations' | 'publishedDigest'> {
  return {
    checkRunId: run.id,
    externalId: run.externalId,
    reviewId: before?.externalId === run.externalId ? before.reviewId : null,
    subject: before?.subject ?? subjectOf(stored.key),
    commented: before?.commented ?? [],
  };
}

function numberOf({ subject }: VerdictKey): number | undefined {
  return subject.startsWith('pull/') ? Number(subject.slice('pull/'.length)) : undefined;
}

/** Only where announce never came to write it down; the branch of a group is not in its key. */
function subjectOf(key: VerdictKey): Subject {
  const number = numberOf(key);
  if (number !== undefined) return { kind: 'pull', number };
  return { kind: 'group', head: parseCommitSha(key.head), base: parseCommitSha(key.base), baseBranch: 'HEAD' };
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
