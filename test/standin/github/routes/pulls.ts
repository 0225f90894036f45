import type { Answer, Call, Route } from '../call.ts';
import { fromPeer, numberIn, paginate, repositoryIn } from '../call.ts';
import { diffOf, patchOf, type FileDiff } from '../diff.ts';
import { git } from '../git.ts';
import { OWNER, userToken } from '../peer.ts';
import type { Json, Repository } from '../types.ts';
import { pullOf, pullsOf, repositoryOf, type Pull, type World } from '../world.ts';

const READ = { permission: ['pull_requests', 'contents'], level: 'read' } as const;

export const PULLS: readonly Route[] = [
  { key: 'GET /repos/{owner}/{repo}/pulls', need: READ, serve: listPulls },
  { key: 'GET /repos/{owner}/{repo}/pulls/{pull_number}', need: READ, serve: showPull },
  { key: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files', need: READ, serve: listFiles },
  { key: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', need: READ, serve: pullsWithCommit },
];

/** A list leaves out what GitHub computes per pull request. */
const ONLY_SHOWN = ['merged', 'mergeable', 'rebaseable', 'mergeable_state', 'merged_by', 'comments', 'review_comments'];
const ONLY_COUNTED = ['commits', 'additions', 'deletions', 'changed_files', 'maintainer_can_modify'];
/** GitHub leaves `patch` out of very large files (R5); its number is not published. */
const MAX_PATCH = 100_000;

/** The peer lists and filters; shas come from git. */
async function listPulls(call: Call): Promise<Answer> {
  const answer = await fromPeer({ ...call, identity: asOwner() });
  const repository = repositoryIn(call);
  const body = (answer.body as readonly Json[]).map((shown) => {
    const pull = pullOf(call.world, repository.fullName, Number(shown['number']));
    return withoutCounts(withGit(call.world, shown, pull));
  });
  return { ...answer, body };
}

/** Who may read was decided before; the peer asks for more permissions than GitHub does. */
function asOwner(): Call['identity'] {
  return { kind: 'user', login: OWNER, peerToken: userToken(OWNER) };
}

function withoutCounts(shown: Json): Json {
  const left = new Set([...ONLY_SHOWN, ...ONLY_COUNTED]);
  return Object.fromEntries(Object.entries(shown).filter(([key]) => !left.has(key)));
}

async function showPull(call: Call): Promise<Answer> {
  const pull = pullIn(call);
  return { status: 200, body: await shownPull(call.world, pull) };
}

export function pullIn(call: Call): Pull {
  return pullOf(call.world, repositoryIn(call).fullName, numberIn(call, 'pull_number'));
}

/** A pull request as `GET /pulls/{n}` and the webhooks show it. */
export async function shownPull(world: World, pull: Pull): Promise<Json> {
  const path = `/repos/${pull.repo}/pulls/${pull.number}`;
  const { body } = await world.peer.must('GET', path, userToken(OWNER));
  const files = await filesOf(world, pull);
  const { gitDir } = repositoryOf(world, pull.repo);
  const commits = await git(gitDir, ['rev-list', '--count', `${pull.baseSha}..${pull.headSha}`]);
  return {
    ...withGit(world, body as Json, pull),
    mergeable: pull.mergeSha !== null,
    mergeable_state: pull.mergeSha === null ? 'dirty' : 'clean',
    changed_files: files.length,
    additions: sum(files.map(({ additions }) => additions)),
    deletions: sum(files.map(({ deletions }) => deletions)),
    commits: Number(commits),
  };
}

function withGit(world: World, shown: Json, pull: Pull): Json {
  const head = shown['head'] as Json;
  const base = shown['base'] as Json;
  return {
    ...shown,
    // T10: the repository of a fork may be gone; `refs/pull/N/head` stays.
    head: {
      ...head,
      sha: pull.headSha,
      ...(world.repositories.has(pull.headRepo.toLowerCase()) ? {} : { repo: null }),
    },
    base: { ...base, ref: pull.baseRef, sha: pull.baseSha },
    merge_commit_sha: shown['merge_commit_sha'] ?? pull.mergeSha,
    statuses_url: String(shown['statuses_url']).replace(/[^/]*$/, pull.headSha),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export function filesOf(world: World, pull: Pull, head = pull.headSha): Promise<readonly FileDiff[]> {
  return diffOf(repositoryOf(world, pull.repo).gitDir, pull.baseSha, head);
}

async function listFiles(call: Call): Promise<Answer> {
  const pull = pullIn(call);
  // R5: at most 3,000 files.
  const files = (await filesOf(call.world, pull)).slice(0, 3000);
  const { items, headers } = paginate(call, files);
  const repository = repositoryIn(call);
  return {
    status: 200,
    body: items.map((file) => shownFile(call.world, repository, { file, sha: pull.headSha })),
    headers,
  };
}

export function shownFile(
  world: World,
  { fullName }: Repository,
  { file, sha }: { file: FileDiff; sha: string },
): Json {
  const patch = patchOf(file);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${world.url}/${fullName}/blob/${sha}/${path}`,
    raw_url: `${world.url}/${fullName}/raw/${sha}/${path}`,
    contents_url: `${world.url}/repos/${fullName}/contents/${path}?ref=${sha}`,
    ...(patch === '' || patch.length > MAX_PATCH ? {} : { patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

async function pullsWithCommit(call: Call): Promise<Answer> {
  const repository = repositoryIn(call);
  const sha = call.params['commit_sha'] ?? '';
  const pulls = pullsOf(call.world, repository.fullName).filter(({ heads }) => heads.includes(sha));
  const shown = await Promise.all(pulls.map((pull) => shownPull(call.world, pull)));
  const { items, headers } = paginate(call, shown.map(withoutCounts));
  return { status: 200, body: items, headers };
}
