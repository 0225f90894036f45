import type { ObjectId } from './manifest.ts';
import type { RbacGrant } from './rbac-grant.ts';
import type { PolicyRule } from './rbac.ts';
import type { Severity } from './severity.ts';
import type { Side } from './world.ts';

export type FindingStatus = 'new' | 'existing' | 'fixed';

/** Lines that a person wrote, 1-based, in the head's version of the file. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
}

/** What one subject may do on one side only, in one scope, through one binding; on which side, the finding says. */
export interface Gain {
  readonly subject: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** As a role would say it: no more and no less than the difference. */
  readonly rules: readonly PolicyRule[];
  /** null is the whole cluster, '' the namespace that the app is put into. */
  readonly namespace: string | null;
  readonly binding: ObjectId;
  /** The role that is bound. */
  readonly role: ObjectId;
  /** The role in which a person wrote the rules: another one where the bound role aggregates. */
  readonly writtenIn: ObjectId;
  /** There is more than the rules say. */
  readonly isCut: boolean;
}

/**
 * One step of a way from somebody to a power that it should not have. `from` of a step is `to` of the step before; the last
 * `to` is the power.
 */
export interface PathStep {
  /** Who acts, and whom or what it gets, as a reader knows them: service account `shop/web`, node, cluster-admin. */
  readonly from: string;
  readonly to: string;
  /** How, a short sentence. */
  readonly text: string;
  /** The object that lets it happen, and its app; '' and null where it is nothing in Git, such as a built-in role. */
  readonly app: string;
  readonly object: ObjectId | null;
  /** JSON pointer into that object. */
  readonly pointer: string;
  /** Null where nobody knows which line a person wrote for it. */
  readonly location: Location | null;
}

/**
 * What a check says about one side, before the sides are compared.
 * Two problems are the same when rule, app, object and `key` are equal; a problem of the merge result is `existing`
 * only if each of its `facets` (the single facts it consists of, in normal form) stands in that of the base.
 */
export interface Problem {
  readonly side: Side;
  readonly rule: string;
  /** Number in a public catalogue (RB-030), '' where there is none. */
  readonly alias: string;
  readonly severity: Severity;
  /** `threshold`: blocks from the severity that policy names; `required`: policy demands it; `advice`: never blocks. */
  readonly enforcement: 'threshold' | 'required' | 'advice';
  readonly app: string;
  readonly object: ObjectId | null;
  /** JSON pointer into the object; '' for the whole. */
  readonly pointer: string;
  readonly key: string;
  readonly facets: readonly string[];
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  /** Of a finding about who can do what, the same as data. */
  readonly gain?: Gain;
  /** Where the check itself knows the line (a policy file); rendered objects get theirs from blame. */
  readonly location?: Location;
  /** Where something is granted: to whom and where, for what policy says about it. */
  readonly grant?: RbacGrant;
  /** Where it is the end of a way: the way. Rendered objects get their lines afterwards, as the problem does. */
  readonly path?: readonly PathStep[];
}

export interface Finding {
  readonly rule: string;
  readonly alias: string;
  readonly severity: Severity;
  readonly blocking: boolean;
  readonly status: FindingStatus;
  /** The waiver of the base policy that accepts it, if any; a waived finding does not block. */
  readonly waivedBy?: string;
  readonly app: string;
  readonly object: ObjectId | null;
  readonly pointer: string;
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  /** Of a finding about who can do what: gained where it is `new`, lost where it is `fixed`. */
  readonly gain?: Gain;
  readonly location: Location | null;
  readonly path?: readonly PathStep[];
  /** The line of the location as it should be, where that is known to the character. */
  readonly suggestion?: string;
}
