import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { toolRunner } from '../adapters/process/tool-runner.ts';
import { readHosts } from '../config/hosts.ts';
import { type RegistrySettings, readUserRegistries } from '../config/registry-settings.ts';
import { type CredentialRule, credentialRule } from '../pipeline/credential-rule.ts';
import { withOwnRevisions } from '../pipeline/own-revisions.ts';
import { refusing, remotesOf, type Remotes } from '../pipeline/remotes.ts';
import type { Repository } from '../ports/repository.ts';
import type { Remote } from '../ports/remote.ts';
import type { Io } from './command.ts';
import { ownEngine } from './engine-binary.ts';
import { cacheFolder } from './kept.ts';

export interface BenchRemotes {
  readonly remotes: Remotes;
  readonly credentials: CredentialRule;
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
  // Whoever runs the command has checked the change out, so it is nobody else's.
  const credentials = credentialRule({ isFromFork: false });
  const remoteOf = (remote: Remote) => remotesOf(withOwnRevisions(remote, own), []);
  if (isOffline)
    return {
      remotes: remoteOf(refusing('it is not fetched, because of --offline')),
      credentials,
      close: () => Promise.resolve(),
    };
  const registries = readUserRegistries(io.environment, (file) => readFileSync(file, 'utf8'));
  const hosts = { ...readHosts(io.environment), registries };
  let opened: ReturnType<typeof open> | undefined;
  const remote = async (): Promise<Remote> => {
    opened ??= open(io, { ...hosts, credentials }, usesCache);
    return (await opened).remote;
  };
  const lazy: Remote = {
    resolve: async (want, signal) => (await remote()).resolve(want, signal),
    fetch: async (want, resolved, signal) => (await remote()).fetch(want, resolved, signal),
  };
  return { remotes: remoteOf(lazy), credentials, close: async () => (await opened)?.close() };
}

type Hosts = ReturnType<typeof readHosts> & {
  readonly registries: RegistrySettings;
  readonly credentials: CredentialRule;
};

async function open(io: Io, { credentials, ...hosts }: Hosts, usesCache: boolean) {
  const { openElsewhere } = await import('../../workers/elsewhere.ts');
  const kept = usesCache ? cacheFolder(io) : undefined;
  const folder = kept === undefined ? await mkdtemp(join(tmpdir(), 'presync-')) : join(kept, 'elsewhere');
  const parts = { runner: toolRunner(), engine: ownEngine(), clock: systemClock(), folder };
  const openScope = await openElsewhere({ ...parts, ...hosts });
  const scope = openScope('command line', credentials);
  return {
    remote: scope.remote,
    close: async () => {
      await scope.close();
      if (kept === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
