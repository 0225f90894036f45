import { isObject, listAt, objectAt, pointer, textAt, textsAt } from '../../../model/json.ts';
import { type Made, madeBinding, madeName, type Reader, subjectOf } from './made.ts';

/** Created by Capsule itself; it lets an owner delete the own namespaces. */
const OWN_ROLE = 'capsule-namespace-deleter';
const DEFAULT_ROLES = ['admin'];

/**
 * Owners of a tenant, and whom it binds besides, in its namespaces: which these are, only the cluster knows.
 * https://github.com/projectcapsule/capsule/blob/main/api/v1beta2/owner.go and .../additional_role_bindings.go
 */
export const tenant: Reader = (object, id) => {
  const spec = objectAt(object, 'spec');
  const namespace = madeName(id);
  const owners = listAt(spec, 'owners').flatMap((owner, index) => {
    const at = pointer('spec', 'owners', index);
    const isWritten = isObject(owner) && Array.isArray(owner['clusterRoles']);
    const roles = isWritten ? textsAt(owner, 'clusterRoles').filter((role) => role !== OWN_ROLE) : DEFAULT_ROLES;
    const subjects = [subjectOf(textAt(owner, 'kind'), textAt(owner, 'name'))];
    return roles.map((role): Made => {
      const name = madeName(id, 'owners', index, role);
      return { object: madeBinding({ name, namespace, role, subjects }), at };
    });
  });
  const others = listAt(spec, 'additionalRoleBindings').map((one, index): Made => {
    const at = pointer('spec', 'additionalRoleBindings', index);
    const role = textAt(one, 'clusterRoleName');
    const name = madeName(id, 'additionalRoleBindings', index);
    const binding = madeBinding({ name, namespace, role, subjects: listAt(one, 'subjects') });
    return { object: binding, at, parts: { roleRef: `${at}/clusterRoleName`, subjects: `${at}/subjects` } };
  });
  return [...owners, ...others];
};
