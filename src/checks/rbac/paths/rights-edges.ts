import { type Atom, ruleCovers } from '../../../model/rbac.ts';
import { reaches } from '../../../model/severity.ts';
import type { Cause } from '../effective/cause.ts';
import { hitsOf } from '../effective/catalogue.ts';
import type { HeldRule } from '../effective/cluster.ts';
import { heldFor } from '../effective/diff.ts';
import { asRole, heldAsRole } from '../effective/effects.ts';
import { groupsOf } from '../effective/groups.ts';
import type { Role } from '../object.ts';
import { withoutRepetition } from '../repetition.ts';
import type { Context, RbacHit, RbacRule } from '../rule.ts';
import { isPrivileged } from '../scope.ts';
import { quoted } from '../wording.ts';
import type { MoveFacts } from './lead.ts';
import { MOVE_RULES, MOVES, SAID_BY_MOVES } from './moves.ts';
import { type Edge, type EndNode, endOf, namespaceEnd, type RoleNode, type SubjectNode } from './node.ts';

export interface RightsFacts extends MoveFacts {
  readonly granting: readonly RbacRule[];
  readonly context: Context;
  /** Where somebody holds something. */
  scopesOf(identity: string): readonly string[];
}

/** What somebody has in one scope, and by which objects. */
export interface Power {
  readonly scope: string;
  readonly role: Role;
  readonly given: (atom: Atom) => readonly Cause[];
}

/** More than these of one hit are not looked up: they say by which binding, and most come by the same. */
const MAX_LOOKED_UP = 16;

/** Whom a user, a group or an account becomes by its rights. */
export function subjectMoves(node: SubjectNode, facts: RightsFacts): readonly Edge[] {
  return scopesFor(node, facts).flatMap((scope) => moveEdges(heldBy(node, scope, facts), facts));
}

/** The ends that its rights are. */
export function subjectEnds(node: SubjectNode, facts: RightsFacts): readonly Edge[] {
  return scopesFor(node, facts).flatMap((scope) => endEdges(heldBy(node, scope, facts), facts));
}

/** Where whoever has bound itself to a role gets. */
export function roleEdges({ rules, scope, label }: RoleNode, facts: RightsFacts): readonly Edge[] {
  const given = (atom: Atom) => rules.filter(({ rule }) => ruleCovers(rule, atom)).map(sourceOf);
  const power = { scope, role: asRole(facts.rights.lists.of([rules]), { scope, holder: label }), given };
  return [...endEdges(power, facts), ...moveEdges(power, facts)];
}

export function scopesFor({ subject, place }: SubjectNode, facts: RightsFacts): readonly string[] {
  const identities = [subject.identity, ...groupsOf(subject)];
  const scopes = [...new Set(identities.flatMap((identity) => facts.scopesOf(identity)))];
  return place === undefined ? scopes : scopes.filter((scope) => scope === place || scope === '');
}

export function heldBy({ subject }: SubjectNode, scope: string, { rights }: RightsFacts): Power {
  const given = (atom: Atom) =>
    heldFor({ subject, scope }, rights).flatMap(({ binding, role, rules, subject: { index } }) => {
      const giver = rules.find(({ rule }) => ruleCovers(rule, atom));
      if (giver === undefined) return [];
      return [
        { manifest: binding.manifest, pointer: `/subjects/${index}` },
        sourceOf(giver),
        ...(giver.source === role ? [] : [{ manifest: role.manifest, pointer: '/aggregationRule' }]),
      ];
    });
  return { scope, role: heldAsRole({ subject, scope }, rights), given };
}

function sourceOf({ source, index }: HeldRule): Cause {
  return { manifest: source.manifest, pointer: `/rules/${index}` };
}

function moveEdges(power: Power, facts: RightsFacts): readonly Edge[] {
  const { role, scope } = power;
  const met = hitsOf(role, MOVE_RULES, facts.context);
  if (met.length === 0) return [];
  return MOVES.flatMap(({ rule, leads }) => {
    const hits = met.filter((one) => one.rule === rule).map(({ hit }) => hit);
    const all = hits.flatMap(({ atoms }) => atoms);
    return hits.flatMap((hit) => {
      const found = leads({ atoms: hit.atoms, all, scope, isNamed: hit.key === 'named' }, facts);
      if (found.length === 0) return [];
      const { text, by } = saidBy(hit, power);
      return found.map((lead) => ({ ...lead, text, by: [...by, ...(lead.by ?? [])] }));
    });
  });
}

function endEdges(power: Power, { granting, context }: RightsFacts): readonly Edge[] {
  return withoutRepetition(hitsOf(power.role, granting, context)).flatMap(({ rule, hit }) => {
    const to = endFor(rule, hit, power.scope);
    return to === undefined ? [] : [{ to, ...saidBy(hit, power) }];
  });
}

/** Power over the cluster is what is critical in all of it, or where its controllers live. */
function endFor(rule: RbacRule, hit: RbacHit, scope: string): EndNode | undefined {
  if (SAID_BY_MOVES.has(rule.id)) return undefined;
  const severity = hit.severity ?? rule.severity;
  if (severity === 'critical' && (scope === '' || isPrivileged(scope))) return endOf(rule.id);
  const isHigh = reaches(severity, 'high') && scope !== '' && !scope.startsWith('\u0001');
  return isHigh ? namespaceEnd(scope) : undefined;
}

function saidBy({ message, atoms }: RbacHit, { given }: Power): Pick<Edge, 'text' | 'by'> {
  const by = atoms.slice(0, MAX_LOOKED_UP).flatMap(given);
  const [first] = by;
  const through = first === undefined ? '' : `, by ${first.manifest.id.kind} ${quoted(first.manifest.id.name)}`;
  return { text: `${message}${through}`, by };
}
