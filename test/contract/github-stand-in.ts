import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App } from '@octokit/app';
import { Octokit } from '@octokit/rest';
import { startGitHub, type GitHubOptions, type GitHubStandIn, type PullRequest } from '../standin/github/index.ts';

export const REPO = 'acme/clusters';
export const AT = { owner: 'acme', repo: 'clusters' };
const silence = (): void => undefined;
export const QUIET = { debug: silence, info: silence, warn: silence, error: silence };

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The parts of payloads that tests look into. */
export interface Payload {
  readonly action: string;
  readonly before: string;
  readonly after: string;
  readonly changes: { readonly base: { readonly ref: { readonly from: string } } };
  readonly pull_request: { readonly head: { readonly sha: string }; readonly base: { readonly sha: string } };
  readonly check_suite: { readonly head_sha: string };
  readonly repositories_removed: readonly unknown[];
}

/** A webhook endpoint that remembers, and answers as it is told. */
interface Inbox {
  readonly url: string;
  readonly received: Received[];
  status: number;
  close(): Promise<void>;
}

async function openInbox(): Promise<Inbox> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(inbox.status).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const inbox: Inbox = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`,
    received,
    status: 202,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return inbox;
}

/** Lines 1 to 30; the head changes line 10 and appends line 31. */
const LINES = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
const BASE_FILE = `${LINES.join('\n')}\n`;
export const HEAD_FILE = `${LINES.with(9, 'changed').join('\n')}\nadded\n`;

/** Making a key is the slowest part of a start. */
const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });

/** What the running test talks to; `start` fills it. */
export const world: { hub: GitHubStandIn; inbox: Inbox; pull: PullRequest } = {} as never;

export async function start(options: GitHubOptions = {}): Promise<void> {
  world.inbox = await openInbox();
  world.hub = await startGitHub({ webhookUrl: world.inbox.url, app: { privateKey: String(KEY) }, ...options });
  await world.hub.createRepository({ owner: 'acme', name: 'clusters' });
  await world.hub.commitTree(REPO, 'main', { 'app.yaml': BASE_FILE, 'old.yaml': 'a: 1\n' }, 'start');
  await world.hub.commitTree(REPO, 'feature', { 'app.yaml': HEAD_FILE, 'new dir/ü.yaml': 'b: 2\n' }, 'change');
  world.pull = await world.hub.openPullRequest({ repo: REPO, head: 'feature', base: 'main', title: 'Change' });
}

export async function restart(options: GitHubOptions = {}): Promise<void> {
  await stop();
  await start(options);
}

export async function stop(): Promise<void> {
  await world.hub.close();
  await world.inbox.close();
}

/** The App's client as the product builds it: Octokit with a base URL. */
export function app(): App<{ Octokit: typeof Octokit }> {
  const { id, privateKey } = world.hub.app;
  const Client = Octokit.defaults({ baseUrl: world.hub.apiUrl, log: QUIET });
  return new App({ appId: id, privateKey, Octokit: Client });
}

export async function installed(): Promise<Octokit> {
  return await app().getInstallationOctokit(world.hub.installationId('acme'));
}

export function withToken(token: string): Octokit {
  return new Octokit({ baseUrl: world.hub.apiUrl, auth: token, log: QUIET });
}

export async function narrowed(body: object): Promise<Octokit> {
  const installation_id = world.hub.installationId('acme');
  const { data } = await app().octokit.request('POST /app/installations/{installation_id}/access_tokens', {
    installation_id,
    ...body,
  });
  return withToken(data.token);
}

/** The status, and the rule behind it. */
export async function refusal(asked: Promise<unknown>): Promise<readonly [number, ...string[]]> {
  const status = await asked.then(
    () => 200,
    (error: { status: number }) => error.status,
  );
  return [status, ...world.hub.violations().map(({ rule }) => rule)];
}

export function annotation(more: object = {}): object {
  return { path: 'app.yaml', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'no', ...more };
}

export function createRun(
  client: Octokit,
  more: object = {},
): Promise<{ data: { id: number; app: { id: number } | null } }> {
  const body = { ...AT, name: 'presync', head_sha: world.pull.headSha, ...more };
  return client.checks.create(body);
}

export function output(annotations: readonly object[], more: object = {}): object {
  return { output: { title: 'No', summary: 'words', annotations, ...more } };
}

export async function newToken(): Promise<string> {
  const installation_id = world.hub.installationId('acme');
  const path = 'POST /app/installations/{installation_id}/access_tokens';
  return (await app().octokit.request(path, { installation_id })).data.token;
}

/** A JWT of the App that is good for so long; auth-app never makes one of more than ten minutes. */
export function jwtFor(minutes: number): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now - 30, exp: now + minutes * 60, iss: String(world.hub.app.id) };
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const text = parts.join('.');
  return `${text}.${createSign('RSA-SHA256').update(text).sign(world.hub.app.privateKey, 'base64url')}`;
}

/** What the inbox received last. */
export function lastPayload(): Payload {
  return JSON.parse(world.inbox.received.at(-1)?.body ?? '{}');
}
