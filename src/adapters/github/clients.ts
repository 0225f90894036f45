import { App } from '@octokit/app';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import type { RepositoryRef } from '../../ports/change-host.ts';
import { toChangeHostError } from './error.ts';

export interface GitHubOptions {
  readonly appId: number;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
  /** https://api.github.com; on GitHub Enterprise Server it ends in /api/v3 (T15). */
  readonly baseUrl: string;
  /** GitHub's secondary limits (T6); an Enterprise Server has none unless its owner set them. */
  readonly pace: 'github.com' | 'none';
}

/** T2: what a token may do, by what it is for; each is narrowed to one repository. */
const PERMISSIONS = {
  facts: { metadata: 'read' },
  read: { contents: 'read', pull_requests: 'read' },
  publish: { checks: 'write', pull_requests: 'write' },
  clone: { contents: 'read' },
} as const;

export type Purpose = keyof typeof PERMISSIONS;

export interface Token {
  readonly token: string;
  revoke(): Promise<void>;
}

export interface Clients {
  /** As the App itself, for what belongs to no installation. */
  asApp<Answer>(doing: string, ask: (octokit: Octokit) => Promise<Answer>): Promise<Answer>;
  /** As the installation, within one repository. */
  within<Answer>(
    ref: RepositoryRef,
    { purpose, doing }: { readonly purpose: Purpose; readonly doing: string },
    ask: (octokit: Octokit) => Promise<Answer>,
  ): Promise<Answer>;
  /** As the installation, over all of its repositories, to list them. */
  across<Answer>(installation: number, ask: (octokit: Octokit) => Promise<Answer>): Promise<Answer>;
  /** A token of its own that nobody else is given. */
  token(ref: RepositoryRef, purpose: Purpose): Promise<Token>;
}

const API_VERSION = '2022-11-28';
const REQUEST_MS = 30_000;
const MAX_WAIT_SECONDS = 60;
const silent = (): void => undefined;
/** Octokit prints requests to the console where it is given no log; presync logs what it did itself. */
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

const Base: typeof Octokit = Octokit.plugin(throttling, retry);

export function githubClients(options: GitHubOptions): Clients {
  const { appId, privateKey } = options;
  const app = new App({ appId, privateKey, Octokit: Base.defaults(settings(options, 'app')), log: SILENT });
  addVersion(app.octokit);
  /** Tokens that GitHub took no more; the next one is asked for anew. */
  const refused = new Set<string>();

  async function asApp<Answer>(doing: string, ask: (octokit: Octokit) => Promise<Answer>): Promise<Answer> {
    try {
      return await ask(app.octokit);
    } catch (error) {
      throw toChangeHostError(error, doing, 'app');
    }
  }

  async function minted(installation: number, narrow: Narrow): Promise<string> {
    const key = JSON.stringify([installation, narrow.repositoryIds, narrow.permissions]);
    const refresh = narrow.refresh === true || refused.delete(key);
    const answer = await asApp('asking for a token', (octokit) =>
      octokit.auth({ type: 'installation', installationId: installation, ...narrow, refresh }),
    );
    return (answer as { readonly token: string }).token;
  }

  return {
    asApp,
    async within({ installation, repository }, { purpose, doing }, ask) {
      const narrow = { repositoryIds: [repository], permissions: PERMISSIONS[purpose] };
      const token = await minted(installation, narrow);
      try {
        return await asInstallation(options, { installation, token, doing }, ask);
      } catch (error) {
        if (isRefusedToken(error))
          refused.add(JSON.stringify([installation, narrow.repositoryIds, narrow.permissions]));
        throw error;
      }
    },
    async across(installation, ask) {
      const token = await minted(installation, { permissions: PERMISSIONS.facts });
      return await asInstallation(options, { installation, token, doing: 'listing repositories' }, ask);
    },
    async token({ installation, repository }, purpose) {
      const narrow = { repositoryIds: [repository], permissions: PERMISSIONS[purpose], refresh: true };
      const token = await minted(installation, narrow);
      return { token, revoke: () => revoke(options, { installation, token }) };
    },
  };
}

interface Narrow {
  readonly repositoryIds?: readonly number[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly refresh?: boolean;
}

interface Session {
  readonly installation: number;
  readonly token: string;
  readonly doing: string;
}

async function asInstallation<Answer>(
  options: GitHubOptions,
  { installation, token, doing }: Session,
  ask: (octokit: Octokit) => Promise<Answer>,
): Promise<Answer> {
  const octokit = new Base({ ...settings(options, String(installation)), auth: token });
  addVersion(octokit);
  try {
    return await ask(octokit);
  } catch (error) {
    throw toChangeHostError(error, doing, 'installation');
  }
}

/** It ends by itself within the hour, so a failure to revoke it is no reason to fail the job. */
async function revoke(options: GitHubOptions, { installation, token }: Omit<Session, 'doing'>): Promise<void> {
  try {
    await asInstallation(options, { installation, token, doing: 'giving back a token' }, (octokit) =>
      octokit.rest.apps.revokeInstallationAccessToken(),
    );
  } catch {
    // Nothing else can be done about it.
  }
}

function settings({ baseUrl, pace }: GitHubOptions, id: string) {
  return {
    baseUrl,
    userAgent: 'presync',
    log: SILENT,
    // Limits count by installation (T5); longer waits are the queue's.
    throttle: { enabled: pace === 'github.com', id, onRateLimit: goOn, onSecondaryRateLimit: goOn },
    // 429 is the throttle's, which knows how long to wait; what creates something is not sent twice (C14).
    retry: { enabled: pace === 'github.com', doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    request: { fetch: inTime },
  };
}

function goOn(retryAfterSeconds: number, _options: object, _octokit: unknown, tries: number): boolean {
  return tries < 1 && retryAfterSeconds <= MAX_WAIT_SECONDS;
}

function inTime(url: string | URL, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
}

function addVersion(octokit: Octokit): void {
  octokit.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = API_VERSION;
  });
}

function isRefusedToken(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'status' in cause && cause.status === 401;
}
