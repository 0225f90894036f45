import type { ImageRule } from '../../model/policy.ts';
import type { Believed, ImageEvidence } from '../../model/provenance.ts';

export type ReadEvidence = Extract<ImageEvidence, { status: 'read' }>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Does what is asked hold for what is named, or for each platform of an index, or for either (P-D4)? `missing` are platforms without it. */
export function satisfies(
  how: ImageRule['require']['platforms'],
  { digest, isIndex, platforms }: ReadEvidence,
  holds: (digest: string) => boolean,
): { readonly isMet: boolean; readonly missing: readonly string[] } {
  const itself = holds(digest);
  if (how === 'index' || !isIndex) return { isMet: itself, missing: [] };
  const missing = platforms.filter((one) => !holds(one.digest)).map(({ name }) => name);
  // An index that offers nothing has no platform that could be unsigned, and none that is signed.
  const eachHolds = platforms.length > 0 && missing.length === 0;
  return { isMet: eachHolds || (how === 'any-of' && itself), missing };
}

/** Is the proven time of the signature recent enough? A time that nobody proves is not (P-D5). */
export function isFresh(one: Believed, maxAgeDays: number, now: Date): boolean {
  const age = ageMs(one, now);
  return age !== undefined && age <= maxAgeDays * DAY_MS;
}

/** Whole days since the proven time. */
export function ageDays(one: Believed, now: Date): number | undefined {
  const age = ageMs(one, now);
  return age === undefined ? undefined : Math.floor(age / DAY_MS);
}

function ageMs({ signedAt }: Believed, now: Date): number | undefined {
  const time = signedAt === undefined ? Number.NaN : Date.parse(signedAt);
  return Number.isNaN(time) ? undefined : now.getTime() - time;
}
