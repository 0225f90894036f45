import type { Answer, Call, Route } from '../call.ts';
import { numberIn, paginate, repositoryIn } from '../call.ts';
import { announce } from '../announce.ts';
import { resolveCommit } from '../git.ts';
import { invalid, notFound } from '../refusal.ts';
import { assertCheckRun } from '../rules/check-run.ts';
import type { Annotation, Json, Repository } from '../types.ts';
import { pullsOf, type Run, type World } from '../world.ts';
import { textOf } from '../text.ts';

const READ = { permission: 'checks', level: 'read' } as const;
const WRITE = { permission: 'checks', level: 'write', appOnly: true } as const;

export const CHECK_RUNS: readonly Route[] = [
  { key: 'POST /repos/{owner}/{repo}/check-runs', need: WRITE, serve: createRun },
  { key: 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', need: WRITE, serve: updateRun },
  { key: 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}', need: READ, serve: showRun },
  { key: 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations', need: READ, serve: listAnnotations },
  { key: 'POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest', need: WRITE, serve: rerequestRun },
  { key: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', need: READ, serve: listRuns },
];

async function createRun(call: Call): Promise<Answer> {
  const { world, body } = call;
  assertCheckRun(body, 'create');
  const repository = repositoryIn(call);
  const sha = textOf(body['head_sha']);
  const known = /^[0-9a-f]{40}$/.test(sha) ? await resolveCommit(repository.gitDir, sha) : undefined;
  if (!known) throw invalid('unknown-sha', `No commit found for SHA: ${sha}`);
  const answer = await world.peer.must('POST', call.path, call.identity.peerToken, settled(body));
  const run: Run = { repo: repository.fullName, annotations: annotationsIn(body), shown: {} as Run['shown'] };
  run.shown = shownRun(call, repository, { run, peerBody: answer.body as Json });
  world.runs.set(run.shown.id, run);
  announceRun(world, run, 'created');
  if (run.shown.status === 'completed') announceRun(world, run, 'completed');
  return { status: 201, body: run.shown };
}

async function updateRun(call: Call): Promise<Answer> {
  const { world, body } = call;
  assertCheckRun(body, 'update');
  const run = runIn(call);
  const wasCompleted = run.shown.status === 'completed';
  const answer = await world.peer.must('PATCH', call.path, call.identity.peerToken, settled(body));
  run.annotations.push(...annotationsIn(body));
  run.shown = shownRun(call, repositoryIn(call), { run, peerBody: answer.body as Json });
  if (!wasCompleted && run.shown.status === 'completed') announceRun(world, run, 'completed');
  return { status: 200, body: run.shown };
}

/** C6: a conclusion completes the run, which the peer does only when told so. Annotations are kept here (C2). */
function settled(body: Json): Json {
  const output = body['output'] as Json | undefined;
  return {
    ...body,
    ...(body['conclusion'] === undefined ? {} : { status: 'completed' }),
    ...(output ? { output: { ...output, annotations: [] } } : {}),
  };
}

function annotationsIn(body: Json): Annotation[] {
  const output = body['output'] as { readonly annotations?: readonly Annotation[] } | undefined;
  return [...(output?.annotations ?? [])];
}

function shownRun(
  { world, body }: Call,
  repository: Repository,
  { run, peerBody }: { run: Run; peerBody: Json },
): Run['shown'] {
  const { app, url } = world;
  const api = `${url}/repos/${repository.fullName}`;
  const before = run.shown as Json;
  const shown = {
    ...peerBody,
    // C10: never filled for a head that lies in a fork.
    pull_requests: pullsOf(world, repository.fullName)
      .filter(({ headRepo, headSha }) => headRepo === repository.fullName && headSha === peerBody['head_sha'])
      .map(({ number, headSha, baseSha, headRef, baseRef }) => ({
        number,
        url: `${api}/pulls/${number}`,
        head: { ref: headRef, sha: headSha, repo: { id: repository.id, name: repository.name, url: api } },
        base: { ref: baseRef, sha: baseSha, repo: { id: repository.id, name: repository.name, url: api } },
      })),
    html_url: `${url}/${repository.fullName}/runs/${String(peerBody['id'])}`,
    details_url: peerBody['details_url'] ?? `${url}/apps/${app.slug}`,
    actions: body['actions'] ?? before['actions'] ?? [],
    output: {
      ...(peerBody['output'] as Json),
      annotations_count: run.annotations.length,
      annotations_url: `${api}/check-runs/${String(peerBody['id'])}/annotations`,
    },
    app: { id: app.id, slug: app.slug, name: app.slug, permissions: app.permissions, events: app.events },
  };
  return shown as unknown as Run['shown'];
}

function runIn(call: Call): Run {
  const run = call.world.runs.get(numberIn(call, 'check_run_id'));
  if (!run || run.repo !== repositoryIn(call).fullName) throw notFound();
  return run;
}

function showRun(call: Call): Answer {
  return { status: 200, body: runIn(call).shown };
}

function listAnnotations(call: Call): Answer {
  const run = runIn(call);
  const { items, headers } = paginate(call, run.annotations);
  const blob = `${call.world.url}/${run.repo}/blob/${run.shown.head_sha}`;
  const optional = { title: null, raw_details: null, start_column: null, end_column: null };
  const body = items.map((annotation) => ({ ...optional, ...annotation, blob_href: `${blob}/${annotation.path}` }));
  return { status: 200, body, headers };
}

/** C11: the run itself is not reset; the owning App hears of it. */
function rerequestRun(call: Call): Answer {
  announceRun(call.world, runIn(call), 'rerequested');
  return { status: 201, body: {} };
}

async function listRuns(call: Call): Promise<Answer> {
  const repository = repositoryIn(call);
  const ref = call.params['ref'] ?? '';
  const sha = await resolveCommit(repository.gitDir, ref);
  if (!sha) throw invalid('unknown-sha', `No commit found for SHA: ${ref}`);
  const runs = runsOf(call.world, repository.fullName, sha).filter((run) => isWanted(run, call.query));
  const kept = call.query.get('filter') === 'all' ? runs : latestOf(runs);
  const { items, headers } = paginate(call, kept);
  return { status: 200, body: { total_count: kept.length, check_runs: items.map(({ shown }) => shown) }, headers };
}

/** Newest first. */
export function runsOf(world: World, repo: string, sha: string): readonly Run[] {
  const runs = [...world.runs.values()].filter((run) => run.repo === repo && run.shown.head_sha === sha);
  return runs.toSorted((a, b) => b.shown.id - a.shown.id);
}

/** The newest run of each name. */
export function latestRuns(world: World, repo: string, sha: string): readonly Run[] {
  return latestOf(runsOf(world, repo, sha));
}

function isWanted({ shown }: Run, query: URLSearchParams): boolean {
  const name = query.get('check_name');
  const status = query.get('status');
  const app = query.get('app_id');
  return (
    (name === null || shown.name === name) &&
    (status === null || shown.status === status) &&
    (app === null || shown.app.id === Number(app))
  );
}

function latestOf(runs: readonly Run[]): readonly Run[] {
  return runs.filter((run, at) => runs.findIndex(({ shown }) => shown.name === run.shown.name) === at);
}

export function announceRun(world: World, run: Run, action: string, extra: Json = {}): void {
  announce(world, run.repo, { name: 'check_run', payload: { action, check_run: run.shown, ...extra } });
}
