import type { SignerRule } from '../../model/policy.ts';
import type { Believed } from '../../model/provenance.ts';
import { signerIdentity, whyNot } from './signer.ts';

/**
 * How many signers of the list have signed: each entry counts once and each identity counts once, so neither two tags of one
 * workflow nor one signature under two wide patterns make two. The largest such pairing is found by augmenting paths.
 */
export function distinctSigners(anyOf: readonly SignerRule[], signatures: readonly Believed[]): number {
  const byIdentity = Map.groupBy(signatures, ({ signer }) => signerIdentity(signer));
  const fits = anyOf.map((rule) =>
    [...byIdentity].flatMap(([identity, made]) =>
      made.some(({ signer }) => whyNot(rule, signer) === undefined) ? [identity] : [],
    ),
  );
  const taken = new Map<string, number>();
  return fits.filter((_, entry) => finds(entry, { fits, taken, tried: new Set() })).length;
}

interface Pairing {
  readonly fits: readonly (readonly string[])[];
  /** Which entry an identity is counted for. */
  readonly taken: Map<string, number>;
  readonly tried: Set<string>;
}

function finds(entry: number, pairing: Pairing): boolean {
  const { fits, taken, tried } = pairing;
  for (const identity of fits[entry] ?? []) {
    if (tried.has(identity)) continue;
    tried.add(identity);
    const holder = taken.get(identity);
    if (holder === undefined || finds(holder, pairing)) {
      taken.set(identity, entry);
      return true;
    }
  }
  return false;
}
