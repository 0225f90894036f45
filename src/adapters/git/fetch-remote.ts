import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommitSha, IdError, parseCommitSha } from '../../model/ids.ts';
import type { GitWant } from '../../model/remote-want.ts';
import type { FetchFailure } from '../../ports/fetch-failure.ts';
import type { Http } from '../../ports/http.ts';
import { type PickVersion, type RemoteContent, RemoteError, type RemoteOf } from '../../ports/remote.ts';
import { RepositoryError } from '../../ports/repository.ts';
import type { ToolResult, ToolRunner } from '../../ports/tool-runner.ts';
import { FETCH, FETCH_SETTINGS, FSCK_SETTINGS, fetchBounded } from './bounded-fetch.ts';
import { call, firstLine, type Git, type GitCall, textOf } from './call.ts';
import { init } from './quarantine.ts';
import { type RemoteFolders, remoteFolders } from './remote-folders.ts';
import { locate, type RemoteLocation } from './remote-location.ts';
import { RemoteReaders } from './remote-readers.ts';
import { commitOf, parseRefs, pinnedCommit } from './remote-refs.ts';
import { remoteUrl } from './remote-url.ts';

export interface GitRemoteOptions {
  readonly runner: ToolRunner;
  readonly http: Http;
  readonly pick: PickVersion;
  /** Kept between runs, for all scopes. */
  readonly folder: string;
  /** An installation: what it fetched, no other reads. */
  readonly scope: string;
  readonly limits?: Partial<GitRemoteLimits> | undefined;
}

export interface GitRemoteLimits {
  /** Of one commit, packed; the largest public GitOps repositories have some hundred megabytes. */
  readonly maxBytes: number;
  /** Of all that is kept. */
  readonly maxFolderBytes: number;
  readonly maxBlobBytes: number;
  readonly timeoutMs: number;
}

const LIMITS: GitRemoteLimits = {
  maxBytes: 1024 ** 3,
  maxFolderBytes: 8 * 1024 ** 3,
  maxBlobBytes: 50 * 1024 * 1024,
  timeoutMs: 5 * 60_000,
};

export interface GitRemote extends RemoteOf<GitWant> {
  /** Releases processes; what was fetched stays in its folder. */
  close(): Promise<void>;
}

/**
 * Other repositories, one commit at a time and without history, submodules or credentials. git connects where the guarded transport
 * has pinned it, and what it fetched is kept by commit: a folder whose objects do not hold any more is fetched anew.
 */
export function gitRemote(options: GitRemoteOptions): GitRemote {
  const limits = { ...LIMITS, ...options.limits };
  const folders = remoteFolders({ ...options, maxBytes: limits.maxFolderBytes });
  const readers = new RemoteReaders(options.runner, limits.maxBlobBytes);
  const source = new Source({ ...options, limits, folders });
  const fetching = new Map<string, Promise<void>>();
  return {
    async resolve(want, signal) {
      const { name } = remoteUrl(want.url);
      const pinned = pinnedCommit(want);
      if (pinned !== undefined) return { resolved: pinned, isPinned: true };
      const list = (patterns: readonly string[]) => source.refs(want.url, patterns, signal);
      return { resolved: await commitOf(want, { list, pick: options.pick, name, signal }), isPinned: false };
    },
    async fetch({ url: text }, resolved, signal): Promise<RemoteContent> {
      const { url, name } = remoteUrl(text);
      const commit = commitIn(resolved, name);
      const path = folders.pathOf(url.href, commit);
      const bring = () => source.bring(text, { commit, path, name }, signal);
      // Two apps may want one commit at once; what ended one of them (its signal) need not end the other.
      const ready = fetching.get(path)?.catch(bring) ?? bring();
      fetching.set(path, ready);
      try {
        await ready;
      } catch (error) {
        fetching.delete(path);
        throw error;
      }
      const tree = await asRemote(name, () => readers.tree(path, commit));
      return { tree, digest: tree.id };
    },
    close: () => readers.close(),
  };
}

function commitIn(resolved: string, name: string): CommitSha {
  try {
    return parseCommitSha(resolved);
  } catch (cause) {
    if (!(cause instanceof IdError)) throw cause;
    throw new RemoteError(
      'INVALID',
      `${JSON.stringify(resolved.slice(0, 100))} is no commit of ${name}; resolve it again`,
    );
  }
}

interface SourceOptions extends GitRemoteOptions {
  readonly limits: GitRemoteLimits;
  readonly folders: RemoteFolders;
}

interface WantedCommit {
  readonly commit: CommitSha;
  readonly path: string;
  readonly name: string;
}

/** What goes over the network, and what lies on disk because of it. */
class Source {
  readonly #options: SourceOptions;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  async refs(text: string, patterns: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const { http, limits } = this.#options;
    const { href, settings, env, name } = await locate(http, text, signal);
    return this.#withGit(async (git) => {
      // Of an annotated tag what it points to is another line, under a name of its own.
      const names = patterns.flatMap((pattern) => [pattern, `${pattern}^{}`]);
      const args = ['ls-remote', '--quiet', '--end-of-options', href, ...names];
      const asked = {
        gitDir: git.emptyFolder,
        args,
        env,
        timeoutMs: limits.timeoutMs,
        settings: [...FETCH_SETTINGS, ...settings],
      };
      const result = await asRemote(name, () => call(git, asked, signal));
      if (result.status !== 0)
        throw new RemoteError('UNREACHABLE', `the refs of ${name} could not be read: ${firstLine(result.stderr)}`);
      return parseRefs(textOf(result.stdout));
    });
  }

  /** Resolves when the commit lies at `path`, whole. */
  async bring(text: string, wanted: WantedCommit, signal: AbortSignal): Promise<void> {
    const { folders, http } = this.#options;
    await this.#withGit(async (git) => {
      const isThere = await folders.touch(wanted.path);
      if (isThere && (await asRemote(wanted.name, () => isWhole(git, wanted, signal)))) return;
      await rm(wanted.path, { recursive: true, force: true });
      const location = await locate(http, text, signal);
      await folders.add(wanted.path, (draft) =>
        asRemote(location.name, () => this.#fetch(git, { ...wanted, path: draft, location }, signal)),
      );
    });
  }

  async #fetch(
    git: Git,
    { commit, path, location }: WantedCommit & { readonly location: RemoteLocation },
    signal: AbortSignal,
  ): Promise<void> {
    const { limits, http } = this.#options;
    await init(git, path, commit.length === 64 ? 'sha256' : 'sha1');
    const args = [...FETCH, '--depth=1', '--end-of-options', location.href, `+${commit}:refs/presync/wanted`];
    const asked: GitCall = {
      gitDir: path,
      args,
      env: location.env,
      timeoutMs: limits.timeoutMs,
      settings: [...FETCH_SETTINGS, ...location.settings],
    };
    const result = await fetchBounded(git, asked, limits.maxBytes, signal);
    if (result.status !== 0) throw await failed(http, { commit, location, result }, signal);
  }

  async #withGit<Answer>(use: (git: Git) => Promise<Answer>): Promise<Answer> {
    const emptyFolder = await mkdtemp(join(tmpdir(), 'presync-git-'));
    try {
      return await use({ runner: this.#options.runner, emptyFolder });
    } finally {
      await rm(emptyFolder, { recursive: true, force: true });
    }
  }
}

/** Every object is hashed again: git does so when it fetches, and not when it reads. */
async function isWhole(git: Git, { commit, path }: WantedCommit, signal: AbortSignal): Promise<boolean> {
  const args = ['fsck', '--full', '--no-dangling', '--no-progress', '--no-reflogs', '--end-of-options', commit];
  const { status } = await call(git, { gitDir: path, args, settings: FSCK_SETTINGS }, signal);
  return status === 0;
}

interface FailedFetch {
  readonly commit: CommitSha;
  readonly location: RemoteLocation;
  readonly result: ToolResult;
}

/** Where the server still answers, it is the commit that it does not have. */
async function failed(
  http: Http,
  { commit, location, result }: FailedFetch,
  signal: AbortSignal,
): Promise<RemoteError> {
  await locate(http, location.href, signal);
  const sentence = `${location.name} does not give commit ${commit}: ${firstLine(result.stderr)}; check that it was pushed there`;
  return new RemoteError('NOT_FOUND', sentence);
}

const CODES: Readonly<Record<RepositoryError['code'], FetchFailure>> = {
  NOT_A_REPOSITORY: 'INVALID',
  UNKNOWN_REF: 'INVALID',
  SHALLOW: 'INVALID',
  MISSING: 'INVALID',
  GIT: 'INVALID',
  TOO_LARGE: 'TOO_LARGE',
  UNREACHABLE: 'UNREACHABLE',
};

async function asRemote<Answer>(name: string, asking: () => Promise<Answer>): Promise<Answer> {
  try {
    return await asking();
  } catch (cause) {
    if (!(cause instanceof RepositoryError)) throw cause;
    throw new RemoteError(CODES[cause.code], `${name} could not be fetched: ${cause.message}`, { cause });
  }
}
