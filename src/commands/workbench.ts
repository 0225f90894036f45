import { resolve } from 'node:path';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { engineOf } from '../adapters/engine/engine-pool.ts';
import { engineStamp } from '../adapters/engine/engine-stamp.ts';
import { cachedEngine } from '../adapters/engine/render-cache.ts';
import { type LocalRepository, openRepository } from '../adapters/git/repository.ts';
import { openMemo } from '../adapters/store/blob-memo.ts';
import { toolRunner } from '../adapters/process/tool-runner.ts';
import type { CommitSha } from '../model/ids.ts';
import { type CredentialRule, credentialRule } from '../pipeline/credential-rule.ts';
import type { ImagePorts } from '../pipeline/image-evidence.ts';
import { withOwnRevisions } from '../pipeline/own-revisions.ts';
import { type Remotes, remotesOf } from '../pipeline/remotes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cache } from '../ports/cache.ts';
import type { Engine } from '../ports/engine.ts';
import type { Memo } from '../ports/memo.ts';
import { RepositoryError } from '../ports/repository.ts';
import { type Io, UsageError } from './command.ts';
import { ownEngine } from './engine-binary.ts';
import { openOutside } from './elsewhere.ts';
import { noteTroubles, openCache } from './kept.ts';

/** The tools for plain manifests. */
export interface Bench {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Which engine and which presync: what they keep is theirs alone. */
  readonly build: string;
  readonly cache: Cache;
  close(): Promise<void>;
}

/** The tools for a repository, and what it is called. */
export interface RepositoryBench extends Bench {
  readonly repository: LocalRepository;
  readonly memo: Memo;
  readonly remotes: Remotes;
  readonly images: ImagePorts;
  readonly credentials: CredentialRule;
  readonly baseBranch: string;
  readonly urls: readonly string[];
  /** `--base`, else the default branch as the remote has it, else as it is here. */
  resolveBase(ref: string | undefined): Promise<CommitSha>;
}

export interface RepositoryChoice {
  readonly folder: string;
  readonly urls: readonly string[];
  readonly baseBranch: string | undefined;
  readonly usesCache: boolean;
  readonly isOffline: boolean;
}

/** An engine that renders nothing twice: not for the other side of the change, and not in the next run. */
export async function openBench(io: Io, { usesCache }: Pick<RepositoryChoice, 'usesCache'>): Promise<Bench> {
  const program = ownEngine();
  const pool = engineOf({ runner: toolRunner(), ...program });
  const [versions, stamp] = await Promise.all([pool.versions(), engineStamp(program.binary)]);
  if (versions['sandbox'] !== 'seccomp')
    io.note('this system has no seccomp: manifests are rendered without a sandbox');
  const build = JSON.stringify([stamp, versions]);
  const cache = await openCache(io, { isWanted: usesCache });
  const engine = cachedEngine(pool, { cache, build });
  const close = async () => {
    await engine.close();
    noteTroubles(cache, io);
  };
  return { engine, clock: systemClock(), build, cache, close };
}

export async function openRepositoryBench(choice: RepositoryChoice, io: Io): Promise<RepositoryBench> {
  const repository = await openRepository(toolRunner(), resolve(io.cwd, choice.folder));
  try {
    const branch = await repository.defaultBranch().catch(absent);
    const origin = await repository.remoteUrl('origin');
    const urls = choice.urls.length > 0 || origin === '' ? choice.urls : [origin];
    const bench = await openBench(io, choice);
    const memo = await openMemo(bench.cache, { build: bench.build, repository: repository.gitDir });
    // Whoever runs the command has checked the change out, so it is nobody else's.
    const credentials = credentialRule({ isFromFork: false });
    const outside = openOutside(io, { ...choice, ...bench, rule: credentials });
    const close = async () => {
      await Promise.all([memo.save(), outside.close()]);
      await Promise.all([bench.close(), repository.close()]);
    };
    const resolveBase = (ref: string | undefined) => {
      const wanted = ref ?? branch?.ref;
      if (wanted === undefined) throw new UsageError('nothing says which branch is the base; name it with --base');
      return repository.resolve(wanted);
    };
    return {
      ...bench,
      repository,
      memo,
      remotes: remotesOf(withOwnRevisions(outside.remote, { repository, ownUrls: urls }), []),
      images: { ...outside.images, known: [] },
      credentials,
      urls,
      baseBranch: choice.baseBranch ?? branch?.name ?? 'main',
      resolveBase,
      close,
    };
  } catch (error) {
    await repository.close();
    throw error;
  }
}

function absent(error: unknown): undefined {
  if (error instanceof RepositoryError && error.code === 'UNKNOWN_REF') return undefined;
  throw error;
}
