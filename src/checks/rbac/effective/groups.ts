import type { Subject } from '../subject.ts';

const AUTHENTICATED = 'Group:system:authenticated';
const ACCOUNTS = 'Group:system:serviceaccounts';
const ANONYMOUS: ReadonlySet<string> = new Set(['Group:system:unauthenticated', 'User:system:anonymous']);

/**
 * The groups that a subject is in by what it is; which other groups a user is in, no manifest says.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ and .../authentication/#anonymous-requests
 */
export function groupsOf({ kind, name, namespace, identity }: Subject): readonly string[] {
  if (identity === 'User:system:anonymous') return ['Group:system:unauthenticated'];
  if (kind === 'ServiceAccount') return [`${ACCOUNTS}:${namespace}`, ACCOUNTS, AUTHENTICATED];
  if (kind === 'Group' && name.startsWith('system:serviceaccounts:')) return [ACCOUNTS, AUTHENTICATED];
  return ANONYMOUS.has(identity) || identity === AUTHENTICATED ? [] : [AUTHENTICATED];
}
