import type { Identity } from './identity.ts';
import { undecodable } from './identity.ts';
import { badCredentials, notAccessible, notFound, Refusal } from './refusal.ts';
import type { Repository } from './types.ts';
import { installationFor, repositoryOf, type InstallationToken, type World } from './world.ts';

/** What an operation asks of its caller; one of several permissions suffices. */
export type Need =
  | { readonly as: 'app' }
  | { readonly as: 'installation' }
  | { readonly as: 'nobody' }
  | { readonly permission: string | readonly string[]; readonly level: 'read' | 'write'; readonly appOnly?: true };

export interface Asked {
  readonly request: string;
  readonly identity: Identity;
  readonly repo: string | undefined;
}

/** GitHub's order: credentials (401), is it there for you (404), may you (403). */
export function authorize(world: World, asked: Asked, need: Need): void {
  const { identity } = asked;
  if ('as' in need) {
    assertKind(identity, need.as);
    return;
  }
  if (identity.kind === 'app') throw new Refusal(401, 'Bad credentials', { rule: 'permission' });
  const repository = asked.repo === undefined ? undefined : repositoryOf(world, asked.repo);
  if (identity.kind === 'anonymous') {
    if (repository?.private || need.level === 'write') throw badCredentials();
    return;
  }
  if (identity.kind === 'user') {
    // C1; the status is not proven (github.md, section 5), the refusal is.
    if (need.appOnly) throw new Refusal(403, 'You must authenticate via a GitHub App.', { rule: 'C1' });
    return;
  }
  assertGranted(world, asked, { need, token: identity.token, repository });
}

function assertKind(identity: Identity, kind: 'app' | 'installation' | 'nobody'): void {
  if (kind === 'nobody' || identity.kind === kind) return;
  throw kind === 'app' ? undecodable() : badCredentials();
}

interface Grant {
  readonly need: Extract<Need, { permission: unknown }>;
  readonly token: InstallationToken;
  readonly repository: Repository | undefined;
}

function assertGranted(world: World, asked: Asked, { need, token, repository }: Grant): void {
  if (repository && !reaches(world, token, repository)) {
    if (repository.private) throw notFound();
    if (need.level === 'write') throw notAccessible(asked.request);
    return;
  }
  const names = typeof need.permission === 'string' ? [need.permission] : need.permission;
  if (!names.some((name) => covers(token.permissions[name], need.level))) throw notAccessible(asked.request);
}

/** Is the repository in the installation, and in what the token was narrowed to (T2)? */
export function reaches(world: World, token: InstallationToken, repository: Repository): boolean {
  const installed = installationFor(world, repository)?.id === token.installation.id;
  return installed && (token.repositoryIds === undefined || token.repositoryIds.has(repository.id));
}

function covers(granted: string | undefined, wanted: 'read' | 'write'): boolean {
  return granted === 'write' || granted === wanted;
}

/** `metadata` is part of every token. */
export function mayRead(token: InstallationToken, permission: string): boolean {
  return permission === 'metadata' || token.permissions[permission] !== undefined;
}
