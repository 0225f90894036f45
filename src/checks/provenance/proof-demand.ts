import type { ProofRule } from '../../model/policy.ts';
import { isProven, leavesOf } from '../../model/proof-rule.ts';
import type { Believed } from '../../model/provenance.ts';
import { signatureFix } from './commands.ts';
import type { Demand } from './demand.ts';
import { whyNot } from './signer.ts';
import { wantedText } from './text.ts';

type Leaf = ReturnType<typeof leavesOf>[number];

/** What a rule of another tool asks for, as a demand: who may give it, and when there is enough of it. */
export function proofDemand(proof: ProofRule, image: string): Demand {
  const leaves = leavesOf(proof);
  const signers = leaves.map(({ signer }) => signer);
  return {
    part: 'signature',
    looksElsewhere: true,
    wanted: proofText(proof),
    fix: signatureFix(signers, image),
    isCandidate: ({ role }) =>
      leaves.some(({ predicateType }) => (predicateType === undefined) === (role === 'signature')),
    why: (made) => {
      const faults = leaves.map((leaf) => whyNotLeaf(leaf, made));
      return faults.includes(undefined) ? undefined : (faults[0] ?? 'no signer is listed');
    },
    isEnough: (counted) => isProven(proof, (leaf) => counted.some((made) => whyNotLeaf(leaf, made) === undefined)),
  };
}

function whyNotLeaf({ signer, predicateType, formats, at }: Leaf, made: Believed): string | undefined {
  if (made.at !== at) return `it lies in ${made.at ?? 'the repository of the image'}`;
  const fault = whyNotOfKind(predicateType, made);
  if (fault !== undefined) return fault;
  if (formats?.includes(made.format) === false) return `it is a ${made.format}; only ${formats.join(', ')} counts`;
  return whyNot(signer, made.signer);
}

function whyNotOfKind(predicateType: string | undefined, made: Believed): string | undefined {
  if (predicateType === undefined)
    return made.role === 'signature' ? undefined : 'it is an attestation and no signature';
  const isIt = made.role === 'attestation' && made.predicateType === predicateType;
  return isIt ? undefined : `its predicate is ${made.predicateType ?? 'none'}`;
}

/** For a reader, and the same while the rule stays the same. */
function proofText(proof: ProofRule): string {
  if (proof.kind === 'proof') {
    const { signer, predicateType, at } = proof;
    const what = predicateType === undefined ? 'a signature' : `an attestation (${predicateType})`;
    return `${what} by ${wantedText(signer)}${at === undefined ? '' : ` in ${at}`}`;
  }
  const parts = proof.of.map(proofText);
  if (parts.length === 0) return 'what nobody can give: no signer is listed';
  if (proof.count <= 1) return parts.join(' or ');
  return proof.count === parts.length ? `(${parts.join(' and ')})` : `${proof.count} of: (${parts.join(', ')})`;
}
