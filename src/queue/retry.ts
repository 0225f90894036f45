import { PresyncError } from '../model/error.ts';

/** How often a job is tried in all, and how the pauses between grow. */
export interface RetryRule {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly factor: number;
}

/** 2 s, 8 s, 32 s, 128 s: longer than the minute that GitHub asks for after a secondary limit (T6). */
export const RETRY: RetryRule = { attempts: 5, firstPauseMs: 2_000, factor: 4 };

/** The one place that decides about trying again. `tries` counts those made, this one included; undefined is never. */
export function pauseBeforeRetry(error: unknown, tries: number, rule: RetryRule): number | undefined {
  const again = error instanceof PresyncError && error.retryable && tries < rule.attempts;
  return again ? rule.firstPauseMs * rule.factor ** (tries - 1) : undefined;
}
