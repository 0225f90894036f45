import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { toolRunner } from '../adapters/process/tool-runner.ts';
import { readHosts } from '../config/hosts.ts';
import { readUserRegistries } from '../config/registry-settings.ts';
import { readRootFiles } from '../config/root-files.ts';
import { SettingsError } from '../config/settings-problem.ts';
import type { CredentialRule } from '../pipeline/credential-rule.ts';
import type { ImagePorts } from '../pipeline/image-evidence.ts';
import { refusingEvidence } from '../pipeline/refusing-evidence.ts';
import { refusing } from '../pipeline/remotes.ts';
import type { Cache } from '../ports/cache.ts';
import type { Remote } from '../ports/remote.ts';
import { cacheFolder } from './cache-folder.ts';
import type { Io } from './command.ts';
import { ownEngine } from './engine-binary.ts';

/** All that the command line brings from elsewhere; nothing is opened before something is asked for. */
export interface Outside {
  readonly remote: Remote;
  readonly images: Pick<ImagePorts, 'evidence' | 'roots'>;
  close(): Promise<void>;
}

export interface OutsideChoice {
  readonly isOffline: boolean;
  readonly usesCache: boolean;
  readonly rule: Pick<CredentialRule, 'mayUse'>;
  /** Which engine and which presync: what they keep is theirs alone. */
  readonly build: string;
  readonly cache: Cache;
}

/** Throws SettingsError. */
export function openOutside(io: Io, choice: OutsideChoice): Outside {
  if (choice.isOffline) return offline();
  const settings = settingsOf(io);
  let opened: ReturnType<typeof open> | undefined;
  const outside = () => (opened ??= open(io, settings, choice));
  return {
    remote: {
      resolve: async (want, signal) => (await outside()).remote.resolve(want, signal),
      fetch: async (want, resolved, signal) => (await outside()).remote.fetch(want, resolved, signal),
    },
    images: {
      evidence: { read: async (want, trust, signal) => (await outside()).images.evidence.read(want, trust, signal) },
      roots: {
        current: async () => (await outside()).images.roots.current(),
        refresh: async (signal) => (await outside()).images.roots.refresh(signal),
      },
    },
    close: async () => (await opened)?.close(),
  };
}

function offline(): Outside {
  const sentence = 'because of --offline';
  return {
    remote: refusing(`it is not fetched, ${sentence}`),
    images: {
      evidence: refusingEvidence(`its registry is not asked, ${sentence}`),
      roots: {
        current: () => Promise.resolve({ roots: [], warnings: [], isDue: false }),
        refresh: () => Promise.resolve(),
      },
    },
    close: () => Promise.resolve(),
  };
}

function readFile(file: string): string {
  return readFileSync(file, 'utf8');
}

function settingsOf({ environment }: Io) {
  const { files: rootFiles, problems } = readRootFiles(environment, readFile);
  if (problems.length > 0) throw new SettingsError(problems);
  return { ...readHosts(environment), registries: readUserRegistries(environment, readFile), rootFiles };
}

/** A root that is a day old is refreshed beside the run, which does not wait for it much longer than it needs itself. */
const REFRESH_MS = 2_000;

async function open(io: Io, settings: ReturnType<typeof settingsOf>, choice: OutsideChoice) {
  const [{ openElsewhere }, { openImages }] = await Promise.all([
    import('../../workers/elsewhere.ts'),
    import('../../workers/images.ts'),
  ]);
  const kept = choice.usesCache ? await writableFolder(io) : undefined;
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'presync-')));
  const { rootFiles, ...hosts } = settings;
  const parts = { runner: toolRunner(), clock: systemClock() };
  const openScope = await openElsewhere({ ...parts, engine: ownEngine(), folder, ...hosts });
  const { build, cache, rule } = choice;
  const githubUrl = io.environment['PRESYNC_GITHUB_URL'] ?? 'https://api.github.com';
  const roots = kept === undefined ? undefined : join(kept, 'roots');
  const images = await openImages({ ...parts, build, folder: roots, githubUrl, rootFiles });
  const elsewhere = openScope('command line', rule);
  const token = io.environment['GITHUB_TOKEN'] ?? io.environment['GH_TOKEN'];
  const ports = images.of({ elsewhere, rule, cache, token });
  const refreshing = refreshed(ports.roots);
  return {
    remote: elsewhere.remote,
    images: ports,
    close: async () => {
      await refreshing;
      await Promise.all([elsewhere.close(), images.close()]);
      if (kept === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where it cannot be written, nothing is kept; openCache has said so. */
async function writableFolder(io: Io): Promise<string | undefined> {
  const kept = cacheFolder(io);
  if (kept === undefined) return undefined;
  const folder = join(kept, 'elsewhere');
  return mkdir(folder, { recursive: true, mode: 0o700 }).then(
    () => folder,
    () => undefined,
  );
}

async function refreshed(roots: ImagePorts['roots']): Promise<void> {
  const { isDue } = await roots.current();
  if (isDue) await roots.refresh(AbortSignal.timeout(REFRESH_MS));
}
