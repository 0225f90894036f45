import type { Atom } from '../../model/rbac.ts';
import type { Hit, Rule } from '../check.ts';
import type { RbacObject } from './object.ts';

/** What a rule may know besides the object. */
export interface Context {
  /** 31 for Kubernetes 1.31; absent where policy does not say. */
  readonly minor?: number;
}

export interface RbacHit extends Hit {
  /** What was granted, where the rule is about grants; `facets` say the same as text. */
  readonly atoms: readonly Atom[];
}

/** One row of the family. `severity` is the highest that it can have, `scale` says in words which it has when. */
export interface RbacRule extends Omit<Rule, 'hits'> {
  readonly scale: string;
  /** Rules that this one says already: all of them, or these. Only what is not more severe is left out. */
  readonly takesOver: 'everything' | readonly string[];
  /** Whose rules they are is in the words alone: whether a rule that looks at grants has something to say depends on these and their scope. */
  hits(object: RbacObject, context: Context): readonly RbacHit[];
}

export const GOOD_PRACTICES = 'https://kubernetes.io/docs/concepts/security/rbac-good-practices/';
export const RBAC_DOCS = 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/';
