import type { Manifest } from '../../../model/manifest.ts';
import type { IsChanged } from '../effective/cause.ts';
import { readObjects } from '../object.ts';
import type { Context, RbacRule } from '../rule.ts';
import { isOfGitops } from './gitops-objects.ts';
import { isOnTheWay } from './inventory.ts';
import { isDefinition } from './operators.ts';

export interface PathLooking {
  readonly granting: readonly RbacRule[];
  readonly context: Context;
  /** Against the base, and of what is on the base against the merge result. */
  readonly isNew: IsChanged;
  readonly isGone: IsChanged;
  readonly cluster: string;
  /** Edges to be looked at on each side; absent, a bound that real clusters do not reach. */
  readonly maxEdges?: number;
}

/** Is this object one that ways go over? */
export function isOfPaths(manifest: Manifest): boolean {
  return isOnTheWay(manifest) || isOfGitops(manifest) || isDefinition(manifest) || readObjects(manifest).length > 0;
}
