import { createHash } from 'node:crypto';
import { type TrustMaterial, Verifier } from '@sigstore/verify';
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
import { assertInToto001, assertLoggedFor, isInToto001 } from './log-entry.ts';
import { claimedTimes, earliest, type Proof } from './proof.ts';
import { invalid, sentenceFor } from './refusal.ts';
import { contentOf, type Signed } from './signed.ts';
import type { UsableKey, UsableRoot } from './usable-trust.ts';

interface KeyCase {
  readonly signed: Signed;
  readonly key: UsableKey;
  readonly now: Date;
}

export function isSignedBy(signed: Signed, { key, hash }: UsableKey): boolean {
  return contentOf(signed, hash).verifySignature(key);
}

/**
 * A signature that is the key's. The time of the log or of a timestamp counts where a trusted root proves it; else the key must be
 * valid now, since nobody knows when it signed (P-C5). Throws.
 */
export function proveByKey(asked: KeyCase, roots: readonly UsableRoot[]): Proof {
  const { signed, key } = asked;
  const faults: string[] = [];
  for (const kept of [signed, { ...signed, entries: [] }])
    for (const { material } of roots) {
      if (kept.entries.length === 0 && (key.needsLog || kept.timestamps.length === 0)) continue;
      try {
        return proven({ ...asked, signed: kept }, material);
      } catch (error) {
        faults.push(sentenceFor(error));
      }
    }
  if (key.needsLog) throw invalid(`the signature of ${key.name} is in no trusted log${because(faults)}`);
  assertValid(key, asked.now);
  return { signer: signerOf(key), signedAt: undefined, isLogged: false };
}

function proven({ signed, key, now }: KeyCase, material: TrustMaterial): Proof {
  const sha256 = createHash('sha256').update(signed.content.payload).digest('hex');
  for (const entry of signed.entries) {
    assertLoggedFor(entry, key.der);
    if (!isInToto001(entry)) continue;
    verifyTLogInclusion(entry, material.tlogs);
    assertInToto001(entry, sha256);
  }
  const times = claimedTimes(signed);
  if (times.length === 0) assertValid(key, now);
  const validFor = (date: Date) => isValid(key, date);
  const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  new Verifier({ ...material, publicKey: () => ({ publicKey: key.key, validFor }) }, options).verify({
    signature: contentOf(signed, key.hash),
    key: { $case: 'public-key', hint: '' },
    tlogEntries: signed.entries.filter((entry) => !isInToto001(entry)),
    timestamps: times,
  });
  return { signer: signerOf(key), signedAt: earliest(times), isLogged: signed.entries.length > 0 };
}

function isValid({ validFrom, validUntil }: UsableKey, date: Date): boolean {
  return (
    (validFrom === undefined || Date.parse(validFrom) <= date.getTime()) &&
    (validUntil === undefined || date.getTime() <= Date.parse(validUntil))
  );
}

function assertValid(key: UsableKey, now: Date): void {
  if (!isValid(key, now)) throw invalid(`${key.name} is not valid now, and nothing proves that it signed while it was`);
}

function signerOf({ name, fingerprint }: UsableKey): Proof['signer'] {
  return { kind: 'key', name, fingerprint };
}

function because(faults: readonly string[]): string {
  return faults.length === 0 ? '' : ` (${faults.join('; ')})`;
}
