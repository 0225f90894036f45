import { createHash, type KeyObject } from 'node:crypto';
import { type TrustMaterial, Verifier } from '@sigstore/verify';
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
import type { HashName } from './key-signature.ts';
import { assertInToto001, assertLoggedFor, isInToto001 } from './log-entry.ts';
import { claimedTimes, earliest, type Proof } from './proof.ts';
import { sentenceFor } from './refusal.ts';
import { contentOf, type Signed } from './signed.ts';
import type { UsableRoot } from './usable-trust.ts';

/** Whoever signed without Sigstore having issued anything: a bare key, or a certificate of one's own authority. */
export interface Holder {
  /** What a log entry must name: the key (SubjectPublicKeyInfo) or the certificate. */
  readonly der: Buffer;
  readonly key: KeyObject;
  readonly hash?: HashName | undefined;
  readonly needsLog?: boolean | undefined;
  /** Could it sign then? A throw is a no, with its reason. */
  isValid(date: Date): boolean;
}

export type Proven = Pick<Proof, 'signedAt' | 'isLogged'>;

/**
 * That a log holds the signature, or since when it exists, by the first trusted root that proves all that is claimed; else by one that
 * proves the timestamps alone. Undefined, with what stood against it, where none does: then nobody knows when it was made.
 */
export function provenByRoots(
  signed: Signed,
  holder: Holder,
  roots: readonly UsableRoot[],
): { readonly proven: Proven | undefined; readonly faults: readonly string[] } {
  const faults: string[] = [];
  for (const kept of [signed, { ...signed, entries: [] }])
    for (const { material } of roots) {
      if (kept.entries.length === 0 && (holder.needsLog === true || kept.timestamps.length === 0)) continue;
      try {
        return { proven: provenBy(kept, holder, material), faults };
      } catch (error) {
        faults.push(sentenceFor(error));
      }
    }
  return { proven: undefined, faults };
}

/** For a sentence, of what stood against it. */
export function because(faults: readonly string[]): string {
  return faults.length === 0 ? '' : ` (${[...new Set(faults)].join('; ')})`;
}

/** Throws. */
function provenBy(signed: Signed, holder: Holder, material: TrustMaterial): Proven {
  const sha256 = createHash('sha256').update(signed.content.payload).digest('hex');
  for (const entry of signed.entries) {
    assertLoggedFor(entry, holder.der);
    if (!isInToto001(entry)) continue;
    verifyTLogInclusion(entry, material.tlogs);
    assertInToto001(entry, sha256);
  }
  const times = claimedTimes(signed);
  const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  const publicKey = () => ({ publicKey: holder.key, validFor: (date: Date) => holder.isValid(date) });
  new Verifier({ ...material, publicKey }, options).verify({
    signature: contentOf(signed, holder.hash),
    key: { $case: 'public-key', hint: '' },
    tlogEntries: signed.entries.filter((entry) => !isInToto001(entry)),
    timestamps: times,
  });
  return { signedAt: earliest(times), isLogged: signed.entries.length > 0 };
}
