import type { Check } from './check.ts';

/** Every check that can run, in report order. */
export const CHECKS: readonly Check[] = [];
