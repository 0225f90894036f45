import type { Check, Rule } from './check.ts';
import { images, RULES as IMAGES } from './images/index.ts';
import { policy, RULES as POLICY } from './policy/index.ts';
import { provenance, RULES as PROVENANCE } from './provenance/index.ts';
import { rbac, RULES as RBAC, WHOLE_RULES } from './rbac/index.ts';

/** Every check that can run, in report order. */
export const CHECKS: readonly Check[] = [policy, rbac, images, provenance];

export type RuleWords = Pick<Rule, 'id' | 'title' | 'references'>;

/** What each rule of each family is called, and where one can read more. */
export const RULE_WORDS: ReadonlyMap<string, RuleWords> = new Map(
  [...POLICY, ...WHOLE_RULES, ...RBAC, ...IMAGES, ...PROVENANCE].map((rule: RuleWords) => [rule.id, rule] as const),
);
