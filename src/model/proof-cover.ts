import { canonicalJson } from './json.ts';
import type { ImageRule } from './policy.ts';
import type { ProofRule } from './policy.ts';
import { someOf } from './proof-rule.ts';
import { coversSigner } from './signer-cover.ts';

type Leaf = Extract<ProofRule, { kind: 'proof' }>;

/**
 * Does whatever satisfies `after` also satisfy `before`? Never true where that is wrong; where only an exhaustive search would show
 * it, it answers false.
 */
export function provesAsMuch(after: ProofRule, before: ProofRule): boolean {
  return afterward(after, before) || backward(after, before) || canonicalJson(after) === canonicalJson(before);
}

function afterward(after: ProofRule, before: ProofRule): boolean {
  if (after.kind === 'proof') return before.kind === 'proof' && coversLeaf(before, after);
  const { of, count } = after;
  // More than there are never hold. Whatever is counted, one of them holds; where all are, each of them does.
  if (count > of.length) return true;
  if (count > 0 && of.every((one) => provesAsMuch(one, before))) return true;
  return count === of.length && of.some((one) => provesAsMuch(one, before));
}

function backward(after: ProofRule, before: ProofRule): boolean {
  if (before.kind === 'proof') return false;
  const { of, count } = before;
  if (count === of.length && of.length > 0) return of.every((one) => provesAsMuch(after, one));
  return count === 1 && of.some((one) => provesAsMuch(after, one));
}

function coversLeaf(wide: Leaf, narrow: Leaf): boolean {
  const isFormat =
    wide.formats === undefined || (narrow.formats?.every((format) => wide.formats?.includes(format)) ?? false);
  return (
    wide.at === narrow.at &&
    wide.predicateType === narrow.predicateType &&
    isFormat &&
    coversSigner(wide.signer, narrow.signer)
  );
}

/** As a proof; a rule that wants several different signers is one only where a weaker reading of it does no harm (`isAfter`). */
export function proofOf({ require }: ImageRule, isAfter: boolean): ProofRule | undefined {
  const { proof, signature, formats } = require;
  if (proof !== undefined || signature === undefined) return proof;
  if (signature.count > 1 && !isAfter) return undefined;
  const leaves = signature.anyOf.map((signer): ProofRule => ({ kind: 'proof', signer, formats }));
  return someOf(leaves, Math.max(1, signature.count));
}

/** What would do that did not, where one of the two is a proof; a clause. */
export function looserProof(before: ImageRule, after: ImageRule): readonly string[] {
  const [was, is] = [proofOf(before, false), proofOf(after, true)];
  const isCovered = was !== undefined && is !== undefined && provesAsMuch(is, was);
  return isCovered ? [] : ['other signatures and attestations would do'];
}
