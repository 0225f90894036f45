import type { JsonObject, JsonValue } from '../../../model/json.ts';
import type { ObjectId } from '../../../model/manifest.ts';

/** An object of Kubernetes that an operator makes of one of its own, and where that one says it. */
export interface Made {
  readonly object: JsonObject;
  /** JSON pointer into the operator's object: of the whole, and of the parts that a finding may be about. */
  readonly at: string;
  readonly parts?: Readonly<Record<string, string>>;
}

/** What an operator makes; nothing where it would refuse the object. */
export type Reader = (object: JsonObject, id: ObjectId) => readonly Made[];

const RBAC = 'rbac.authorization.k8s.io/v1';

/**
 * A name for what an operator makes, and for namespaces that it alone knows. It has a slash, which no name of Kubernetes has, so it
 * is never taken for an object that somebody wrote.
 */
export function madeName({ kind, name }: ObjectId, ...parts: readonly (string | number)[]): string {
  return [kind, name, ...parts].join('/');
}

/** A name that only operators give: what it stands for may be in no manifest. */
export function isMadeName(name: string): boolean {
  return name.includes('/');
}

/** The object that it stands for, as a reader knows it; what was not made is as it is. */
export function knownAs({ kind, name }: Pick<ObjectId, 'kind' | 'name'>): Pick<ObjectId, 'kind' | 'name'> {
  const [madeOf, own] = name.split('/');
  return madeOf === undefined || own === undefined ? { kind, name } : { kind: madeOf, name: own };
}

export interface MadeBinding {
  readonly name: string;
  /** '' is the whole cluster. */
  readonly namespace: string;
  readonly role: string;
  readonly roleKind?: 'Role' | 'ClusterRole';
  readonly subjects: readonly JsonValue[];
}

export function madeRole(name: string, namespace: string, rules: JsonValue): JsonObject {
  return {
    apiVersion: RBAC,
    kind: namespace === '' ? 'ClusterRole' : 'Role',
    metadata: metadataOf(name, namespace),
    rules,
  };
}

export function madeBinding({ name, namespace, role, roleKind = 'ClusterRole', subjects }: MadeBinding): JsonObject {
  return {
    apiVersion: RBAC,
    kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: metadataOf(name, namespace),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: role },
    subjects,
  };
}

export function madeAccount(name: string, namespace: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(name, namespace) };
}

function metadataOf(name: string, namespace: string): JsonObject {
  return namespace === '' ? { name } : { name, namespace };
}

export function madeSubject(kind: string, name: string, namespace = ''): JsonObject {
  if (kind === 'ServiceAccount') return { kind, name, namespace };
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name };
}

const ACCOUNT = 'system:serviceaccount:';

/** Operators often write service accounts by their user name. */
export function subjectOf(kind: string, name: string): JsonObject {
  const [namespace, account, ...rest] = name.startsWith(ACCOUNT) ? name.slice(ACCOUNT.length).split(':') : [];
  const isAccount = namespace !== undefined && account !== undefined && rest.length === 0;
  return isAccount ? madeSubject('ServiceAccount', account, namespace) : madeSubject(kind, name);
}
