import { because, provenByRoots } from './by-log.ts';
import type { Proof } from './proof.ts';
import { invalid } from './refusal.ts';
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
export function proveByKey({ signed, key, now }: KeyCase, roots: readonly UsableRoot[]): Proof {
  const { proven, faults } = provenByRoots(signed, { ...key, isValid: (date) => isValid(key, date) }, roots);
  if (proven === undefined && key.needsLog)
    throw invalid(`the signature of ${key.name} is in no trusted log${because(faults)}`);
  if (proven?.signedAt === undefined && !isValid(key, now))
    throw invalid(`${key.name} is not valid now, and nothing proves that it signed while it was`);
  const signer = { kind: 'key' as const, name: key.name, fingerprint: key.fingerprint };
  return { signer, signedAt: proven?.signedAt, isLogged: proven?.isLogged === true };
}

function isValid({ validFrom, validUntil }: UsableKey, date: Date): boolean {
  return (
    (validFrom === undefined || Date.parse(validFrom) <= date.getTime()) &&
    (validUntil === undefined || date.getTime() <= Date.parse(validUntil))
  );
}
