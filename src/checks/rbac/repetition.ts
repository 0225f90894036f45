import { reaches } from '../../model/severity.ts';
import { sayAll } from './facet.ts';
import type { RbacHit, RbacRule } from './rule.ts';

/** What a rule found, with the rule. */
export interface RuleHit {
  readonly rule: RbacRule;
  readonly hit: RbacHit;
}

/** Leaves out what wider rules of at least the same severity say already: cluster-admin is one finding, not forty. */
export function withoutRepetition(hits: readonly RuleHit[]): readonly RuleHit[] {
  return hits.filter((one) => {
    const wider = hits.filter((other) => other.rule !== one.rule && takesOver(other, one));
    return (
      one.hit.atoms.length === 0 ||
      wider.length === 0 ||
      !sayAll(
        wider.flatMap(({ hit }) => hit.atoms),
        one.hit.atoms,
      )
    );
  });
}

function takesOver(wider: RuleHit, one: RuleHit): boolean {
  const which = wider.rule.takesOver;
  if (which !== 'everything' && !which.includes(one.rule.id)) return false;
  return reaches(wider.hit.severity ?? wider.rule.severity, one.hit.severity ?? one.rule.severity);
}
