import { largestPairing } from '../../model/pairing.ts';
import type { SignerRule } from '../../model/policy.ts';
import type { Believed } from '../../model/provenance.ts';
import { signerIdentity, whyNot } from './signer.ts';

/**
 * How many signers of the list have signed: each entry counts once and each identity counts once, so neither two tags of one
 * workflow nor one signature under two wide patterns make two.
 */
export function distinctSigners(anyOf: readonly SignerRule[], signatures: readonly Believed[]): number {
  const byIdentity = Map.groupBy(signatures, ({ signer }) => signerIdentity(signer));
  const fits = anyOf.map((rule) =>
    [...byIdentity].flatMap(([identity, made]) =>
      made.some(({ signer }) => whyNot(rule, signer) === undefined) ? [identity] : [],
    ),
  );
  return largestPairing(fits);
}
