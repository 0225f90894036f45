import { createHash } from 'node:crypto';
import { authorize } from './authorize.ts';
import type { Answer } from './call.ts';
import { identify, type Identity } from './identity.ts';
import { Refusal } from './refusal.ts';
import type { Router } from './routes/index.ts';
import type { Json } from './types.ts';
import type { World } from './world.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly href: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly raw: Buffer;
}

/** One request to the REST API: who, does it exist, is it well formed, is it allowed, then the route. */
export async function answerApi(world: World, router: Router, request: ApiRequest): Promise<Answer> {
  const name = `${request.method} ${request.path}`;
  const seen: { identity: Identity; body: unknown } = {
    identity: { kind: 'anonymous', peerToken: '' },
    body: undefined,
  };
  let answer: Answer;
  try {
    answer = await judged(world, router, { ...request, name, seen });
  } catch (error) {
    answer = refused(world, name, error);
  }
  const { identity, body } = seen;
  const permissions = identity.kind === 'installation' ? identity.token.permissions : {};
  const { method, path } = request;
  world.requests.push({ method, path, status: answer.status, identity: identity.kind, permissions, body });
  return conditional(request, answer);
}

interface Judged extends ApiRequest {
  readonly name: string;
  readonly seen: { identity: Identity; body: unknown };
}

async function judged(world: World, router: Router, request: Judged): Promise<Answer> {
  if (!request.headers['user-agent']) {
    throw new Refusal(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
      {
        rule: 'user-agent',
      },
    );
  }
  const identity = identify(world, request.headers['authorization']);
  request.seen.identity = identity;
  const body = parse(request.raw);
  request.seen.body = body;
  const found = router(request.method, request.path);
  if (!found) throw new Refusal(404, 'Not Found', { rule: 'unknown' });
  const { route, params } = found;
  const repo = params['owner'] && params['repo'] ? `${params['owner']}/${params['repo']}` : undefined;
  authorize(world, { request: request.name, identity, repo }, route.need);
  const { method, path, href, query } = request;
  const call = { world, method, path, href, query, params, body, identity };
  const asked = { method, path, query, body: method === 'GET' ? undefined : body };
  const problems = route.isOutsideContract === true ? [] : world.contract.problems(asked);
  if (problems.length === 0) return await route.serve(call);
  throw new Refusal(422, `Invalid request.\n\n${problems.join('\n')}`, { rule: ruleBehind(problems) });
}

/** Rules of github.md that the contract file happens to know, so that a violation has the same name with or without it. */
function ruleBehind(problems: readonly string[]): string {
  const text = problems.join('\n');
  const known: readonly (readonly [RegExp, string])[] = [
    [/output\/annotations .*more than 50/, 'C2'],
    [/output\/annotations/, 'C4'],
    [/\/output/, 'C3'],
    [/\/actions/, 'C5'],
    [/\/(status|conclusion) /, 'C6'],
  ];
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? 'contract';
}

function parse(raw: Buffer): Json {
  if (raw.length === 0) return {};
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw new Refusal(400, 'Problems parsing JSON', { rule: 'contract' });
  }
}

function refused(world: World, request: string, error: unknown): Answer {
  if (!(error instanceof Refusal)) {
    const message = error instanceof Error ? error.message : String(error);
    world.violations.push({ rule: 'broken', request, message });
    return { status: 500, body: { message } };
  }
  const { rule, headers } = error.details;
  if (rule !== undefined) {
    const errors = error.details.errors ? ` ${JSON.stringify(error.details.errors)}` : '';
    world.violations.push({ rule, request, message: error.message + errors });
  }
  return { status: error.status, body: error.body, ...(headers ? { headers } : {}) };
}

/** T7: a 304 costs nothing. */
function conditional(request: ApiRequest, answer: Answer): Answer {
  if (request.method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')}"`;
  const headers = { ...answer.headers, etag };
  return request.headers['if-none-match'] === etag ? { status: 304, headers } : { ...answer, headers };
}
