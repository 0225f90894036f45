import type { Problem } from '../../../model/finding.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { NotCounted } from '../../check.ts';
import type { ClusterRights } from '../effective/cluster.ts';
import type { Context, RbacRule } from '../rule.ts';
import { AccountRights } from './rights.ts';
import { type Identity, identitiesIn, workloadsIn } from './token.ts';

/** One side of a cluster, and who may do what in it. */
export interface AccountSide {
  readonly side: Problem['side'];
  readonly manifests: readonly Manifest[];
  readonly rights: ClusterRights;
  readonly accounts: AccountRights;
  readonly identities: readonly Identity[];
}

export interface AccountLooking {
  readonly touched: ReadonlySet<string>;
  readonly notCounted: readonly NotCounted[];
  readonly granting: readonly RbacRule[];
  readonly context: Context;
}

export function accountSide(
  side: Problem['side'],
  { manifests, rights }: { readonly manifests: readonly Manifest[]; readonly rights: ClusterRights },
  { granting, context }: AccountLooking,
): AccountSide {
  const identities = identitiesIn(workloadsIn(manifests), manifests);
  return { side, manifests, rights, accounts: new AccountRights(rights, granting, context), identities };
}

type Said = Pick<Problem, 'side' | 'pointer' | 'key' | 'facets' | 'message'> &
  Partial<Pick<Problem, 'severity' | 'enforcement'>>;

export function problemOf(rule: RbacRule, { app, id: object }: Manifest, said: Said): Problem {
  const { id, alias, severity, enforcement, why, fix } = rule;
  return { severity, enforcement, why, fix, ...said, rule: id, alias, app, object };
}
