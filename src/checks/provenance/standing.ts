import type { Believed } from '../../model/provenance.ts';
import { isSameSigner } from './identity.ts';
import { isProvenance } from './slsa.ts';
import type { ReadEvidence } from './subjects.ts';

/**
 * What stands for the whole image: it speaks of what is named, or its signer has made one for each platform. One platform alone
 * stands for nothing: a good one can be put beside a bad one (P-D4).
 */
function wholeOf({ digest, isIndex, platforms }: ReadEvidence, made: readonly Believed[]): readonly Believed[] {
  const own = made.filter(({ subject }) => subject === digest);
  if (!isIndex || platforms.length === 0) return own;
  const isOnEach = ({ signer }: Believed) =>
    platforms.every((platform) =>
      made.some((other) => other.subject === platform.digest && isSameSigner(signer, other.signer)),
    );
  return [...own, ...made.filter((one) => one.subject !== digest && isOnEach(one))];
}

export function signaturesOf(evidence: ReadEvidence): readonly Believed[] {
  const { believed } = evidence;
  return wholeOf(
    evidence,
    believed.filter(({ role }) => role === 'signature'),
  );
}

export function provenanceOf(evidence: ReadEvidence): readonly Believed[] {
  return wholeOf(evidence, evidence.believed.filter(isProvenance));
}

/** When it is proven to have been there first. */
export function provenSince(evidence: ReadEvidence): string | undefined {
  const times = [...signaturesOf(evidence), ...provenanceOf(evidence)].flatMap(({ signedAt }) => signedAt ?? []);
  return times.filter((time) => !Number.isNaN(Date.parse(time))).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** `2026-10-02`, in UTC; '' where nobody proves it. */
export function dayOf(time: string | undefined): string {
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10);
}
