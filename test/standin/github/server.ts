import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { answerApi } from './api.ts';
import type { Answer } from './call.ts';
import { gitRequestIn, serveGit } from './git-http.ts';
import { answerPage } from './page/index.ts';
import { storedAttestation } from './routes/attestations.ts';
import { createRouter } from './routes/index.ts';
import type { Fault } from './types.ts';
import type { World } from './world.ts';

/** W5: nothing larger is a request that GitHub would take. */
const MAX_BODY = 25 * 1024 * 1024;
const API =
  /^\/(?:api\/v3\/?)?((?:app|app-manifests|installation|repos|repositories|rate_limit|orgs|users|user|meta|graphql)(?:\/.*)?)$/;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Loopback only. The world is made after the port is known, because every answer carries the address. */
export async function listen(port: number, world: () => World): Promise<Listening> {
  const router = createRouter();
  const server = createServer((request, response) => {
    handle({ world: world(), router, request, response }).catch((error: unknown) => {
      world().violations.push({
        rule: 'broken',
        request: `${request.method ?? ''} ${request.url ?? ''}`,
        message: String(error),
      });
      response.destroy();
    });
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  return { port: (server.address() as AddressInfo).port, close: () => stop(server) };
}

function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

interface Exchange {
  readonly world: World;
  readonly router: ReturnType<typeof createRouter>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(exchange: Exchange): Promise<void> {
  const { world, request, response } = exchange;
  const url = new URL(request.url ?? '/', world.url);
  const fault = world.faults.take(`${request.method ?? 'GET'} ${withoutPrefix(url.pathname)}`);
  if (fault?.delayMs) await wait(fault.delayMs);
  const now = fault?.afterCommit ? undefined : answerOf(fault);
  if (now) {
    request.resume();
    write(world, response, now);
    return;
  }
  const git = gitRequestIn(url.pathname);
  if (git) {
    await serveGit(world, git, { request, response, url });
    return;
  }
  const answer = await answerOther(exchange, url);
  write(world, response, answerOf(fault) ?? answer);
}

function withoutPrefix(path: string): string {
  return path.replace(/^\/api\/v3(?=\/)/, '');
}

/** What a fault answers; nothing when it only delays. */
function answerOf(fault: Fault | undefined): Answer | undefined {
  if (fault?.status === undefined) return undefined;
  const { status, headers = {}, body = { message: 'Server Error' } } = fault;
  return { status, headers, body };
}

async function answerOther({ world, router, request }: Exchange, url: URL): Promise<Answer> {
  const method = request.method ?? 'GET';
  const raw = await read(request);
  const [, api] = API.exec(url.pathname) ?? [];
  const stored = storedAttestation(world, url.pathname);
  if (stored) return stored;
  if (api === undefined)
    return answerPage(world, { method, path: decodeURIComponent(url.pathname), query: url.searchParams, raw });
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return answerApi(world, router, { method, path: `/${api}`, href: url.href, query: url.searchParams, headers, raw });
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new Error('the request is larger than 25 MB');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function write(world: World, response: ServerResponse, answer: Answer): void {
  if (answer.status === 0) {
    response.destroy();
    return;
  }
  const { body } = answer;
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  response.writeHead(answer.status, {
    date: new Date(world.now()).toUTCString(),
    'content-type': 'application/json; charset=utf-8',
    'x-github-request-id': randomUUID(),
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-reset': String(Math.floor(world.now() / 1000) + 3600),
    'x-ratelimit-resource': 'core',
    ...answer.headers,
  });
  response.end(answer.status === 204 || answer.status === 304 ? undefined : text);
}
