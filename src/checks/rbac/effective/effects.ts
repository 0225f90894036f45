import type { Atom } from '../../../model/rbac.ts';
import { subjectText } from '../binding-rule.ts';
import { givesAtom, grantsOf, type PlacedRule } from '../grants.ts';
import type { Role } from '../object.ts';
import { type RuleHit, withoutRepetition } from '../repetition.ts';
import type { Context, RbacRule } from '../rule.ts';
import type { ClusterRights, Holding } from './cluster.ts';
import { hitsOf } from './catalogue.ts';
import { heldFor, rulesFor } from './diff.ts';
import type { RuleList } from './rule-lists.ts';

/** A row of the catalogue that a subject meets on this side and did not meet, or met by less, on the other. */
export interface Effect extends RuleHit {
  /** What of it is new. */
  readonly atom: Atom;
}

/** The catalogue asked about all that somebody holds: `create` of one role and `approve` of another are one danger together. */
export function effectsOf(
  holding: Pick<Holding, 'subject' | 'scope'>,
  { from, to }: { readonly from: ClusterRights; readonly to: ClusterRights },
  rules: readonly RbacRule[],
  context: Context,
): readonly Effect[] {
  return newEffects(rulesFor(holding, from), heldAsRole(holding, to), rules, context);
}

/** The same for any two sets of rules. */
export function newEffects(
  known: readonly PlacedRule[],
  all: Role,
  rules: readonly RbacRule[],
  context: Context,
): readonly Effect[] {
  const hits = hitsOf(all, rules, context);
  if (hits.length === 0) return [];
  const before = grantsOf(known);
  return withoutRepetition(hits).flatMap((found) => {
    const atom = found.hit.atoms.find((one) => !givesAtom(before, one));
    return atom === undefined ? [] : [{ ...found, atom }];
  });
}

/** Everything that somebody has in a scope, as if one role said it. */
export function heldAsRole({ subject, scope }: Pick<Holding, 'subject' | 'scope'>, rights: ClusterRights): Role {
  const list = rights.lists.of(heldFor({ subject, scope }, rights).map(({ rules }) => rules));
  return asRole(list, { scope, holder: subjectText(subject) });
}

export function asRole(
  { rules, grants }: RuleList,
  { scope, holder }: { readonly scope: string; readonly holder: string },
): Role {
  const isCluster = scope === '';
  const id = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: isCluster ? 'ClusterRole' : 'Role',
    namespace: scope,
    name: '',
  };
  const manifest = { id, object: {}, app: '', cluster: '', origin: {}, volatile: [] };
  return {
    type: 'role',
    manifest,
    scope: isCluster ? 'cluster' : 'namespace',
    rules,
    grants,
    defects: [],
    holder,
  };
}
