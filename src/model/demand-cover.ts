import type { ImageRule } from './policy.ts';
import { looserProvenance, newSigners, signerName, standsForOne } from './signer-cover.ts';

/** What is asked of an image beyond its name. */
export type Part = 'signature' | 'provenance';

/** What images would pass under the entry `after` that do not under `before`, as far as the part is concerned; a clause each. */
export function looser(part: Part, before: ImageRule, after: ImageRule): readonly string[] {
  const own = part === 'signature' ? looserSignature(before, after) : provenanceClauses(before, after);
  return [...own, ...looserAge(before, after), ...looserPlatforms(before, after), ...looserFormats(before, after)];
}

function looserSignature(
  { require: { signature: before } }: ImageRule,
  { require: { signature: after } }: ImageRule,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const added = newSigners(before, after).map((one) => `a signature by ${signerName(one)} would do`);
  const fewer = after.count < before.count ? [`${after.count} in place of ${before.count} signatures would do`] : [];
  const named = before.sameName === true && after.sameName !== true;
  const twice = fewer.length === 0 && added.length === 0 && standsForOne(before, after);
  const other = named ? ['a signature that names another repository would do'] : [];
  return [...added, ...fewer, ...other, ...(twice ? ['signatures of one listed signer would count as several'] : [])];
}

function provenanceClauses(
  { require: { provenance: before } }: ImageRule,
  { require: { provenance: after } }: ImageRule,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return looserProvenance(before, after).map((key) => `provenance with another ${key} would do`);
}

function looserAge(
  { require: { maxAgeDays: before } }: ImageRule,
  { require: { maxAgeDays: after } }: ImageRule,
): readonly string[] {
  if (before === undefined || (after !== undefined && after <= before)) return [];
  return [`what is older than ${before} days would do`];
}

/** `any-of` takes what either of the others takes; neither of those takes all of the other. */
function looserPlatforms(
  { require: { platforms: before } }: ImageRule,
  { require: { platforms: after } }: ImageRule,
): readonly string[] {
  if (before === after || before === 'any-of') return [];
  return [`platforms goes from ${before} to ${after}`];
}

function looserFormats(
  { require: { formats: before } }: ImageRule,
  { require: { formats: after } }: ImageRule,
): readonly string[] {
  if (before === undefined) return [];
  if (after === undefined) return ['any format would do'];
  return after.filter((format) => !before.includes(format)).map((format) => `the format ${format} would do`);
}
