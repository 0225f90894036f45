import { matchesGlob } from './glob.ts';
import type { ObjectId } from './manifest.ts';
import { leadsTo } from './rbac-effect.ts';

/** Who gets something; `namespace` is '' but for service accounts. */
export interface GrantSubject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** What policy may ask about something that is granted, besides the rule that says it. */
export interface RbacGrant {
  /** Rules that were left out because this problem says what they say. */
  readonly alsoSays: readonly string[];
  /** `unknown`: whoever is bound to the role, in apps that were not counted. */
  readonly subjects: readonly GrantSubject[] | 'unknown';
  /** `all` is each namespace; `none`: nobody is bound, or it is about kinds without a namespace; `unknown`: only the cluster knows. */
  readonly reach: { readonly namespace: string } | 'all' | 'none' | 'unknown';
}

/** One subject, or all that a pattern fits (src/model/glob.ts). An omitted namespace means any. */
export interface SubjectPattern {
  readonly kind: 'ServiceAccount' | 'User' | 'Group';
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What blocks whatever its severity: all that is stated must hold, and one of each list suffices. */
export interface RbacBlock {
  /** Effects (src/model/rbac-effect.ts) or ids of rules. Omitted: whatever is granted. */
  readonly effects?: readonly string[] | undefined;
  readonly subjects?: readonly SubjectPattern[] | undefined;
  /** Patterns. Omitted: everywhere. */
  readonly namespaces?: readonly string[] | undefined;
}

/** The index of the entry by which a problem blocks. */
export function blockedBy(problem: BlockedProblem, entries: readonly RbacBlock[]): number | undefined {
  const index = entries.findIndex((entry) => isMeant(problem, entry));
  return index < 0 ? undefined : index;
}

/** What of a Problem matters here. */
interface BlockedProblem {
  readonly rule: string;
  readonly object: ObjectId | null;
  readonly grant?: RbacGrant;
}

function isMeant(problem: BlockedProblem, { effects, subjects, namespaces }: RbacBlock): boolean {
  const { rule, grant } = problem;
  if (effects === undefined && grant === undefined) return false;
  const said = [rule, ...(grant?.alsoSays ?? [])];
  const isOf = (danger: string): boolean =>
    said.some((one) => leadsTo(one, danger)) || (danger === 'cross-namespace' && leavesItsNamespace(grant));
  if (effects !== undefined && !effects.some(isOf)) return false;
  if (subjects !== undefined && !subjects.some((pattern) => names(pattern, grant))) return false;
  return namespaces === undefined || namespaces.some((glob) => reachesInto(problem, glob));
}

/** A service account with rights on objects of another namespace than its own. */
function leavesItsNamespace(grant: RbacGrant | undefined): boolean {
  if (grant === undefined || grant.subjects === 'unknown' || grant.reach === 'none') return false;
  const { subjects, reach } = grant;
  return subjects.some(
    ({ kind, namespace }) =>
      kind === 'ServiceAccount' && (typeof reach === 'string' ? reach === 'all' : reach.namespace !== namespace),
  );
}

function reachesInto({ object, grant }: BlockedProblem, glob: string): boolean {
  const reach = grant?.reach ?? { namespace: object?.namespace ?? '' };
  if (typeof reach === 'string') return reach !== 'none';
  return matchesGlob(glob, reach.namespace);
}

function names(pattern: SubjectPattern, grant: RbacGrant | undefined): boolean {
  if (grant === undefined) return false;
  return grant.subjects === 'unknown' || grant.subjects.some((subject) => isOne(pattern, subject));
}

const ACCOUNTS = 'system:serviceaccounts';

/** What a group gets, each of its members gets, as far as what they are says that they are in it. */
function isOne({ kind, name, namespace }: SubjectPattern, subject: GrantSubject): boolean {
  if (subject.kind === kind) {
    const isThere = kind !== 'ServiceAccount' || matchesGlob(namespace ?? '**', subject.namespace);
    return isThere && matchesGlob(name, subject.name);
  }
  return subject.kind === 'Group' && kind !== 'Group' && isMember({ kind, namespace }, subject.name);
}

function isMember({ kind, namespace = '**' }: Pick<SubjectPattern, 'kind' | 'namespace'>, group: string): boolean {
  if (group === 'system:authenticated') return true;
  if (kind === 'User') return false;
  const isOfOne = group.startsWith(`${ACCOUNTS}:`);
  return group === ACCOUNTS || (isOfOne && matchesGlob(namespace, group.slice(ACCOUNTS.length + 1)));
}
