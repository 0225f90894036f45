import type { Policy } from '../model/policy.ts';
import type { Engine } from '../ports/engine.ts';
import type { Memo } from '../ports/memo.ts';

/** What one run knows from start to end. */
export interface RunContext {
  readonly engine: Engine;
  /** Without one every file is read anew. */
  readonly memo?: Memo | undefined;
  readonly policy: Policy;
  readonly ownUrls: readonly string[];
  readonly baseBranch: string;
  readonly signal: AbortSignal;
}
