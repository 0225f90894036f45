import type { Policy } from '../model/policy.ts';
import type { Engine } from '../ports/engine.ts';

/** What one run knows from start to end. */
export interface RunContext {
  readonly engine: Engine;
  readonly policy: Policy;
  readonly ownUrls: readonly string[];
  readonly baseBranch: string;
  readonly signal: AbortSignal;
}
