import { createHash, createHmac } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../src/adapters/clock/system-clock.ts';
import { systemTimer } from '../src/adapters/clock/system-timer.ts';
import { type EngineProgram, engineOf } from '../src/adapters/engine/engine-pool.ts';
import { engineStamp } from '../src/adapters/engine/engine-stamp.ts';
import { githubHost } from '../src/adapters/github/host.ts';
import { jsonLog } from '../src/adapters/log/json-log.ts';
import { toolRunner } from '../src/adapters/process/tool-runner.ts';
import { FOLDER_LIMITS, folderValues } from '../src/adapters/store/folder.ts';
import { readOrMakeKey } from '../src/adapters/store/key-file.ts';
import { cacheMemory, sealedCache, type SealedCacheOptions } from '../src/adapters/store/sealed-cache.ts';
import { sealedStore } from '../src/adapters/store/sealed-store.ts';
import type { Settings } from '../src/config/settings.ts';
import { PresyncError } from '../src/model/error.ts';
import { parsePolicy, type PolicyText, withFiles } from '../src/pipeline/rules.ts';
import { besideFile } from './beside-file.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Log } from '../src/ports/log.ts';
import type { JobQueue } from '../src/ports/queue.ts';
import type { Store } from '../src/ports/store.ts';
import type { TrustedRoots } from '../src/ports/trusted-roots.ts';
import type { Timer } from '../src/ports/timer.ts';
import { EmbeddedQueue } from '../src/queue/embedded.ts';
import { lanesFor } from '../src/queue/lanes.ts';
import { RETRY } from '../src/queue/retry.ts';
import { checkRunReport } from '../src/report/check-run.ts';
import type { WorkerDeps } from './deps.ts';
import { openImages } from './images.ts';
import { openElsewhere, plainHostsOf } from './elsewhere.ts';
import { judgeOn } from './judge.ts';

/** A validation renders on every core already; a second one fills the pauses in which the first waits for git or GitHub. */
const VALIDATIONS = 2;
/** A merge queue waits 60 minutes unless its ruleset says otherwise (S8). */
const VALIDATE_DEADLINE_MS = 15 * 60_000;
const MAX_WAITING = 10_000;
const PREFIX = 'presync';
const GITHUB_COM = 'https://api.github.com';

export class ServiceError extends PresyncError<'UNSANDBOXED' | 'NO_CONFIG'> {}

/** What the web process and the worker are made of. */
export interface ServiceParts {
  readonly queue: JobQueue;
  readonly store: Store;
  readonly log: Log;
  readonly timer: Timer;
  readonly workers: WorkerDeps;
  readonly trustedRoots: TrustedRoots;
  /** Once no job runs any more: what would keep the process alive. */
  close(): Promise<void>;
}

interface Base {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
}

interface Stores extends Pick<ServiceParts, 'queue' | 'store'> {
  /** Where renders outlive the process. */
  readonly kept: SealedCacheOptions['store'];
}

export async function buildParts(
  settings: Settings,
  engine: EngineProgram,
  write: (line: string) => void,
): Promise<ServiceParts> {
  const clock = systemClock();
  const base: Base = { clock, timer: systemTimer(), log: jsonLog(write, clock) };
  await mkdir(settings.stateDir, { recursive: true, mode: 0o700 });
  const versions = await sandboxedVersions(settings, engine);
  const operatorPolicy = await operatorPolicyOf(settings);
  const { queue, store, kept } =
    settings.redisUrl === undefined
      ? await inThisProcess(settings, base)
      : await onRedis(settings, settings.redisUrl, base);
  const build = JSON.stringify([versions, await engineStamp(engine.binary)]);
  const { elsewhere, images, besides } = await openOutside(settings, engine, { ...base, build });
  const memory = cacheMemory();
  const judge = judgeOn({
    runner: toolRunner(),
    clock,
    engine,
    build,
    images,
    cacheOf: (installation) => sealedCache({ scope: `installation ${installation}`, memory, store: kept, clock }),
    log: base.log,
    stateDir: settings.stateDir,
    plainHosts: plainHostsOf(settings.privateHosts),
    operatorPolicy,
    elsewhere,
  });
  const { appId, privateKey, githubUrl } = settings;
  const pace = githubUrl === GITHUB_COM ? 'github.com' : 'none';
  const workers: WorkerDeps = {
    queue,
    store,
    judge,
    timer: base.timer,
    log: base.log,
    host: githubHost({ appId, privateKey, baseUrl: githubUrl, pace, clock }),
    report: checkRunReport,
    rules: createHash('sha256')
      .update(
        JSON.stringify([versions, operatorPolicy?.text ?? '', operatorPolicy?.files ?? {}, settings.trustedRoots]),
      )
      .digest('hex')
      .slice(0, 16),
    validateDeadlineMs: VALIDATE_DEADLINE_MS,
  };
  const close = async () => {
    await Promise.all([store.close(), images.close(), besides.close()]);
  };
  const trustedRoots = images.roots(besides.http);
  return { queue, store, log: base.log, timer: base.timer, workers, trustedRoots, close };
}

/** What jobs bring from elsewhere and ask about images; `besides` is of no installation, and reads with nobody's credentials. */
async function openOutside(
  settings: Settings,
  engine: EngineProgram,
  { clock, log, build }: Base & { readonly build: string },
) {
  const { allowedHosts, privateHosts, registries, githubUrl, trustedRoots: rootFiles } = settings;
  const folder = join(settings.stateDir, 'elsewhere');
  const runner = toolRunner();
  const elsewhere = await openElsewhere({ runner, clock, engine, folder, allowedHosts, privateHosts, registries });
  const images = await openImages({ runner, clock, build, folder: join(folder, 'roots'), rootFiles, githubUrl, log });
  const besides = elsewhere('trusted roots', { mayUse: () => 'no repository is read with it' });
  return { elsewhere, images, besides };
}

/** Untrusted content is rendered only where the engine can confine itself, or where the operator answers for it. */
async function sandboxedVersions(
  settings: Settings,
  program: EngineProgram,
): Promise<Readonly<Record<string, string>>> {
  const engine = engineOf({ runner: toolRunner(), ...program, processes: 1 });
  try {
    const versions = await engine.versions();
    if (versions['sandbox'] !== 'seccomp' && !settings.allowUnsandboxed) {
      const sentence =
        'this system has no seccomp, so manifests would be rendered without a sandbox; run on Linux, or set PRESYNC_ALLOW_UNSANDBOXED=1';
      throw new ServiceError('UNSANDBOXED', sentence);
    }
    return versions;
  } finally {
    await engine.close();
  }
}

/** Read, and tried, at the start: a broken file must not be found out by the first pull request. */
async function operatorPolicyOf({ config }: Settings): Promise<PolicyText | undefined> {
  if (config === undefined) return undefined;
  const text = await readFile(config, 'utf8').catch((cause: unknown) => {
    throw new ServiceError('NO_CONFIG', `PRESYNC_CONFIG names ${config}, which cannot be read`, { cause });
  });
  const policy = await withFiles({ file: config, text }, besideFile(config));
  await parsePolicy(policy);
  return policy;
}

async function inThisProcess({ stateDir }: Settings, { clock, timer, log }: Base): Promise<Stores> {
  const queue = new EmbeddedQueue({ lanes: lanesFor(VALIDATIONS), retry: RETRY, timer, log, maxWaiting: MAX_WAITING });
  const values = await folderValues({ folder: join(stateDir, 'store'), clock, limits: FOLDER_LIMITS });
  const key = await readOrMakeKey(join(stateDir, 'store.key'));
  // A folder of its own: renders come by the thousand, and must not push verdicts out.
  const renders = await folderValues({ folder: join(stateDir, 'renders'), clock, limits: FOLDER_LIMITS });
  return { queue, store: sealedStore({ values, key, clock }), kept: { values: renders, key } };
}

/** Every process that has the App's key can make the key of the store, and nobody else. Loaded only where Redis is used. */
async function onRedis({ privateKey }: Settings, url: string, { clock, timer, log }: Base): Promise<Stores> {
  const [{ BullQueue, QUICK_RECOVERY }, { MAX_VALUE_BYTES, redisValues }] = await Promise.all([
    import('../src/queue/bullmq.ts'),
    import('../src/adapters/redis/values.ts'),
  ]);
  const queue = new BullQueue({
    url,
    prefix: PREFIX,
    lanes: lanesFor(VALIDATIONS),
    retry: RETRY,
    recovery: QUICK_RECOVERY,
    clock,
    timer,
    log,
  });
  const onTrouble = () => log.warn({}, 'Redis cannot be reached');
  const values = redisValues({ url, prefix: PREFIX, maxValueBytes: MAX_VALUE_BYTES, onTrouble });
  const key = createHmac('sha256', privateKey).update('presync store').digest();
  return { queue, store: sealedStore({ values, key, clock }), kept: { values, key } };
}
