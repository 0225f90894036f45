import { sentenceOf } from '../../model/error.ts';
import type { TrustedRoot } from '../../model/provenance.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Http } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import type { TrustedRoots } from '../../ports/trusted-roots.ts';
import { type Instance, publicGood, TARGET } from './instance.ts';
import { expiryOf, type KeptRoot, keepRoot, keptRoot } from './kept-root.ts';

export interface TrustedRootsOptions {
  /** Where the last good root outlives the process. */
  readonly folder: string;
  readonly http: Http;
  readonly clock: Clock;
  /** Hears why a root could not be refreshed. */
  readonly log?: Log | undefined;
  /** Omitted: the public good instance. */
  readonly instances?: readonly Instance[] | undefined;
}

/** Roots that come with presync and are refreshed in the background: a run waits for no network, and none is no reason to stop (P-G4). */
export function trustedRoots(options: TrustedRootsOptions): TrustedRoots {
  const { folder, clock, instances = [publicGood()] } = options;
  return {
    async current() {
      const kept = await Promise.all(
        instances.map(async (instance) => ({ instance, kept: await keptRoot(folder, instance) })),
      );
      return {
        roots: kept.map((one) => rootOf(one.instance, one.kept)),
        warnings: kept.flatMap((one) => warningsFor(one.instance, one.kept, clock.now())),
      };
    },
    async refresh(signal) {
      for (const instance of instances) await refreshed(instance, options, signal);
    },
  };
}

function rootOf({ name, thresholds }: Instance, { trustedRoot }: KeptRoot): TrustedRoot {
  return { name, json: trustedRoot, thresholds };
}

const DAY_MS = 86_400_000;
/** Sigstore changes its keys a few times a year, and announces it weeks before. */
const OLD_DAYS = 30;

function warningsFor({ title, mirror }: Instance, kept: KeptRoot, now: Date): readonly string[] {
  const cure = `let presync reach ${mirror}, or update presync`;
  const days = kept.refreshedAt === undefined ? 0 : Math.floor((now.getTime() - Date.parse(kept.refreshedAt)) / DAY_MS);
  const left = expiryOf(kept) - now.getTime();
  // Of a date that cannot be read nothing is known, which is no reason to be silent.
  if (!(left > 0)) return [`The trusted root of ${title} has expired; ${cure}.`];
  if (days >= OLD_DAYS) return [`The trusted root of ${title} was refreshed ${days} days ago; ${cure}.`];
  if (left < OLD_DAYS * DAY_MS)
    return [`The trusted root of ${title} expires in ${Math.ceil(left / DAY_MS)} days; ${cure}.`];
  return [];
}

/** What is kept stays where anything goes wrong. */
async function refreshed(
  instance: Instance,
  { folder, http, clock, log }: TrustedRootsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, mirror } = instance;
  try {
    // Loaded where they are used: most runs refresh nothing.
    const [{ updated }, { readRoot }] = await Promise.all([import('./tuf.ts'), import('./own-root.ts')]);
    const { metadata } = await keptRoot(folder, instance);
    const update = await updated({ mirror, target: TARGET, metadata }, http, signal);
    const read = readRoot(update.content);
    if ('problems' in read) throw new Error(read.problems.join('; '));
    const refreshedAt = clock.now().toISOString();
    await keepRoot(folder, instance, { trustedRoot: update.content, metadata: update.metadata, refreshedAt });
  } catch (error) {
    log?.warn(
      { root: name, reason: sentenceOf(error) },
      'a trusted root could not be refreshed; the last good one is kept',
    );
  }
}
