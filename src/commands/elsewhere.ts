import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolRunner } from '../adapters/process/tool-runner.ts';
import { readHosts } from '../config/hosts.ts';
import { withOwnRevisions } from '../pipeline/own-revisions.ts';
import { refusing, remotesOf, type Remotes } from '../pipeline/remotes.ts';
import type { Repository } from '../ports/repository.ts';
import type { Remote } from '../ports/remote.ts';
import type { Io } from './command.ts';
import { ownEngine } from './engine-binary.ts';
import { cacheFolder } from './kept.ts';

export interface BenchRemotes {
  readonly remotes: Remotes;
  close(): Promise<void>;
}

export interface RemotesChoice {
  readonly isOffline: boolean;
  readonly usesCache: boolean;
  readonly repository: Repository;
  readonly ownUrls: readonly string[];
}

/** Content from elsewhere for the command line; nothing is opened before something is asked for. */
export function openRemotes(io: Io, { isOffline, usesCache, ...own }: RemotesChoice): BenchRemotes {
  const remoteOf = (remote: Remote) => remotesOf(withOwnRevisions(remote, own), []);
  if (isOffline)
    return {
      remotes: remoteOf(refusing('it is not fetched, because of --offline')),
      close: () => Promise.resolve(),
    };
  const hosts = readHosts(io.environment);
  let opened: ReturnType<typeof open> | undefined;
  const remote = async (): Promise<Remote> => {
    opened ??= open(io, hosts, usesCache);
    return (await opened).remote;
  };
  const lazy: Remote = {
    resolve: async (want, signal) => (await remote()).resolve(want, signal),
    fetch: async (want, resolved, signal) => (await remote()).fetch(want, resolved, signal),
  };
  return { remotes: remoteOf(lazy), close: async () => (await opened)?.close() };
}

async function open(io: Io, hosts: ReturnType<typeof readHosts>, usesCache: boolean) {
  const { openElsewhere } = await import('../../workers/elsewhere.ts');
  const kept = usesCache ? cacheFolder(io) : undefined;
  const folder = kept === undefined ? await mkdtemp(join(tmpdir(), 'presync-')) : join(kept, 'elsewhere');
  const openScope = await openElsewhere({ runner: toolRunner(), engine: ownEngine(), folder, ...hosts });
  const scope = openScope('command line');
  return {
    remote: scope.remote,
    close: async () => {
      await scope.close();
      if (kept === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
