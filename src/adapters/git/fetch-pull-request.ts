import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommitSha } from '../../model/ids.ts';
import { RepositoryError } from '../../ports/repository.ts';
import type { ToolResult, ToolRunner } from '../../ports/tool-runner.ts';
import { FETCH, FETCH_SETTINGS, fetchBounded } from './bounded-fetch.ts';
import { call, firstLine, type Git, type GitCall, textOf } from './call.ts';
import { init } from './quarantine.ts';

const TIMEOUT_MS = 10 * 60_000;
/** The largest public GitOps repositories have some hundred megabytes of history. */
const MAX_BYTES = 4 * 1024 * 1024 * 1024;

export interface WantedPullRequest {
  /** `https://`, without credentials. */
  readonly cloneUrl: string;
  readonly token: string;
  readonly baseSha: CommitSha;
  readonly headSha: CommitSha;
  /** Full names; the first is the head's (`refs/pull/7/head`, of the base repository: T10; or the commit itself) and must stand at `headSha`. */
  readonly refs: readonly [string, ...string[]];
  /** A folder kept for this one repository; made where it is not there. */
  readonly into: string;
  /** `http://host:port` of hosts that the operator lets us reach without TLS. */
  readonly plainHosts?: readonly string[];
  readonly proxy?: string;
  /** PEM file of the authorities of a private GitHub. */
  readonly authorities?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

/**
 * Brings what a pull request needs into a bare repository: full history, so that the merge base is known. The token stands only in
 * the environment of git (A26), every object is checked, nothing but the named refs is fetched, no submodules, no LFS.
 * Throws RepositoryError: `UNREACHABLE` (worth another try), `MISSING` where the head has moved on, `TOO_LARGE`.
 */
export async function fetchPullRequest(
  runner: ToolRunner,
  wanted: WantedPullRequest,
  signal?: AbortSignal,
): Promise<void> {
  const url = allowedUrl(wanted);
  const refspecs = wanted.refs.map((ref, index) => `+${fullName(ref)}:${ownName(wanted, index)}`);
  const emptyFolder = await mkdtemp(join(tmpdir(), 'presync-git-'));
  const git = { runner, emptyFolder };
  try {
    await mkdir(wanted.into, { recursive: true, mode: 0o700 });
    await init(git, wanted.into, 'sha1');
    const asked = { ...fetchCall(wanted, url), args: [...FETCH, '--end-of-options', url.href, ...refspecs] };
    const result = await fetchBounded(git, asked, wanted.maxBytes ?? MAX_BYTES, signal);
    if (result.status !== 0) throw unreachable(wanted, result);
    await assertThere(git, wanted);
  } finally {
    await rm(emptyFolder, { recursive: true, force: true });
  }
}

function allowedUrl({ cloneUrl, plainHosts = [] }: WantedPullRequest): URL {
  const url = URL.parse(cloneUrl);
  if (url === null || url.username !== '' || url.password !== '')
    throw new RepositoryError('GIT', `${JSON.stringify(url?.host ?? '')} is no clone URL`);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && plainHosts.includes(`http://${url.host}`))) return url;
  throw new RepositoryError(
    'GIT',
    `${url.protocol}//${url.host} is not fetched from; use https, or name it in PRESYNC_PRIVATE_HOSTS`,
  );
}

/** https://git-scm.com/docs/git-check-ref-format, without `*`: a refspec with a star would mean many refs. */
function fullName(ref: string): string {
  // A commit by its own name, as the head of a merge group, whose branch is gone soon.
  if (/^[0-9a-f]{40}$/.test(ref)) return ref;
  if (/^refs\/[^/]+\/[^\p{Cc} ~^:?*[\\]+$/u.test(ref) && !/\.\.|\/\.|\/$|\/\/|@\{/.test(ref)) return ref;
  throw new RepositoryError('UNKNOWN_REF', `${JSON.stringify(ref)} is no full ref name`);
}

/** Each pull request has names of its own, so that two of one base branch can be fetched at once. */
function ownName({ refs: [head] }: WantedPullRequest, index: number): string {
  return `refs/presync/${head.replace(/^refs\//, '')}/${index}`;
}

function fetchCall(
  { token, proxy, authorities, into, timeoutMs = TIMEOUT_MS }: WantedPullRequest,
  url: URL,
): Omit<GitCall, 'args'> {
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    gitDir: into,
    timeoutMs,
    settings: [
      ...FETCH_SETTINGS,
      ...(proxy === undefined ? [] : [`http.proxy=${proxy}`]),
      ...(authorities === undefined ? [] : [`http.sslCAInfo=${authorities}`]),
    ],
    env: {
      GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${url.href}.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
    },
  };
}

function unreachable({ cloneUrl, token }: WantedPullRequest, { stderr }: ToolResult): RepositoryError {
  const said = firstLine(stderr).replaceAll(token || '\0', '***');
  return new RepositoryError('UNREACHABLE', `${cloneUrl} could not be fetched: ${said}`);
}

/** What was asked for may have moved on between the event and the fetch (A29): then another event is on its way. */
async function assertThere(git: Git, wanted: WantedPullRequest): Promise<void> {
  const { into, baseSha, headSha, refs } = wanted;
  const head = await commitAt(git, into, ownName(wanted, 0));
  if (head !== headSha)
    throw new RepositoryError(
      'MISSING',
      `${refs[0]} stands at ${head || 'nothing'}, not at ${headSha}; it was pushed to meanwhile`,
    );
  if ((await commitAt(git, into, baseSha)) !== baseSha)
    throw new RepositoryError(
      'MISSING',
      `the base ${baseSha} is not in ${refs.slice(1).join(', ')}; it was rewritten meanwhile`,
    );
}

async function commitAt(git: Git, gitDir: string, name: string): Promise<string> {
  const { status, stdout } = await call(git, {
    gitDir,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
  });
  return status === 0 ? textOf(stdout).trim() : '';
}
