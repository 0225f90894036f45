import { reaches } from '../../model/severity.ts';
import { sayAll } from './facet.ts';
import type { RbacHit, RbacRule } from './rule.ts';

/** What a rule found, with the rule. */
export interface RuleHit {
  readonly rule: RbacRule;
  readonly hit: RbacHit;
  /** Rules whose findings were left out because this one says them. */
  readonly alsoSays?: readonly string[];
}

/** Leaves out what wider rules of at least the same severity say already: cluster-admin is one finding, not forty. */
export function withoutRepetition(hits: readonly RuleHit[]): readonly RuleHit[] {
  const wider = new Map(hits.map((one) => [one, saidBy(one, hits)]));
  const isLeft = (one: RuleHit): boolean => wider.get(one)?.length === 0;
  const hidden = hits.filter((one) => !isLeft(one));
  if (hidden.length === 0) return hits;
  return hits.filter(isLeft).map((one) => {
    const said = hidden.filter((other) => leads(other, one, wider, new Set()));
    return said.length === 0 ? one : { ...one, alsoSays: [...new Set(said.map(({ rule }) => rule.id))] };
  });
}

/** The wider hits that say all of this one together; none where something of it is said by nobody else. */
function saidBy(one: RuleHit, hits: readonly RuleHit[]): readonly RuleHit[] {
  if (one.hit.atoms.length === 0) return [];
  const wider = hits.filter((other) => other.rule !== one.rule && takesOver(other, one));
  const atoms = wider.flatMap(({ hit }) => hit.atoms);
  return wider.length > 0 && sayAll(atoms, one.hit.atoms) ? wider : [];
}

/** What was left out for a hit that was itself left out is said by the one that remains. */
function leads(
  from: RuleHit,
  to: RuleHit,
  wider: ReadonlyMap<RuleHit, readonly RuleHit[]>,
  seen: Set<RuleHit>,
): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  return (wider.get(from) ?? []).some((one) => one === to || leads(one, to, wider, seen));
}

function takesOver(wider: RuleHit, one: RuleHit): boolean {
  const which = wider.rule.takesOver;
  if (which !== 'everything' && !which.includes(one.rule.id)) return false;
  return reaches(wider.hit.severity ?? wider.rule.severity, one.hit.severity ?? one.rule.severity);
}
