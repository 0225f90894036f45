import { git, mergeCommit } from './git.ts';
import { OWNER, userToken } from './peer.ts';
import { tipOf } from './repositories.ts';
import { shownPull } from './routes/pulls.ts';
import type {
  DeliverOptions,
  Delivery,
  Event,
  Json,
  MergeGroup,
  OpenOptions,
  PullRequest,
  Repository,
} from './types.ts';
import { deliver, eventFor } from './webhooks.ts';
import { nextCommitSecond, pullKey, pullOf, repositoryOf, type Pull, type World } from './world.ts';

export interface Sent extends DeliverOptions {
  readonly silent?: boolean;
}

/** A pull request as people open it; `owner:branch` names a fork's branch. */
export async function openPullRequest(world: World, options: OpenOptions): Promise<PullRequest> {
  const repository = repositoryOf(world, options.repo);
  const head = headOf(world, repository, options.head);
  const headSha = await tipOf(head.repository.gitDir, head.ref);
  const baseSha = await tipOf(repository.gitDir, options.base);
  const { title, body = null, draft = false, base, user = head.user } = options;
  const path = `/repos/${repository.fullName}`;
  // The peer makes branches that it does not know; whoever opens must be allowed to.
  if (user !== OWNER)
    await world.peer.must('PUT', `${path}/collaborators/${user}`, userToken(OWNER), { permission: 'push' });
  const asked = { title, body, draft, base, head: options.head };
  const answer = await world.peer.must('POST', `${path}/pulls`, userToken(user), asked);
  const number = Number((answer.body as Json)['number']);
  const pull: Pull = {
    repo: repository.fullName,
    number,
    headRepo: head.repository.fullName,
    headRef: head.ref,
    headSha,
    baseRef: base,
    baseSha,
    mergeSha: null,
    heads: [],
  };
  world.pulls.set(pullKey(pull.repo, number), pull);
  await moveHead(world, pull, headSha);
  if (!options.silent) await sendPull(world, pull, { action: 'opened' });
  return seen(pull);
}

interface Head {
  readonly repository: Repository;
  readonly ref: string;
  /** Who opens, unless somebody else is named. */
  readonly user: string;
}

function headOf(world: World, base: Repository, head: string): Head {
  const [first = '', second] = head.split(':');
  if (second === undefined) return { repository: base, ref: first, user: [...world.users.keys()][0] ?? OWNER };
  if (first === base.owner) return { repository: base, ref: second, user: OWNER };
  const fork = [...world.repositories.values()].find(
    ({ owner, forkOf }) => owner === first && forkOf === base.fullName,
  );
  if (!fork) throw new Error(`${first} has no fork of ${base.fullName}`);
  return { repository: fork, ref: second, user: first };
}

/** `refs/pull/N/head` in the base repository (T10), and a test merge made at head events only (T11). */
async function moveHead(world: World, pull: Pull, headSha: string): Promise<void> {
  const { gitDir } = repositoryOf(world, pull.repo);
  const head = repositoryOf(world, pull.headRepo);
  const ref = `refs/pull/${pull.number}`;
  await git(gitDir, ['fetch', '--quiet', head.gitDir, `+refs/heads/${pull.headRef}:${ref}/head`]);
  pull.headSha = headSha;
  pull.heads.push(headSha);
  const message = `Merge ${headSha} into ${pull.baseSha}`;
  const merged = await mergeCommit(gitDir, [pull.baseSha, headSha], { message, at: nextCommitSecond(world) });
  pull.mergeSha = merged ?? null;
  if (merged) await git(gitDir, ['update-ref', `${ref}/merge`, merged]);
}

/** The head branch moved: what GitHub does after a push. The base sha follows, as it does there. */
export async function synchronize(
  world: World,
  asked: { repo: string; number: number },
  sent: Sent,
): Promise<PullRequest> {
  const pull = pullOf(world, repositoryOf(world, asked.repo).fullName, asked.number);
  const before = pull.headSha;
  const after = await tipOf(repositoryOf(world, pull.headRepo).gitDir, pull.headRef);
  pull.baseSha = await tipOf(repositoryOf(world, pull.repo).gitDir, pull.baseRef);
  await moveHead(world, pull, after);
  await sendPull(world, pull, { action: 'synchronize', before, after }, sent);
  return seen(pull);
}

/** T16: `edited` with the old base in `changes`. */
export async function setBase(
  world: World,
  asked: { repo: string; number: number; base: string },
  sent: Sent,
): Promise<PullRequest> {
  const pull = pullOf(world, repositoryOf(world, asked.repo).fullName, asked.number);
  const changes = { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } };
  pull.baseSha = await tipOf(repositoryOf(world, pull.repo).gitDir, asked.base);
  pull.baseRef = asked.base;
  await patch(world, pull, { base: asked.base });
  await sendPull(world, pull, { action: 'edited', changes }, sent);
  return seen(pull);
}

export type Change = 'closed' | 'reopened' | 'ready_for_review' | 'converted_to_draft';

const FIELDS: Readonly<Record<Change, Json>> = {
  closed: { state: 'closed' },
  reopened: { state: 'open' },
  ready_for_review: { draft: false },
  converted_to_draft: { draft: true },
};

export async function change(
  world: World,
  asked: { repo: string; number: number; action: Change },
  sent: Sent,
): Promise<PullRequest> {
  const pull = pullOf(world, repositoryOf(world, asked.repo).fullName, asked.number);
  await patch(world, pull, FIELDS[asked.action]);
  await sendPull(world, pull, { action: asked.action }, sent);
  return seen(pull);
}

async function patch(world: World, pull: Pull, fields: Json): Promise<void> {
  await world.peer.must('PATCH', `/repos/${pull.repo}/pulls/${pull.number}`, userToken(OWNER), fields);
}

async function sendPull(world: World, pull: Pull, about: Json, sent: Sent = {}): Promise<void> {
  if (sent.silent) return;
  const payload = { ...about, number: pull.number, pull_request: await shownPull(world, pull) };
  await send(world, pull.repo, { event: { name: 'pull_request', payload }, sent });
}

export async function send(
  world: World,
  repo: string,
  { event, sent }: { event: Event; sent: Sent },
): Promise<Delivery> {
  return deliver(world, await eventFor(world, repositoryOf(world, repo), event), sent);
}

export function seen({ repo, number, headSha, headRef, headRepo, baseSha, baseRef }: Pull): PullRequest {
  return { repo, number, headSha, headRef, headRepo, baseSha, baseRef };
}

/** Section 3: the pull requests merged one after the other on a branch of the queue; `checks_requested` goes out. */
export async function mergeGroup(
  world: World,
  asked: { repo: string; numbers: readonly number[] },
  sent: Sent,
): Promise<MergeGroup> {
  const repository = repositoryOf(world, asked.repo);
  const pulls = asked.numbers.map((number) => pullOf(world, repository.fullName, number));
  const last = pulls.at(-1);
  if (!last) throw new Error('a merge group holds at least one pull request');
  const baseSha = await tipOf(repository.gitDir, last.baseRef);
  let headSha = baseSha;
  for (const pull of pulls) {
    const message = `Merge pull request #${pull.number} from ${pull.headRef}`;
    const merged = await mergeCommit(repository.gitDir, [headSha, pull.headSha], {
      message,
      at: nextCommitSecond(world),
    });
    if (!merged) throw new Error(`#${pull.number} conflicts with the group`);
    headSha = merged;
  }
  const headRef = `refs/heads/gh-readonly-queue/${last.baseRef}/pr-${last.number}-${baseSha}`;
  await git(repository.gitDir, ['update-ref', headRef, headSha]);
  const group = { repo: repository.fullName, headSha, headRef, baseSha, baseRef: `refs/heads/${last.baseRef}` };
  await sendGroup(world, group, { about: { action: 'checks_requested' }, sent });
  return group;
}

export async function destroyGroup(
  world: World,
  { group, reason }: { group: MergeGroup; reason: 'merged' | 'invalidated' | 'dequeued' },
  sent: Sent,
): Promise<void> {
  await git(repositoryOf(world, group.repo).gitDir, ['update-ref', '-d', group.headRef]);
  await sendGroup(world, group, { about: { action: 'destroyed', reason }, sent });
}

async function sendGroup(world: World, group: MergeGroup, { about, sent }: { about: Json; sent: Sent }): Promise<void> {
  if (sent.silent) return;
  const { headSha, headRef, baseSha, baseRef } = group;
  const head = { id: headSha, message: 'Merge group', timestamp: new Date(world.now()).toISOString() };
  const merge_group = { head_sha: headSha, head_ref: headRef, base_sha: baseSha, base_ref: baseRef, head_commit: head };
  await send(world, group.repo, { event: { name: 'merge_group', payload: { ...about, merge_group } }, sent });
}
