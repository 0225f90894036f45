import { type JsonValue, listAt, objectAt, pointer, textAt } from '../../../model/json.ts';
import { type Made, madeAccount, madeBinding, madeName, type Reader } from './made.ts';

/**
 * Bindings of RBAC Manager, and the service accounts that it creates for them. Namespaces by their labels are a namespace of its own.
 * https://github.com/FairwindsOps/rbac-manager/blob/master/pkg/apis/rbacmanager/v1beta1/rbacdefinition_types.go
 */
export const rbacDefinition: Reader = (object, id) =>
  listAt(object, 'rbacBindings').flatMap((entry, index) => {
    const at = pointer('rbacBindings', index);
    const subjects = listAt(entry, 'subjects');
    const accounts = subjects
      .filter((subject) => textAt(subject, 'kind') === 'ServiceAccount')
      .map((subject): Made => ({ object: madeAccount(textAt(subject, 'name'), textAt(subject, 'namespace')), at }));
    const everywhere = listAt(entry, 'clusterRoleBindings').map((one, place) => ({
      one,
      place,
      list: 'clusterRoleBindings',
    }));
    const somewhere = listAt(entry, 'roleBindings').map((one, place) => ({ one, place, list: 'roleBindings' }));
    const bindings = [...everywhere, ...somewhere].map(({ one, place, list }): Made => {
      const role = textAt(one, 'clusterRole');
      const where = `${at}${pointer(list, place)}`;
      const named = role === '' ? ({ role: textAt(one, 'role'), roleKind: 'Role' } as const) : { role };
      const namespace = list === 'roleBindings' ? namespaceOf(one, madeName(id, index)) : '';
      const binding = madeBinding({ name: madeName(id, index, list, place), namespace, subjects, ...named });
      return { object: binding, at: where, parts: { roleRef: where, subjects: `${at}/subjects` } };
    });
    return [...accounts, ...bindings];
  });

/** A selector wins over a name. */
function namespaceOf(binding: JsonValue, bySelector: string): string {
  const isSelected = Object.keys(objectAt(binding, 'namespaceSelector')).length > 0;
  const named = textAt(binding, 'namespace');
  return isSelected || named === '' ? bySelector : named;
}
