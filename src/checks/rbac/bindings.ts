import { bindingRule, type BindingRow } from './binding-rule.ts';
import { type Binding, OPENSHIFT } from './object.ts';
import type { RbacRule } from './rule.ts';
import { isPrivileged } from './scope.ts';
import type { Subject } from './subject.ts';

const anySubject = (): boolean => true;
const anyBinding = (): boolean => true;

function refersTo({ roleRef }: Binding, names: readonly string[]): boolean {
  return roleRef.kind === 'ClusterRole' && names.includes(roleRef.name);
}

function isGroup({ kind, name }: Subject, ...names: readonly string[]): boolean {
  return kind === 'Group' && names.includes(name);
}

/** Bound by the cluster itself for clients without login: discovery of the version, and kubeadm's join. */
function isForAnonymous(binding: Binding): boolean {
  if (refersTo(binding, ['system:public-info-viewer'])) return true;
  const { roleRef, scope, manifest } = binding;
  const isJoin = roleRef.kind === 'Role' && roleRef.name === 'kubeadm:bootstrap-signer-clusterinfo';
  return isJoin && scope === 'namespace' && manifest.id.namespace === 'kube-public';
}

const POWERFUL = ['cluster-admin', 'admin', 'edit'];
const BASELINE = ['system:basic-user', 'system:discovery', 'system:public-info-viewer'];

const ROWS: readonly BindingRow[] = [
  {
    id: 'cluster-admin-binding',
    alias: 'RB-002',
    title: 'Nobody is bound to cluster-admin',
    severity: 'critical',
    scale: 'critical in a ClusterRoleBinding, high in a RoleBinding',
    severityOf: ({ scope }) => (scope === 'cluster' ? 'critical' : 'high'),
    about: (binding) => refersTo(binding, ['cluster-admin']),
    subject: anySubject,
    at: 'roleRef',
    why: 'It is full control, without showing a single rule.',
    fix: 'Write a role with what is needed, and bind that.',
  },
  {
    id: 'admin-or-edit-binding',
    alias: 'RB-003',
    title: 'Nobody is bound to admin or edit',
    severity: 'critical',
    scale: 'high in a RoleBinding, critical in a privileged namespace and in a ClusterRoleBinding',
    severityOf: ({ scope, manifest }) =>
      scope === 'cluster' || isPrivileged(manifest.id.namespace) ? 'critical' : 'high',
    about: (binding) => refersTo(binding, ['admin', 'edit']),
    subject: anySubject,
    at: 'roleRef',
    why: 'edit already reads Secrets, runs commands in pods and takes every service account of the namespace.',
    fix: 'Write a Role without secrets, pods/exec and impersonate, and bind that.',
  },
  {
    id: 'anonymous-subject',
    alias: 'RB-080',
    title: 'Nothing is granted without a login',
    severity: 'critical',
    scale: 'critical',
    about: (binding) => !isForAnonymous(binding),
    subject: (subject) =>
      isGroup(subject, 'system:unauthenticated') || (subject.kind === 'User' && subject.name === 'system:anonymous'),
    at: 'subject',
    why: 'Whoever reaches the API server has these rights, without any login.',
    fix: 'Name the group or service account that needs the role.',
  },
  {
    id: 'all-authenticated-subject',
    alias: 'RB-081',
    title: 'Nothing is granted to everybody with a login',
    severity: 'critical',
    scale: 'critical for cluster-admin, admin and edit, else high',
    severityOf: (binding) => (refersTo(binding, POWERFUL) ? 'critical' : 'high'),
    about: (binding) => !refersTo(binding, BASELINE),
    subject: (subject) => isGroup(subject, 'system:authenticated'),
    at: 'subject',
    why: 'Every pod and every user has a login; on some platforms every account of the cloud provider has.',
    fix: 'Name the group or service account that needs the role.',
  },
  {
    id: 'masters-subject',
    alias: 'RB-082',
    title: 'The group system:masters is not used',
    severity: 'high',
    scale: 'high',
    about: anyBinding,
    subject: (subject) => isGroup(subject, 'system:masters'),
    at: 'subject',
    why: 'Its members pass every check of the API server, and that cannot be revoked.',
    fix: 'Remove the subject; use a group of your own.',
  },
  {
    id: 'all-service-accounts-subject',
    alias: 'RB-083',
    title: 'Nothing is granted to all service accounts',
    severity: 'high',
    scale: 'high',
    about: anyBinding,
    subject: (subject) =>
      isGroup(subject, 'system:serviceaccounts') ||
      (subject.kind === 'Group' && subject.name.startsWith('system:serviceaccounts:')),
    at: 'subject',
    why: 'Every pod in scope gets the role, also those that are added later.',
    fix: 'Name the service account that needs the role.',
  },
  {
    id: 'default-account-subject',
    alias: 'RB-084',
    title: 'Nothing is granted to default service accounts',
    severity: 'high',
    scale: 'high',
    about: anyBinding,
    subject: ({ kind, name }) => kind === 'ServiceAccount' && name === 'default',
    at: 'subject',
    why: 'Every pod that names no account of its own runs with this one.',
    fix: 'Give the workload a service account of its own, and bind that.',
  },
  {
    id: 'foreign-namespace-subject',
    alias: 'RB-085',
    title: 'A namespace is opened to its own service accounts',
    severity: 'medium',
    scale: 'medium',
    about: ({ scope, manifest }) => scope === 'namespace' && manifest.id.namespace !== '',
    subject: ({ kind, namespace }, { manifest }) =>
      kind === 'ServiceAccount' && namespace !== '' && namespace !== manifest.id.namespace,
    at: 'subject',
    why: 'Pods of another namespace, and whoever may start pods there, get in.',
    fix: 'Move the workload or the role into one namespace, or accept it by a waiver that says why.',
  },
];

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  User: ['', 'rbac.authorization.k8s.io'],
  Group: ['', 'rbac.authorization.k8s.io'],
  ServiceAccount: [''],
};

function isMalformed({ kind, name, namespace, apiGroup, isDisguised }: Subject, { scope, manifest }: Binding): boolean {
  if (!Object.hasOwn(GROUPS, kind) || name === '') return true;
  if (kind === 'ServiceAccount' && namespace === '' && scope === 'cluster') return true;
  const isKubernetes = !manifest.id.apiVersion.startsWith(`${OPENSHIFT}/`);
  const allowed = GROUPS[isDisguised ? 'User' : kind] ?? [];
  return isKubernetes && !allowed.includes(apiGroup);
}

const DISGUISED: BindingRow = {
  id: 'disguised-subject',
  alias: 'RB-087',
  title: 'Subjects are what they seem to be',
  severity: 'low',
  scale: 'low',
  about: anyBinding,
  subject: (subject, binding) =>
    subject.isDisguised ||
    isMalformed(subject, binding) ||
    (subject.kind === 'User' && /^system:(?:node:|kube-)/.test(subject.name)),
  at: 'subject',
  why: 'A service account or component written as a user hides from reviews; a malformed subject gives nothing or is refused.',
  fix: 'Write service accounts with kind ServiceAccount and a namespace, and users and groups with apiGroup rbac.authorization.k8s.io.',
};

export const bindings: readonly RbacRule[] = [...ROWS, DISGUISED].map(bindingRule);
