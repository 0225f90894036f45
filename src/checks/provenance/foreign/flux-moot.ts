import { canonicalJson, objectAt } from '../../../model/json.ts';
import { looser } from '../../../model/demand-cover.ts';
import { groupOf, identityKey, type Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { addressOf, sourceSpec } from './flux-verify.ts';
import { nameOf } from './reading.ts';

/** What a guard stands in: both worlds, and the rules that are read of the second one. */
export interface Worlds {
  readonly base: readonly Manifest[];
  readonly merged: readonly Manifest[];
  readonly asked: readonly ImageRule[];
}

/** What fetches something by itself; a HelmRelease with a chartRef has it from one of these. */
const SOURCES = new Set([
  'source.toolkit.fluxcd.io OCIRepository',
  'source.toolkit.fluxcd.io HelmChart',
  'source.toolkit.fluxcd.io GitRepository',
  'source.toolkit.fluxcd.io Bucket',
  'helm.toolkit.fluxcd.io HelmRelease',
]);

export function isFluxSource({ id: { apiVersion, kind } }: Manifest): boolean {
  return SOURCES.has(`${groupOf(apiVersion)} ${kind}`);
}

/**
 * A source asks for a signature of what it fetches itself: gone, or with another address, it leaves nothing unverified behind. Unless
 * another source fetches the same without asking as much, or one that asks less comes with the change and may take its place.
 * Without a rule, what it asks is not understood: then no source may come, whatever it asks.
 */
export function isMoot(guard: Manifest, rule: ImageRule | undefined, { base, merged, asked }: Worlds): boolean {
  if (!isFluxSource(guard)) return false;
  const sources = merged.filter((one) => one.cluster === guard.cluster && isFetching(one));
  const own = sources.filter((one) => isSame(one, guard));
  const isEnough = (one: Manifest) => rule !== undefined && asksAsMuch(one, rule, asked);
  if (!own.every(isEnough)) return false;
  const known = new Set(base.filter(isFluxSource).map((one) => fetchKey(one, base)));
  const repository = addressOf(guard, base);
  return sources
    .filter((one) => !isSame(one, guard) && !isEnough(one))
    .every((one) => {
      const isFetched = own.length === 0 && repository !== undefined && addressOf(one, merged) === repository;
      return known.has(fetchKey(one, merged)) && !isFetched;
    });
}

function isFetching(one: Manifest): boolean {
  return isFluxSource(one) && (one.id.kind !== 'HelmRelease' || sourceSpec(one)['chart'] !== undefined);
}

function isSame(one: Manifest, other: Manifest): boolean {
  return one.cluster === other.cluster && identityKey(one.id) === identityKey(other.id);
}

function asksAsMuch(one: Manifest, rule: ImageRule, asked: readonly ImageRule[]): boolean {
  const own = asked.filter(({ from, cluster }) => cluster === one.cluster && from === nameOf(one));
  return own.some((other) => looser('signature', rule, other).length === 0);
}

/** What it fetches and what it asks for; a new version or new values change neither. */
function fetchKey(one: Manifest, all: readonly Manifest[]): string {
  const { url, chart, sourceRef, verify } = sourceSpec(one);
  const { endpoint, bucketName } = objectAt(one.object, 'spec');
  const written = [url, chart, sourceRef, verify, endpoint, bucketName].map((part) => part ?? null);
  return canonicalJson([one.cluster, identityKey(one.id), ...written, addressOf(one, all) ?? null]);
}
