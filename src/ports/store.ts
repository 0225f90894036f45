import type { Verdict } from '../model/verdict.ts';

/** What a verdict was made for; its text form is the key under which it is kept (DESIGN 4: never by head alone). */
export interface VerdictKey {
  readonly installation: number;
  readonly repository: number;
  /** `pull/12`, or `group/<head>` for a merge group. */
  readonly subject: string;
  readonly head: string;
  readonly base: string;
  /** Digest of the policy text that judged it. */
  readonly policy: string;
}

/** A finished verdict with what publishing it needs to know. */
export interface StoredVerdict {
  readonly id: string;
  readonly key: VerdictKey;
  readonly verdict: Verdict;
}

/** What is known of one check run on GitHub, by installation, repository and head. */
export interface StoredRun {
  readonly checkRunId: number;
  /** Annotations that GitHub has already taken; a resumed publish goes on from here (C2: they only append). */
  readonly annotations: number;
  readonly publishedDigest: string;
  readonly reviewId: number | null;
}

/**
 * Verdicts and what was published of them: bounded, with time to live and MAC, never with Secret values (DESIGN 9).
 * A value whose MAC does not hold is as good as absent.
 */
export interface Store {
  putVerdict(key: VerdictKey, verdict: Verdict): Promise<string>;
  verdictById(id: string): Promise<StoredVerdict | undefined>;
  verdictFor(key: VerdictKey): Promise<StoredVerdict | undefined>;
  putRun(name: string, run: StoredRun): Promise<void>;
  run(name: string): Promise<StoredRun | undefined>;
  /** True the first time a webhook delivery id is seen within the time to live (W7). */
  rememberDelivery(id: string): Promise<boolean>;
  close(): Promise<void>;
}
