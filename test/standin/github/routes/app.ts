import { randomBytes } from 'node:crypto';
import { reaches } from '../authorize.ts';
import type { Answer, Call, Route } from '../call.ts';
import { fromPeer, numberIn, paginate } from '../call.ts';
import { OWNER, userToken } from '../peer.ts';
import { badCredentials, notFound } from '../refusal.ts';
import type { Json } from '../types.ts';
import { installationFor, repositoryOf, type Installation, type InstallationToken, type World } from '../world.ts';

const APP = { as: 'app' } as const;
const INSTALLATION = { as: 'installation' } as const;

export const APP_ROUTES: readonly Route[] = [
  { key: 'GET /app', need: APP, serve: fromPeer },
  { key: 'GET /app/installations', need: APP, serve: listInstallations },
  { key: 'GET /app/installations/{installation_id}', need: APP, serve: showInstallation },
  { key: 'DELETE /app/installations/{installation_id}', need: APP, serve: deleteInstallation },
  { key: 'POST /app/installations/{installation_id}/access_tokens', need: APP, serve: createToken },
  { key: 'GET /repos/{owner}/{repo}/installation', need: APP, serve: installationOfRepository },
  { key: 'GET /installation/repositories', need: INSTALLATION, serve: listRepositories },
  { key: 'DELETE /installation/token', need: INSTALLATION, serve: revokeToken },
  { key: 'GET /app/hook/config', need: APP, serve: hookConfig },
  { key: 'PATCH /app/hook/config', need: APP, serve: updateHookConfig },
  { key: 'POST /app-manifests/{code}/conversions', need: { as: 'nobody' }, serve: convertManifest },
];

async function listInstallations(call: Call): Promise<Answer> {
  const answer = await fromPeer({ ...call, query: new URLSearchParams() });
  const shown = (answer.body as readonly Json[])
    .filter(({ id }) => call.world.installations.has(Number(id)))
    .map((each) => withState(call.world, each));
  const { items, headers } = paginate(call, shown);
  return { status: 200, body: items, headers };
}

function withState(world: World, shown: Json): Json {
  const installation = world.installations.get(Number(shown['id']));
  const selected = installation !== undefined && installation.without.size > 0;
  return {
    ...shown,
    suspended_at: installation?.suspended ? new Date(world.now()).toISOString() : null,
    repository_selection: selected ? 'selected' : shown['repository_selection'],
  };
}

function installationIn(call: Call): Installation {
  const installation = call.world.installations.get(numberIn(call, 'installation_id'));
  if (!installation) throw notFound();
  return installation;
}

async function showInstallation(call: Call): Promise<Answer> {
  installationIn(call);
  const answer = await fromPeer(call);
  return { ...answer, body: withState(call.world, answer.body as Json) };
}

function deleteInstallation(call: Call): Answer {
  const { id } = installationIn(call);
  call.world.installations.delete(id);
  for (const [value, { installation }] of call.world.tokens) {
    if (installation.id === id) call.world.tokens.delete(value);
  }
  return { status: 204 };
}

async function installationOfRepository(call: Call): Promise<Answer> {
  const { world, params } = call;
  const found = installationFor(world, repositoryOf(world, `${params['owner'] ?? ''}/${params['repo'] ?? ''}`));
  if (!found) throw notFound();
  const { body } = await world.peer.must('GET', `/app/installations/${found.id}`, call.identity.peerToken);
  return { status: 200, body: withState(world, body as Json) };
}

/** The peer checks what is asked against what is granted; the token that leaves has the form of 2026 (T3). */
async function createToken(call: Call): Promise<Answer> {
  const { world } = call;
  const installation = installationIn(call);
  const answer = await fromPeer(call);
  const granted = answer.body as Json & { readonly token: string; readonly permissions: Record<string, string> };
  const narrowed = granted['repositories'] as readonly { readonly id: number }[] | undefined;
  const expiresAt = world.now() + 60 * 60 * 1000;
  const token: InstallationToken = {
    value: tokenValue(world),
    peerToken: granted.token,
    installation,
    permissions: { metadata: 'read', ...granted.permissions },
    repositoryIds: narrowed ? new Set(narrowed.map(({ id }) => id)) : undefined,
    expiresAt,
  };
  world.tokens.set(token.value, token);
  const { permissions, value } = token;
  return {
    status: 201,
    body: { ...granted, token: value, permissions, expires_at: new Date(expiresAt).toISOString() },
  };
}

/** `ghs_APPID_JWT`, 520 characters and more; base64url means that dashes occur too. */
function tokenValue(world: World): string {
  if (world.tokenFormat === 'classic') return `ghs_${randomBytes(18).toString('hex')}`;
  const header = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url');
  const [payload, signature] = [102, 256].map((size) => randomBytes(size).toString('base64url'));
  return `ghs_${world.app.id}_${header}.${payload}.${signature}`;
}

async function listRepositories(call: Call): Promise<Answer> {
  const { world, identity } = call;
  if (identity.kind !== 'installation') throw badCredentials();
  const mine = [...world.repositories.values()].filter((repository) => reaches(world, identity.token, repository));
  const { items, headers } = paginate(call, mine);
  const shown = await Promise.all(
    items.map(async ({ fullName }) => (await world.peer.must('GET', `/repos/${fullName}`, userToken(OWNER))).body),
  );
  const selection = identity.token.repositoryIds || identity.token.installation.without.size > 0 ? 'selected' : 'all';
  return {
    status: 200,
    body: { total_count: mine.length, repository_selection: selection, repositories: shown },
    headers,
  };
}

function revokeToken({ world, identity }: Call): Answer {
  if (identity.kind === 'installation') world.tokens.delete(identity.token.value);
  return { status: 204 };
}

function hookConfig({ world }: Call): Answer {
  return { status: 200, body: { url: world.hook.url, content_type: 'json', secret: '********', insecure_ssl: '0' } };
}

function updateHookConfig(call: Call): Answer {
  const { url, secret } = call.body;
  if (typeof url === 'string') call.world.hook.url = url;
  if (typeof secret === 'string') call.world.hook.secret = secret;
  return hookConfig(call);
}

/** Section 7: a code works once. */
function convertManifest({ world, params }: Call): Answer {
  const code = params['code'] ?? '';
  const conversion = world.manifests.get(code);
  if (!conversion) throw notFound();
  world.manifests.delete(code);
  return { status: 201, body: conversion };
}
