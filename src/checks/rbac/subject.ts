import { isObject, type JsonValue, textAt } from '../../model/json.ts';

/** Who a binding names, as Kubernetes will match it. */
export interface Subject {
  readonly index: number;
  readonly kind: string;
  readonly name: string;
  /** Of a service account; the binding's own where none is written. */
  readonly namespace: string;
  readonly apiGroup: string;
  /** A service account that is written as a user. */
  readonly isDisguised: boolean;
  /** Normal form: equal for every way to write the same identity. */
  readonly identity: string;
}

const ACCOUNT = 'system:serviceaccount:';
/** OpenShift's words for the same. */
const KINDS: Readonly<Record<string, string>> = { SystemUser: 'User', SystemGroup: 'Group' };

/** `home` is the namespace of a RoleBinding, '' for a ClusterRoleBinding: there an account without namespace matches nobody. */
export function readSubject(written: JsonValue, index: number, home: string): Subject {
  const kind = textAt(written, 'kind');
  const name = textAt(written, 'name');
  const apiGroup = textAt(written, 'apiGroup');
  const disguised = kind === 'User' || kind === 'SystemUser' ? accountOf(name) : undefined;
  if (disguised !== undefined) {
    return { ...disguised, index, kind: 'ServiceAccount', apiGroup, isDisguised: true, identity: account(disguised) };
  }
  if (kind === 'ServiceAccount') {
    const namespace = textAt(written, 'namespace') || home;
    return { index, kind, name, namespace, apiGroup, isDisguised: false, identity: account({ namespace, name }) };
  }
  const known = Object.hasOwn(KINDS, kind) ? (KINDS[kind] ?? kind) : kind;
  const identity = isObject(written) ? `${known}:${name}` : 'not an object';
  return { index, kind: known, name, namespace: '', apiGroup, isDisguised: false, identity };
}

function account({ namespace, name }: Pick<Subject, 'namespace' | 'name'>): string {
  return `ServiceAccount:${namespace}/${name}`;
}

/** https://github.com/kubernetes/apiserver/blob/master/pkg/authentication/serviceaccount/util.go, SplitUsername */
function accountOf(user: string): Pick<Subject, 'namespace' | 'name'> | undefined {
  if (!user.startsWith(ACCOUNT)) return undefined;
  const [namespace, name, ...rest] = user.slice(ACCOUNT.length).split(':');
  if (namespace === undefined || name === undefined || rest.length > 0) return undefined;
  return namespace === '' || name === '' ? undefined : { namespace, name };
}
