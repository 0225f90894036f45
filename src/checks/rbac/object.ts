import { isObject, type JsonObject, type JsonValue, listAt, objectAt, pointer, textAt } from '../../model/json.ts';
import { groupOf, type Manifest, objectIdOf } from '../../model/manifest.ts';
import { isGitops } from './gitops-kinds.ts';
import { type Grants, grantsOf, type PlacedRule } from './grants.ts';
import { type Defect, readRules } from './policy-rule.ts';
import { unreadIn } from './operators/unread-kinds.ts';
import { readSubject, type Subject } from './subject.ts';

export type Scope = 'cluster' | 'namespace';

export interface Role {
  readonly type: 'role';
  readonly manifest: Manifest;
  readonly scope: Scope;
  readonly rules: readonly PlacedRule[];
  readonly grants: Grants;
  readonly defects: readonly Defect[];
  /** Who has these rules, where they are what somebody holds by several roles, and not what one role says. */
  readonly holder?: string;
}

export interface Binding {
  readonly type: 'binding';
  readonly manifest: Manifest;
  readonly scope: Scope;
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly Subject[];
  readonly defects: readonly Defect[];
}

/** A service account, or a Secret that holds the token of one. */
export interface Credential {
  readonly type: 'credential';
  readonly manifest: Manifest;
}

/** What says with whose rights a controller deploys what. */
export interface Gitops {
  readonly type: 'gitops';
  readonly manifest: Manifest;
}

/** What an operator makes roles or bindings of, in a way that is not read. */
export interface Unread {
  readonly type: 'unread';
  readonly manifest: Manifest;
  /** After "its". */
  readonly why: string;
}

export type RbacObject = Role | Binding | Credential | Gitops | Unread;

const KUBERNETES = 'rbac.authorization.k8s.io';
/** The API server of OpenShift turns these into Kubernetes' own, so they grant the same. */
export const OPENSHIFT = 'authorization.openshift.io';

/** Of a Secret that Kubernetes fills with the token of a service account. */
export const TOKEN_TYPE = 'kubernetes.io/service-account-token';

/** Manifests never change, and most are asked for once for the app and once for its cluster: what was read goes with them. */
const READ = new WeakMap<Manifest, readonly RbacObject[]>();

/** What this family reads in a manifest; the items of a list one by one, as a client sends them. */
export function readObjects(manifest: Manifest): readonly RbacObject[] {
  const known = READ.get(manifest) ?? readAgain(manifest);
  READ.set(manifest, known);
  return known;
}

function readAgain(manifest: Manifest): readonly RbacObject[] {
  return itemsOf(manifest).flatMap((item) => readObject(item) ?? []);
}

/** The items of a list, or the object itself. */
export function itemsOf(manifest: Manifest): readonly Manifest[] {
  if (!manifest.id.kind.endsWith('List')) return [manifest];
  const kind = manifest.id.kind.slice(0, -'List'.length);
  const items = listAt(manifest.object, 'items').filter(isObject);
  return items.map((item) => itemOf(manifest, item, kind));
}

/** An item without a kind has that of its list: https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/unstructured/helpers.go */
function itemOf(list: Manifest, item: JsonObject, kind: string): Manifest {
  const typed = textAt(item, 'kind') === '' ? { ...item, apiVersion: list.id.apiVersion, kind } : item;
  const id = objectIdOf(typed);
  return { ...list, object: typed, id: { ...id, namespace: id.namespace || list.id.namespace } };
}

function readObject(manifest: Manifest): RbacObject | undefined {
  const { apiVersion, kind } = manifest.id;
  const group = groupOf(apiVersion);
  if (group === KUBERNETES || group === OPENSHIFT) return readRbac(manifest, kind);
  if (isGitops(manifest)) return { type: 'gitops', manifest };
  const why = unreadIn(manifest);
  if (why !== undefined) return { type: 'unread', manifest, why };
  const isToken = kind === 'Secret' && textAt(manifest.object, 'type') === TOKEN_TYPE;
  return group === '' && (kind === 'ServiceAccount' || isToken) ? { type: 'credential', manifest } : undefined;
}

function readRbac(manifest: Manifest, kind: string): RbacObject | undefined {
  switch (kind) {
    case 'Role':
      return readRole(manifest, 'namespace');
    case 'ClusterRole':
      return readRole(manifest, 'cluster');
    case 'RoleBinding':
      return readBinding(manifest, 'namespace');
    case 'ClusterRoleBinding':
      return readBinding(manifest, 'cluster');
    default:
      return undefined;
  }
}

function readRole(manifest: Manifest, scope: Scope): Role {
  const absentGroups = isOpenShift(manifest) ? [''] : [];
  const { rules, defects } = readRules(manifest.object['rules'], { scope, absentGroups });
  return { type: 'role', manifest, scope, rules, grants: grantsOf(rules), defects };
}

function isOpenShift({ id }: Manifest): boolean {
  return groupOf(id.apiVersion) === OPENSHIFT;
}

function readBinding(manifest: Manifest, scope: Scope): Binding {
  const home = scope === 'namespace' ? manifest.id.namespace : '';
  const written = manifest.object['subjects'] ?? [];
  const defects = Array.isArray(written) ? [] : [notAList];
  const subjects = listAt(manifest.object, 'subjects').map((subject, index) => readSubject(subject, index, home));
  return { type: 'binding', manifest, scope, roleRef: readRoleRef(manifest), subjects, defects };
}

const notAList: Defect = {
  pointer: pointer('subjects'),
  code: 'subjects-not-a-list',
  sentence: '`subjects` is not a list, so the API server refuses the object',
};

/** OpenShift writes no kind: a reference with a namespace is a Role, one without a ClusterRole. */
function readRoleRef(manifest: Manifest): Binding['roleRef'] {
  const written: JsonValue = objectAt(manifest.object, 'roleRef');
  const implied = textAt(written, 'namespace') === '' ? 'ClusterRole' : 'Role';
  const kind = textAt(written, 'kind') || (isOpenShift(manifest) ? implied : '');
  return { kind, name: textAt(written, 'name') };
}
