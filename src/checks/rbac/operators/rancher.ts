import { type JsonObject, objectAt, pointer, textAt } from '../../../model/json.ts';
import { type Made, madeBinding, madeRole, madeSubject, type Reader, subjectOf } from './made.ts';

/** Templates of Rancher that give what a role of Kubernetes gives, and more: https://github.com/rancher/rancher/blob/main/pkg/data/management/role_data.go */
const STANDARD: Readonly<Record<string, string>> = {
  'cluster-owner': 'cluster-admin',
  'project-owner': 'admin',
  'project-member': 'edit',
  'read-only': 'view',
  'cluster-admin': 'cluster-admin',
  admin: 'admin',
  edit: 'edit',
  view: 'view',
};
const ADMIN = 'cluster-admin';

/** The cluster that Rancher itself runs in. What is given in another one is another cluster's. */
const LOCAL = 'local';

/** https://github.com/rancher/rancher/blob/main/pkg/apis/management.cattle.io/v3/authz_types.go: all of these hold in the local cluster. */
export const globalRole: Reader = (object, id) => {
  const name = `GlobalRole/${id.name}`;
  const own: Made = { object: madeRole(name, '', object['rules'] ?? []), at: '', parts: { rules: '/rules' } };
  const namespaced = Object.entries(objectAt(object, 'namespacedRules')).map(([namespace, rules]): Made => {
    const at = pointer('namespacedRules', namespace);
    return { object: madeRole(name, namespace, rules), at, parts: { rules: at } };
  });
  if (object['newUserDefault'] !== true) return [own, ...namespaced];
  const subjects = [madeSubject('Group', 'every new user of Rancher')];
  const forAll = madeBinding({ name: `${name}/newUserDefault`, namespace: '', role: name, subjects });
  return [own, ...namespaced, { object: forAll, at: '/newUserDefault' }];
};

export const globalRoleBinding: Reader = (object, id) => {
  const role = textAt(object, 'globalRoleName');
  const named = role === 'admin' ? ADMIN : `GlobalRole/${role}`;
  const binding = madeBinding({
    name: `GlobalRoleBinding/${id.name}`,
    namespace: '',
    role: named,
    subjects: subjectsOf(object),
  });
  return [{ object: binding, at: '/globalRoleName', parts: { roleRef: '/globalRoleName' } }];
};

export const roleTemplate: Reader = (object, id) => [
  { object: madeRole(`RoleTemplate/${id.name}`, '', object['rules'] ?? []), at: '', parts: { rules: '/rules' } },
];

export const clusterRoleTemplateBinding: Reader = (object, id) =>
  textAt(object, 'clusterName') === LOCAL ? [templateBinding(object, `${id.kind}/${id.name}`, '')] : [];

/** A project is some namespaces, which only the cluster knows; its name begins with that of its cluster. */
export const projectRoleTemplateBinding: Reader = (object, id) => {
  const project = textAt(object, 'projectName');
  const isLocal = project.startsWith(`${LOCAL}:`);
  return isLocal ? [templateBinding(object, `${id.kind}/${id.name}`, `Project/${project}`)] : [];
};

function templateBinding(object: JsonObject, name: string, namespace: string): Made {
  const template = textAt(object, 'roleTemplateName');
  const role = Object.hasOwn(STANDARD, template) ? (STANDARD[template] ?? '') : `RoleTemplate/${template}`;
  const binding = madeBinding({ name, namespace, role, subjects: subjectsOf(object) });
  return { object: binding, at: '/roleTemplateName', parts: { roleRef: '/roleTemplateName' } };
}

function subjectsOf(object: JsonObject): readonly JsonObject[] {
  const users = ['userName', 'userPrincipalName'].map((key) => textAt(object, key)).filter((name) => name !== '');
  const groups = ['groupName', 'groupPrincipalName'].map((key) => textAt(object, key)).filter((name) => name !== '');
  const [namespace = '', account = ''] = textAt(object, 'serviceAccount').split(':');
  return [
    ...users.map((name) => subjectOf('User', name)),
    ...groups.map((name) => subjectOf('Group', name)),
    ...(account === '' ? [] : [madeSubject('ServiceAccount', account, namespace)]),
  ];
}
