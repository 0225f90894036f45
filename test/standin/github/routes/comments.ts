import { announce } from '../announce.ts';
import type { Answer, Call, Route } from '../call.ts';
import { fromPeer, paginate, repositoryIn } from '../call.ts';
import { OWNER, userToken } from '../peer.ts';
import { invalid } from '../refusal.ts';
import { assertBody, assertLength, placeOf, type Place } from '../rules/comment.ts';
import type { Json } from '../types.ts';
import { textOf } from '../text.ts';
import { repositoryOf, type Pull, type World } from '../world.ts';
import type { FileDiff } from '../diff.ts';
import { resolveCommit } from '../git.ts';
import { filesOf, pullIn, shownPull } from './pulls.ts';

const EITHER = ['issues', 'pull_requests'];
const READ = { permission: 'pull_requests', level: 'read' } as const;
const WRITE = { permission: 'pull_requests', level: 'write' } as const;
const ISSUE = '/repos/{owner}/{repo}/issues';
const PULLS = '/repos/{owner}/{repo}/pulls';
const IN_PULL = `${PULLS}/{pull_number}`;

export const COMMENTS: readonly Route[] = [
  { key: `GET ${ISSUE}/{issue_number}/comments`, need: { permission: EITHER, level: 'read' }, serve: fromPeer },
  {
    key: `POST ${ISSUE}/{issue_number}/comments`,
    need: { permission: EITHER, level: 'write' },
    serve: writeIssueComment,
  },
  { key: `GET ${ISSUE}/comments/{comment_id}`, need: { permission: EITHER, level: 'read' }, serve: fromPeer },
  {
    key: `PATCH ${ISSUE}/comments/{comment_id}`,
    need: { permission: EITHER, level: 'write' },
    serve: writeIssueComment,
  },
  { key: `DELETE ${ISSUE}/comments/{comment_id}`, need: { permission: EITHER, level: 'write' }, serve: fromPeer },
  { key: `GET ${IN_PULL}/comments`, need: READ, serve: listReviewComments },
  { key: `POST ${IN_PULL}/comments`, need: WRITE, serve: createReviewComment },
  { key: `GET ${PULLS}/comments/{comment_id}`, need: READ, serve: oneReviewComment },
  { key: `PATCH ${PULLS}/comments/{comment_id}`, need: WRITE, serve: updateReviewComment },
  { key: `DELETE ${PULLS}/comments/{comment_id}`, need: WRITE, serve: fromPeer },
  { key: `GET ${IN_PULL}/reviews`, need: READ, serve: fromPeer },
  { key: `POST ${IN_PULL}/reviews`, need: WRITE, serve: createReview },
  { key: `PUT ${IN_PULL}/reviews/{review_id}/dismissals`, need: WRITE, serve: fromPeer },
];

async function writeIssueComment(call: Call): Promise<Answer> {
  assertBody(call.body['body'], 'IssueComment');
  const answer = await fromPeer(call);
  const comment = answer.body as Json;
  const issue = { number: Number(String(comment['issue_url']).split('/').at(-1)), pull_request: {} };
  const action = call.method === 'POST' ? 'created' : 'edited';
  announce(call.world, repositoryIn(call).fullName, { name: 'issue_comment', payload: { action, issue, comment } });
  return answer;
}

/** Peer and stand-in each keep a half; `original_*` never moves, as on GitHub. */
function withPlace(world: World, comment: unknown): Json {
  const shown = comment as Json;
  return { ...shown, ...world.reviewComments.get(Number(shown['id'])) };
}

async function listReviewComments(call: Call): Promise<Answer> {
  const { items, headers } = paginate(call, await placedComments(call.world, pullIn(call)));
  return { status: 200, body: items, headers };
}

export async function placedComments(world: World, pull: Pull): Promise<readonly Json[]> {
  const all = await allFromPeer(world, `/repos/${pull.repo}/pulls/${pull.number}/comments`);
  const files = await filesOf(world, pull);
  return all
    .map((comment) => withPlace(world, comment))
    .map((comment) => (stands(comment, files) ? comment : outdated(comment)));
}

/** A comment is outdated once its line has another text, or left the diff; GitHub then shows no line for it. */
function stands(comment: Json, files: readonly FileDiff[]): boolean {
  if (comment['subject_type'] === 'file') return true;
  const text = textOf(comment['diff_hunk']).split('\n').at(-1)?.slice(1);
  const lines = files.find(({ path }) => path === comment['path'])?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  const side = comment['side'] === 'LEFT' ? 'left' : 'right';
  return lines.some((line) => line[side] === comment['line'] && line.text === text);
}

function outdated(comment: Json): Json {
  return { ...comment, line: null, start_line: null, position: null };
}

/** Every page of a list of the peer. */
export async function allFromPeer(world: World, path: string): Promise<readonly Json[]> {
  const all: Json[] = [];
  for (let page = 1; ; page += 1) {
    const { body } = await world.peer.must('GET', `${path}?per_page=100&page=${page}`, userToken(OWNER));
    const items = body as readonly Json[];
    all.push(...items);
    if (items.length < 100) return all;
  }
}

async function oneReviewComment(call: Call): Promise<Answer> {
  const answer = await fromPeer(call);
  return { ...answer, body: withPlace(call.world, answer.body) };
}

function updateReviewComment(call: Call): Promise<Answer> {
  assertBody(call.body['body'], 'PullRequestReviewComment');
  return oneReviewComment(call);
}

async function createReviewComment(call: Call): Promise<Answer> {
  const pull = pullIn(call);
  assertBody(call.body['body'], 'PullRequestReviewComment');
  if (call.body['in_reply_to'] !== undefined) return fromPeer(replyIn(call));
  const commit = await assertCommit(call, pull);
  const place = placeOf(call.body, await filesOf(call.world, pull, commit));
  return { status: 201, body: await store(call, { place, commit, body: call.body, reviewId: null }) };
}

/** The peer spells the field as older versions of the API did. */
function replyIn(call: Call): Call {
  return { ...call, body: { ...call.body, in_reply_to_id: call.body['in_reply_to'] } };
}

async function assertCommit({ world, body }: Call, pull: Pull): Promise<string> {
  const commit = body['commit_id'];
  if (typeof commit !== 'string') return pull.headSha;
  const { gitDir } = repositoryOf(world, pull.repo);
  if (pull.heads.includes(commit) && (await resolveCommit(gitDir, commit))) return commit;
  const message = 'commit_id is not part of the pull request';
  throw invalid('R1', 'Validation Failed', [
    { resource: 'PullRequestReviewComment', code: 'custom', field: 'commit_id', message },
  ]);
}

interface Draft {
  readonly place: Place;
  readonly commit: string;
  readonly body: Json;
  readonly reviewId: number | null;
}

async function store(call: Call, { place, commit, body, reviewId }: Draft): Promise<Json> {
  const { world, identity } = call;
  const path = `/repos/${pullIn(call).repo}/pulls/${call.params['pull_number'] ?? ''}/comments`;
  const sent = {
    body: body['body'],
    commit_id: commit,
    path: place.path,
    line: place.line,
    side: place.side,
    subject_type: place.subjectType,
  };
  const answer = await world.peer.must('POST', path, identity.peerToken, sent);
  const comment = answer.body as Json;
  world.reviewComments.set(Number(comment['id']), {
    line: place.line,
    original_line: place.line,
    start_line: place.startLine,
    original_start_line: place.startLine,
    start_side: place.startSide,
    diff_hunk: place.diffHunk,
    pull_request_review_id: reviewId,
  });
  return withPlace(world, comment);
}

/** R3: one comment that cannot be placed refuses the review as a whole; nothing is stored then. */
async function createReview(call: Call): Promise<Answer> {
  const { world, body } = call;
  const pull = pullIn(call);
  assertLength(body['body'], 'PullRequestReview');
  const needsBody = body['event'] === 'COMMENT' || body['event'] === 'REQUEST_CHANGES';
  const comments = (body['comments'] ?? []) as readonly Json[];
  if (needsBody && comments.length === 0 && !body['body']) {
    throw invalid('R3', 'Unprocessable Entity', ['Review cannot be blank']);
  }
  const commit = await assertCommit(call, pull);
  const files = await filesOf(world, pull, commit);
  const placed = comments.map((comment) => {
    assertBody(comment['body'], 'PullRequestReviewComment');
    return { place: placeOf(comment, files), commit, body: comment };
  });
  const sent = { commit_id: commit, body: body['body'], event: body['event'] };
  const answer = await world.peer.must('POST', call.path, call.identity.peerToken, sent);
  const reviewId = Number((answer.body as Json)['id']);
  for (const draft of placed) await store(call, { ...draft, reviewId });
  if (body['event'] !== undefined) await announceReview(call, pull, answer.body);
  return { status: 200, body: answer.body };
}

async function announceReview({ world }: Call, pull: Pull, review: unknown): Promise<void> {
  if (!world.app.events.includes('pull_request_review')) return;
  const payload = { action: 'submitted', review, pull_request: await shownPull(world, pull) };
  announce(world, pull.repo, { name: 'pull_request_review', payload });
}
