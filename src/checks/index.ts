import type { Check } from './check.ts';
import { images } from './images/index.ts';
import { policy } from './policy/index.ts';
import { provenance } from './provenance/index.ts';
import { rbac } from './rbac/index.ts';

/** Every check that can run, in report order. */
export const CHECKS: readonly Check[] = [policy, rbac, images, provenance];
