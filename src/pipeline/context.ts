import type { Policy } from '../model/policy.ts';
import type { Engine } from '../ports/engine.ts';
import type { Remotes } from './remotes.ts';
import type { Memo } from '../ports/memo.ts';

/** What one run knows from start to end. */
export interface RunContext {
  readonly engine: Engine;
  /** Without one every file is read anew. */
  readonly memo?: Memo | undefined;
  readonly policy: Policy;
  readonly ownUrls: readonly string[];
  readonly baseBranch: string;
  readonly remotes: Remotes;
  /** Apps made of content from elsewhere wait until it is known whether the change affects them (DESIGN 5). */
  readonly defersElsewhere: boolean;
  readonly signal: AbortSignal;
}
