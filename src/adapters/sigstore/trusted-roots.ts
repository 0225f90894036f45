import { sentenceOf } from '../../model/error.ts';
import type { MissingRoot, TrustedRoot } from '../../model/provenance.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Http } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import type { RootSource, RootWarning, TrustedRoots } from '../../ports/trusted-roots.ts';
import { githubInstance, type Instance, publicGood, TARGET } from './instance.ts';
import { expiryOf, type KeptRoot, keepRoot, keptRoot } from './kept-root.ts';
import { pinnedRoot } from './pinned-root.ts';

export interface TrustedRootsOptions {
  /** Where the last good root outlives the process; undefined: nothing does, so that nothing is refreshed for later either. */
  readonly folder: string | undefined;
  readonly http: Http;
  readonly clock: Clock;
  /** Hears why a root could not be refreshed. */
  readonly log?: Log | undefined;
  /** Omitted: the public good instance, and GitHub's own. */
  readonly instances?: readonly Instance[] | undefined;
}

/**
 * Roots that presync knows from the start. Those that it is shipped with are refreshed in the background: a run waits for no network, and
 * none is no reason to stop (P-G4). Those of which it has a pin alone are fetched when something stands under them, and refreshed from then on.
 */
export function trustedRoots(options: TrustedRootsOptions): TrustedRoots & RootSource {
  const { folder, clock, log, instances = [publicGood(), githubInstance()] } = options;
  const read = () =>
    Promise.all(instances.map(async (instance) => ({ instance, kept: await keptRoot(folder, instance) })));
  return {
    async current() {
      const all = await read();
      const here = all.flatMap(({ instance, kept }) => (kept === undefined ? [] : [{ instance, kept }]));
      return {
        roots: here.map((one) => rootOf(one.instance, one.kept)),
        missing: all.flatMap(({ instance, kept }) => (kept === undefined ? missingOf(instance) : [])),
        warnings: here.flatMap((one) => warningsFor(one.instance, one.kept, clock.now())),
        isDue: folder !== undefined && here.some((one) => !(daysSince(one.kept, clock.now()) < 1)),
      };
    },
    async refresh(signal) {
      const all = await read();
      const refreshed = all.map(async ({ instance, kept }) => {
        const answer = kept === undefined ? undefined : await newer(instance, kept, { ...options, signal });
        if (typeof answer === 'string') log?.warn({ root: instance.name, reason: answer }, NOT_REFRESHED);
      });
      await Promise.all(refreshed);
    },
    async bring(name, signal) {
      const instance = instances.find((one) => one.name === name);
      if (instance === undefined) return `no root is called ${name}`;
      const kept = await keptRoot(folder, instance);
      if (kept !== undefined) return rootOf(instance, kept);
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(BRING_MS)]);
      const answer = await newer(instance, undefined, { ...options, signal: bounded });
      if (typeof answer === 'string') log?.warn({ root: name, reason: answer }, NOT_BROUGHT);
      return answer;
    },
  };
}

/** A dozen small files. */
const BRING_MS = 30_000;
const NOT_REFRESHED = 'a trusted root could not be refreshed; the last good one is kept';
const NOT_KEPT = 'a trusted root could not be kept; it counts for this run, and is fetched again by the next one';
const NOT_BROUGHT = 'a trusted root could not be fetched; what stands under it cannot be checked';

function rootOf({ name, thresholds, issuer }: Instance, { trustedRoot }: KeptRoot): TrustedRoot {
  return { name, json: trustedRoot, thresholds, issuer };
}

function missingOf(instance: Instance): readonly MissingRoot[] {
  if (!('pin' in instance)) return [];
  const { name, organization, title, mirror } = instance;
  const sentence = `the trusted root of ${title} is not here; let presync reach ${mirror} once, or give it as a file (PRESYNC_TRUSTED_ROOTS, trust.roots)`;
  return [{ name, organization, sentence }];
}

const DAY_MS = 86_400_000;

/** NaN where it never was. */
function daysSince({ refreshedAt }: KeptRoot, now: Date): number {
  return (now.getTime() - Date.parse(refreshedAt ?? '')) / DAY_MS;
}
/** Sigstore changes its keys a few times a year, and announces it weeks before. */
const OLD_DAYS = 30;

function warningsFor(instance: Instance, kept: KeptRoot, now: Date): readonly RootWarning[] {
  const fault = ageOf(kept, now);
  const { name, title, mirror } = instance;
  if (fault === undefined) return [];
  const update = 'pin' in instance ? '' : ', or update presync';
  const sentence = `The trusted root of ${title} ${fault}; let presync reach ${mirror}${update}.`;
  return [{ root: name, sentence }];
}

function ageOf(kept: KeptRoot, now: Date): string | undefined {
  const days = kept.refreshedAt === undefined ? 0 : Math.floor(daysSince(kept, now));
  const left = expiryOf(kept) - now.getTime();
  // Of a date that cannot be read nothing is known, which is no reason to be silent.
  if (!(left > 0)) return 'has expired';
  if (days >= OLD_DAYS) return `was refreshed ${days} days ago`;
  return left < OLD_DAYS * DAY_MS ? `expires in ${Math.ceil(left / DAY_MS)} days` : undefined;
}

type Update = TrustedRootsOptions & { readonly signal: AbortSignal };

/** A newer root, kept, or why there is none; then what was kept stays. */
async function newer(
  instance: Instance,
  kept: KeptRoot | undefined,
  { folder, http, clock, log, signal }: Update,
): Promise<TrustedRoot | string> {
  try {
    // Loaded where they are used: most runs refresh nothing.
    const [{ updated }, { readRoot }] = await Promise.all([import('./tuf.ts'), import('./own-root.ts')]);
    const metadata = kept?.metadata ?? { root: await startOf(instance, http, signal) };
    const update = await updated({ mirror: instance.mirror, target: TARGET, metadata }, http, signal);
    const read = readRoot(update.content);
    if ('problems' in read) return read.problems.join('; ');
    const refreshedAt = clock.now().toISOString();
    const fresh = { trustedRoot: update.content, metadata: update.metadata, refreshedAt };
    await keepRoot(folder, instance, fresh).catch((error: unknown) =>
      log?.warn({ root: instance.name, reason: sentenceOf(error) }, NOT_KEPT),
    );
    return rootOf(instance, fresh);
  } catch (error) {
    return sentenceOf(error);
  }
}

function startOf(instance: Instance, http: Http, signal: AbortSignal): string | Promise<string> {
  return 'pin' in instance ? pinnedRoot(instance, http, signal) : instance.tufRoot;
}
