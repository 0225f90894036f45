import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorize } from './authorize.ts';
import { GIT_ENVIRONMENT } from './git.ts';
import { identify } from './identity.ts';
import { Refusal } from './refusal.ts';
import { repositoryOf, type World } from './world.ts';

/** `/owner/name.git/info/refs`, also below `/git/`. */
const GIT_PATH = /^(?:\/git)?\/([^/]+\/[^/]+?)\.git(\/.+)$/;
const FETCH = ['/info/refs', '/git-upload-pack'];

/** What GitHub lets a client fetch: any object by its sha, also without its history. */
const SETTINGS = { 'uploadpack.allowAnySHA1InWant': 'true', 'uploadpack.allowFilter': 'true', 'safe.directory': '*' };

export interface GitRequest {
  readonly fullName: string;
  readonly path: string;
}

export function gitRequestIn(path: string): GitRequest | undefined {
  const [, fullName, rest] = GIT_PATH.exec(path) ?? [];
  return fullName !== undefined && rest !== undefined ? { fullName, path: rest } : undefined;
}

/** Smart HTTP by git's own `http-backend`; the token is checked for contents:read here (T9, T10). */
export async function serveGit(
  world: World,
  asked: GitRequest,
  {
    request,
    response,
    url,
  }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly url: URL },
): Promise<void> {
  const refusal = refusalOf(world, asked, { request, url });
  if (refusal) {
    const headers = refusal.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {};
    response.writeHead(refusal.status, { 'content-type': 'text/plain', ...headers }).end(`${refusal.message}\n`);
    request.resume();
    return;
  }
  const { gitDir } = repositoryOf(world, asked.fullName);
  await runBackend({ gitDir, path: asked.path, request, response, url });
}

function refusalOf(
  world: World,
  asked: GitRequest,
  { request, url }: { readonly request: IncomingMessage; readonly url: URL },
): Refusal | undefined {
  const name = `${request.method ?? 'GET'} ${url.pathname}`;
  try {
    const identity = identify(world, request.headers.authorization);
    if (!FETCH.includes(asked.path) || url.searchParams.get('service') === 'git-receive-pack') {
      return new Refusal(403, 'This stand-in is only fetched from.');
    }
    authorize(world, { request: name, identity, repo: asked.fullName }, { permission: 'contents', level: 'read' });
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { rule } = error.details;
    if (rule !== undefined) world.violations.push({ rule, request: name, message: error.message });
    return error;
  }
}

interface Backend {
  readonly gitDir: string;
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

function environmentOf({ gitDir, path, request, url }: Backend): NodeJS.ProcessEnv {
  const settings = Object.entries(SETTINGS);
  return {
    ...GIT_ENVIRONMENT,
    GIT_PROJECT_ROOT: gitDir,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(settings.map(([key], at) => [`GIT_CONFIG_KEY_${at}`, key])),
    ...Object.fromEntries(settings.map(([, value], at) => [`GIT_CONFIG_VALUE_${at}`, value])),
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    REQUEST_METHOD: request.method,
    PATH_INFO: path,
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
    REMOTE_ADDR: '127.0.0.1',
  };
}

function runBackend(backend: Backend): Promise<void> {
  const { gitDir, request, response } = backend;
  return new Promise((done, failed) => {
    const child = spawn('git', ['http-backend'], { cwd: gitDir, env: environmentOf(backend) });
    let head: Buffer | undefined = Buffer.alloc(0);
    request.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    child.stderr.resume();
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === undefined) {
        response.write(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      writeHead(response, head.subarray(0, end).toString('latin1'));
      response.write(head.subarray(end + 4));
      head = undefined;
    });
    response.on('close', () => child.kill());
    child.on('error', failed);
    child.on('close', () => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      done();
    });
  });
}

/** CGI: headers, with the status as one of them. */
function writeHead(response: ServerResponse, text: string): void {
  const fields = text.split('\r\n').map((line) => line.split(/:\s*/, 2) as [string, string]);
  const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200';
  response.writeHead(Number.parseInt(status, 10), fields.filter(([name]) => name.toLowerCase() !== 'status').flat());
}
