import { change, destroyGroup, mergeGroup, openPullRequest, send, setBase, synchronize } from './pull-requests.ts';
import { OWNER, userToken } from './peer.ts';
import { commitTree, createRepository, pushFolder, tipOf } from './repositories.ts';
import { announceRun } from './routes/check-runs.ts';
import { notFound } from './refusal.ts';
import type { GitHubStandIn } from './stand-in.ts';
import type { Comment, CommitAbout, CommitOptions, Json } from './types.ts';
import { pullOf, repositoryOf, settle, type Run, type World } from './world.ts';

type Drivers = Pick<
  GitHubStandIn,
  | 'createRepository'
  | 'commitTree'
  | 'pushFolder'
  | 'openPullRequest'
  | 'synchronize'
  | 'setBase'
  | 'changePullRequest'
  | 'mergeGroup'
  | 'destroyGroup'
  | 'sendPush'
  | 'rerequest'
  | 'rerequestSuite'
  | 'requestAction'
  | 'comment'
>;

/** What people do on GitHub. */
export function drivers(world: World): Drivers {
  return {
    createRepository: (options) => createRepository(world, options),
    commitTree: (repo, branch, files, about) => commitTree(world, { repo, branch, files, ...aboutOf(about) }),
    pushFolder: (repo, branch, folder, about) => pushFolder(world, { repo, branch, folder, ...aboutOf(about) }),
    openPullRequest: (options) => openPullRequest(world, options),
    synchronize: (repo, number, sent = {}) => synchronize(world, { repo, number }, sent),
    setBase: (repo, number, base, sent = {}) => setBase(world, { repo, number, base }, sent),
    changePullRequest: (repo, number, action, sent = {}) => change(world, { repo, number, action }, sent),
    mergeGroup: (repo, numbers, sent = {}) => mergeGroup(world, { repo, numbers }, sent),
    destroyGroup: (group, reason, sent = {}) => destroyGroup(world, { group, reason }, sent),
    sendPush: (repo, branch, before) => sendPush(world, { repo, branch, before }),
    rerequestSuite: (repo, id, login) => pressAll(world, runOf(world, repo, id), login),
    rerequest: (repo, id, login) => press(world, runOf(world, repo, id), { action: 'rerequested' }, login),
    requestAction: (repo, id, identifier) =>
      press(world, runOf(world, repo, id), { action: 'requested_action', requested_action: { identifier } }),
    comment: (repo, number, login, body) => comment(world, { repo, number, login, body }),
  };
}

function aboutOf(about: CommitAbout): CommitOptions & { readonly message: string } {
  return typeof about === 'string' ? { message: about } : about;
}

function runOf(world: World, repo: string, id: number): Run {
  const run = world.runs.get(id);
  if (!run || run.repo !== repositoryOf(world, repo).fullName) throw notFound();
  return run;
}

/** C11 and C5: only the App that owns the run hears of it. */
async function press(
  world: World,
  run: Run,
  { action, ...extra }: Json & { readonly action: string },
  login = OWNER,
): Promise<void> {
  announceRun(world, run, action, { ...extra, sender: await personOf(world, login) });
  await settle(world);
}

async function personOf(world: World, login: string): Promise<unknown> {
  return (await world.peer.must('GET', `/users/${login}`, userToken(OWNER))).body;
}

async function pressAll(world: World, { repo, shown }: Run, login = OWNER): Promise<void> {
  const suite = shown['check_suite'] as Json;
  const app = { id: world.app.id, slug: world.app.slug };
  const check_suite = { ...suite, status: 'queued', conclusion: null, app, pull_requests: shown['pull_requests'] };
  await send(world, repo, {
    event: {
      name: 'check_suite',
      payload: { action: 'rerequested', check_suite, sender: await personOf(world, login) },
    },
    sent: {},
  });
}

async function sendPush(world: World, asked: { repo: string; branch: string; before: string }): Promise<void> {
  const { repo, branch, before } = asked;
  const after = await tipOf(repositoryOf(world, repo).gitDir, branch);
  const payload = {
    ref: `refs/heads/${branch}`,
    before,
    after,
    created: false,
    deleted: false,
    forced: false,
    commits: [],
  };
  await send(world, repo, { event: { name: 'push', payload }, sent: {} });
}

interface Words {
  readonly repo: string;
  readonly number: number;
  readonly login: string;
  readonly body: string;
}

async function comment(world: World, { repo, number, login, body }: Words): Promise<Comment> {
  const pull = pullOf(world, repositoryOf(world, repo).fullName, number);
  const path = `/repos/${pull.repo}`;
  await world.peer.must('PUT', `${path}/collaborators/${login}`, userToken(OWNER), { permission: 'push' });
  const answer = await world.peer.must('POST', `${path}/issues/${number}/comments`, userToken(login), { body });
  const payload = { action: 'created', issue: { number, pull_request: {} }, comment: answer.body };
  await send(world, repo, { event: { name: 'issue_comment', payload }, sent: {} });
  return answer.body as Comment;
}
