import type { PresyncError } from './error.ts';
import type { Finding } from './finding.ts';

/** Reasons that policy allows a skip for; nothing else may be skipped. */
export type SkipReason = 'unaffected' | 'nothing to look at' | 'accepted by base policy';

export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly findings: readonly [Finding, ...Finding[]] }
  | { readonly status: 'skipped'; readonly reason: SkipReason }
  | { readonly status: 'errored'; readonly reason: string; readonly cause?: PresyncError };

export type Conclusion = 'passed' | 'failed' | 'errored';

/** DESIGN 4: any failed -> failed; else any errored -> errored; else passed. No outcome at all is not a pass. */
export function conclude(outcomes: readonly Outcome[]): Conclusion {
  if (outcomes.some(({ status }) => status === 'failed')) return 'failed';
  const fine = outcomes.length > 0 && outcomes.every(({ status }) => status === 'passed' || status === 'skipped');
  return fine ? 'passed' : 'errored';
}

/** An outcome is `failed` exactly when something new blocks. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  const [first, ...rest] = findings.filter(({ status, blocking }) => status === 'new' && blocking);
  return first === undefined ? { status: 'passed' } : { status: 'failed', findings: [first, ...rest] };
}
