import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { aManifest } from './manifest.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';

/** `core/secrets,pods/exec:get,list` or `core/secrets:get@db,cache`: one rule of a role. Groups are separated by `+`. */
export function aRule(text: string): JsonObject {
  const slash = text.indexOf('/');
  const colon = text.indexOf(':', slash);
  const [verbs = '', names] = text.slice(colon + 1).split('@');
  return {
    apiGroups: text
      .slice(0, slash)
      .split('+')
      .map((group) => (group === 'core' ? '' : group)),
    resources: text.slice(slash + 1, colon).split(','),
    verbs: verbs.split(','),
    ...(names === undefined ? {} : { resourceNames: names.split(',') }),
  };
}

export function aClusterRole(rules: readonly (string | JsonValue)[], more: JsonObject = {}): Manifest {
  const written = rules.map((rule) => (typeof rule === 'string' ? aRule(rule) : rule));
  return aManifest({
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: 'it', namespace: '' },
    rules: written,
    ...more,
  });
}

export function aRole(rules: readonly (string | JsonValue)[], namespace = 'shop'): Manifest {
  const written = rules.map((rule) => (typeof rule === 'string' ? aRule(rule) : rule));
  return aManifest({ apiVersion, kind: 'Role', metadata: { name: 'it', namespace }, rules: written });
}

/** `ClusterRole/view` to `Group:system:masters`, `User:ann`, `ServiceAccount:namespace/name`. */
export function aBinding(
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  role: string,
  subjects: readonly (string | JsonValue)[],
): Manifest {
  const [roleKind = '', name = ''] = role.split('/');
  return aManifest({
    apiVersion,
    kind,
    metadata: { name: 'it', namespace: kind === 'RoleBinding' ? 'shop' : '' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name },
    subjects: subjects.map((subject) => (typeof subject === 'string' ? aSubject(subject) : subject)),
  });
}

function aSubject(text: string): JsonObject {
  const kind = text.slice(0, text.indexOf(':'));
  const name = text.slice(kind.length + 1);
  if (kind !== 'ServiceAccount') return { kind, name, apiGroup: 'rbac.authorization.k8s.io' };
  const [namespace = '', account = ''] = name.split('/');
  return { kind, name: account, ...(namespace === '' ? {} : { namespace }) };
}
