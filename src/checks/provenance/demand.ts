import type { Believed } from '../../model/provenance.ts';

/** One thing that is asked for: who may give it, and when there is enough of it. */
export interface Demand {
  readonly part: 'signature' | 'provenance';
  readonly wanted: string;
  readonly fix: string;
  /** Does it count what lies in other repositories? */
  readonly looksElsewhere?: true;
  /** What could be it, whoever made it. */
  readonly isCandidate: (one: Believed) => boolean;
  readonly why: (one: Believed) => string | undefined;
  readonly isEnough: (counted: readonly Believed[]) => boolean;
}
