import { randomBytes } from 'node:crypto';
import type { Answer } from '../call.ts';
import type { Json } from '../types.ts';
import { pullKey, type World } from '../world.ts';
import { escape, htmlPage } from './html.ts';
import { homePage, pullPage, runPage } from './pull.ts';
import { textOf } from '../text.ts';

const PULL = /^\/([^/]+\/[^/]+)\/pull\/(\d+)(?:\/\w+)?$/;
const RUN = /^\/[^/]+\/[^/]+\/runs\/(\d+)$/;
const NEW_APP = /^(?:\/organizations\/[^/]+)?\/settings\/apps\/new$/;

export interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly raw: Buffer;
}

/** What a person opens in a browser. */
export async function answerPage(world: World, request: PageRequest): Promise<Answer> {
  const { method, path } = request;
  if (method === 'POST' && NEW_APP.test(path)) return newApp(world, request);
  if (method !== 'GET') return missing();
  return path === '/' ? homePage(world) : pageAt(world, path);
}

async function pageAt(world: World, path: string): Promise<Answer> {
  const [, repo = '', number = ''] = PULL.exec(path) ?? [];
  const pull = world.pulls.get(pullKey(repo, Number(number)));
  if (pull) return pullPage(world, pull);
  const run = world.runs.get(Number(RUN.exec(path)?.[1]));
  return run ? runPage(run) : missing();
}

function missing(): Answer {
  return htmlPage('Not found', '<h1>Not found</h1><p class="muted">There is no such page here.</p>', 404);
}

/** github.md, section 7: the form with the manifest, answered as if its owner had pressed "Create GitHub App". */
function newApp(world: World, { query, raw }: PageRequest): Answer {
  const manifest = manifestIn(raw);
  const missingKey = manifest && manifestProblem(manifest);
  if (!manifest || missingKey !== undefined) {
    const text = `<h1>The manifest is not valid</h1><p>${escape(missingKey ?? 'it is not JSON')}</p>`;
    return htmlPage('Invalid manifest', text, 422);
  }
  const code = randomBytes(20).toString('hex');
  world.manifests.set(code, conversionOf(world, manifest));
  const target = new URL(textOf(manifest['redirect_url']) || world.url);
  target.searchParams.set('code', code);
  const state = query.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return { status: 302, body: '', headers: { location: target.href, 'content-type': 'text/html' } };
}

function manifestIn(raw: Buffer): Json | undefined {
  try {
    return JSON.parse(new URLSearchParams(raw.toString('utf8')).get('manifest') ?? '');
  } catch {
    return undefined;
  }
}

function manifestProblem(manifest: Json): string | undefined {
  if (typeof manifest['url'] !== 'string') return 'url is required';
  const hook = manifest['hook_attributes'] as Json | undefined;
  if (hook && typeof hook['url'] !== 'string') return 'hook_attributes.url is required';
  return undefined;
}

function conversionOf({ app, hook, url }: World, manifest: Json): Json {
  return {
    id: app.id,
    slug: app.slug,
    name: manifest['name'] ?? app.slug,
    html_url: `${url}/apps/${app.slug}`,
    client_id: 'Iv23standin',
    client_secret: randomBytes(20).toString('hex'),
    webhook_secret: hook.secret,
    pem: app.privateKey,
    permissions: app.permissions,
    events: app.events,
  };
}
