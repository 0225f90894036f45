import type { Policy } from '../../model/policy.ts';

/** One thing that the proposed rules let through and those of the base do not. */
export interface Weakening {
  /** Which rule of the policy, in a form that tells it from the others. */
  readonly key: string;
  /** Where it stands in the proposed file, or what is nearest to where it stood. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Compares one key of the policy. Where two ways to write a rule cannot be told apart for sure, it says weaker. */
export type Comparison = (base: Policy, proposed: Policy) => readonly Weakening[];
