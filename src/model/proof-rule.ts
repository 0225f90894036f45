import type { ProofRule, SignerRule } from './policy.ts';

type Leaf = Extract<ProofRule, { kind: 'proof' }>;

export function someOf(of: readonly ProofRule[], count: number): ProofRule {
  const [only] = of;
  return of.length === 1 && count === 1 && only !== undefined ? only : { kind: 'some', count, of };
}

export function leavesOf(rule: ProofRule): readonly Leaf[] {
  return rule.kind === 'proof' ? [rule] : rule.of.flatMap(leavesOf);
}

export function isProven(rule: ProofRule, isLeafProven: (leaf: Leaf) => boolean): boolean {
  if (rule.kind === 'proof') return isLeafProven(rule);
  return rule.count > 0 && rule.of.filter((one) => isProven(one, isLeafProven)).length >= rule.count;
}

export function withSigners(rule: ProofRule, change: (signer: SignerRule) => SignerRule): ProofRule {
  return rule.kind === 'proof'
    ? { ...rule, signer: change(rule.signer) }
    : { ...rule, of: rule.of.map((one) => withSigners(one, change)) };
}
