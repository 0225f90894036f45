import { announce } from '../announce.ts';
import type { Answer, Call, Route } from '../call.ts';
import { fromPeer, numberIn, paginate, repositoryIn } from '../call.ts';
import { resolveCommit } from '../git.ts';
import { OWNER, userToken } from '../peer.ts';
import { invalid, notFound } from '../refusal.ts';
import type { Json } from '../types.ts';
import { runsOf } from './check-runs.ts';

const METADATA = { permission: 'metadata', level: 'read' } as const;
const CHECKS = { permission: 'checks', level: 'read' } as const;
const SUITES = '/repos/{owner}/{repo}/check-suites';

export const MISC: readonly Route[] = [
  { key: 'GET /rate_limit', need: { as: 'nobody' }, serve: rateLimit },
  { key: 'GET /repos/{owner}/{repo}', need: METADATA, serve: fromPeer },
  { key: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission', need: METADATA, serve: collaborator },
  { key: 'GET /repos/{owner}/{repo}/rules/branches/{branch}', need: METADATA, serve: branchRules },
  {
    key: 'POST /repos/{owner}/{repo}/statuses/{sha}',
    need: { permission: 'statuses', level: 'write' },
    serve: createStatus,
  },
  { key: 'GET /repos/{owner}/{repo}/commits/{ref}/check-suites', need: CHECKS, serve: listSuites },
  { key: `GET ${SUITES}/{check_suite_id}`, need: CHECKS, serve: showSuite },
  {
    key: `POST ${SUITES}/{check_suite_id}/rerequest`,
    need: { permission: 'checks', level: 'write', appOnly: true },
    serve: rerequestSuite,
  },
  {
    key: 'POST /repos/{owner}/{repo}/code-scanning/sarifs',
    need: { permission: 'security_events', level: 'write' },
    serve: uploadSarif,
  },
  {
    key: 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
    need: { permission: 'members', level: 'read' },
    serve: fromPeer,
  },
];

function rateLimit({ world }: Call): Answer {
  const core = { limit: 5000, remaining: 5000, used: 0, reset: Math.floor(world.now() / 1000) + 3600 };
  return { status: 200, body: { resources: { core }, rate: core } };
}

/** T13: `permission` knows four words, `role_name` more. Everybody may read what is public. */
async function collaborator(call: Call): Promise<Answer> {
  const { world, params } = call;
  const repository = repositoryIn(call);
  const login = params['username'] ?? '';
  const user = (await world.peer.must('GET', `/users/${login}`, userToken(OWNER))).body;
  const isOwner = login === OWNER || login === repository.owner;
  const other = repository.private ? 'none' : 'read';
  const role = isOwner ? 'admin' : (world.roles.get(`${repository.fullName}:${login}`) ?? other);
  const legacy: Readonly<Record<string, string>> = { maintain: 'write', triage: 'read' };
  return { status: 200, body: { permission: legacy[role] ?? role, role_name: role, user } };
}

function branchRules(call: Call): Answer {
  const key = `${repositoryIn(call).fullName}:${call.params['branch'] ?? ''}`;
  const { items, headers } = paginate(call, call.world.branchRules.get(key) ?? []);
  return { status: 200, body: items, headers };
}

async function createStatus(call: Call): Promise<Answer> {
  const repository = repositoryIn(call);
  const sha = call.params['sha'] ?? '';
  const { state } = call.body;
  if (!['error', 'failure', 'pending', 'success'].includes(String(state))) throw invalid('S1', 'Validation Failed');
  if (!(await resolveCommit(repository.gitDir, sha))) throw invalid('unknown-sha', `No commit found for SHA: ${sha}`);
  const status = {
    id: call.world.statuses.length + 1,
    context: 'default',
    ...call.body,
    sha,
    repo: repository.fullName,
  };
  call.world.statuses.push(status);
  return { status: 201, body: status };
}

async function listSuites(call: Call): Promise<Answer> {
  const repository = repositoryIn(call);
  const sha = await resolveCommit(repository.gitDir, call.params['ref'] ?? '');
  if (!sha) throw notFound();
  const ids = new Set(runsOf(call.world, repository.fullName, sha).map(suiteIdOf));
  const suites = await Promise.all([...ids].map((id) => suite(call, id)));
  const { items, headers } = paginate(call, suites);
  return { status: 200, body: { total_count: suites.length, check_suites: items }, headers };
}

function suiteIdOf({ shown }: { readonly shown: Json }): number {
  return Number((shown['check_suite'] as Json | null)?.['id']);
}

async function suite(call: Call, id: number): Promise<Json> {
  const path = `/repos/${repositoryIn(call).fullName}/check-suites/${id}`;
  const { body } = await call.world.peer.must('GET', path, call.identity.peerToken);
  return { ...(body as Json), app: { id: call.world.app.id, slug: call.world.app.slug } };
}

async function showSuite(call: Call): Promise<Answer> {
  return { status: 200, body: await suite(call, numberIn(call, 'check_suite_id')) };
}

async function rerequestSuite(call: Call): Promise<Answer> {
  const shown = await suite(call, numberIn(call, 'check_suite_id'));
  const payload = { action: 'rerequested', check_suite: { ...shown, status: 'queued', conclusion: null } };
  announce(call.world, repositoryIn(call).fullName, { name: 'check_suite', payload });
  return { status: 201, body: {} };
}

function uploadSarif(call: Call): Answer {
  call.world.counters.uploads += 1;
  const id = `sarif-${call.world.counters.uploads}`;
  return { status: 202, body: { id, url: `${call.world.url}${call.path}/${id}` } };
}
