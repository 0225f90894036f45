import type { Atom } from '../../../model/rbac.ts';
import type { ClusterRights } from '../effective/cluster.ts';
import type { RbacRule } from '../rule.ts';
import type { GitopsObjects } from './gitops-objects.ts';
import type { Inventory } from './inventory.ts';
import type { Lead, PathNode } from './node.ts';

/** What somebody may do in a scope by one rule of the catalogue. */
export interface Found {
  readonly atoms: readonly Atom[];
  /** Those with names as well, where these have none, and the other way round. */
  readonly all: readonly Atom[];
  readonly scope: string;
  readonly isNamed: boolean;
}

export interface MoveFacts {
  readonly inventory: Inventory;
  readonly gitops: GitopsObjects;
  readonly rights: ClusterRights;
  /** Accounts of any namespace that hold something, by name. */
  accountsNamed(name: string): readonly PathNode[];
}

/** A rule of the catalogue by which one becomes somebody else. */
export interface Move {
  readonly rule: RbacRule;
  readonly leads: (found: Found, facts: MoveFacts) => readonly Lead[];
}
