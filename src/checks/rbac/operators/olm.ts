import { type JsonObject, listAt, objectAt, pointer, textAt, valueAt } from '../../../model/json.ts';
import { type Made, madeAccount, madeBinding, madeName, madeRole, madeSubject, type Reader } from './made.ts';

/**
 * The rights of an operator that OLM installs. `permissions` hold in the namespaces of its OperatorGroup, which are all where that
 * names none: an operator that supports that is taken to have them everywhere.
 * https://github.com/operator-framework/api/blob/master/pkg/operators/v1alpha1/clusterserviceversion_types.go and
 * https://olm.operatorframework.io/docs/advanced-tasks/operator-scoping-with-operatorgroups/
 */
export const clusterServiceVersion: Reader = (object, id) => {
  const install = objectAt(objectAt(objectAt(object, 'spec'), 'install'), 'spec');
  const home = isForAll(object) ? '' : id.namespace;
  const granted = [
    ...listAt(install, 'permissions').map((entry, index) => ({ entry, index, list: 'permissions', namespace: home })),
    ...listAt(install, 'clusterPermissions').map((entry, index) => ({
      entry,
      index,
      list: 'clusterPermissions',
      namespace: '',
    })),
  ];
  const deployments = listAt(install, 'deployments').map((one, index): Made => {
    const metadata = { name: textAt(one, 'name'), namespace: id.namespace };
    const at = pointer('spec', 'install', 'spec', 'deployments', index);
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: objectAt(one, 'spec') };
    return { object: deployment, at, parts: { spec: `${at}/spec` } };
  });
  const rights = granted.flatMap(({ entry, index, list, namespace }): readonly Made[] => {
    const account = textAt(entry, 'serviceAccountName');
    const at = pointer('spec', 'install', 'spec', list, index);
    const name = madeName(id, list, account, index);
    const roleKind = namespace === '' ? 'ClusterRole' : 'Role';
    const subjects = [madeSubject('ServiceAccount', account, id.namespace)];
    const rules = valueAt(entry, '/rules') ?? [];
    const where = `${at}/serviceAccountName`;
    return [
      { object: madeAccount(account, id.namespace), at: where },
      { object: madeRole(name, namespace, rules), at, parts: { rules: `${at}/rules` } },
      { object: madeBinding({ name, namespace, role: name, roleKind, subjects }), at: where },
    ];
  });
  return [...deployments, ...rights];
};

function isForAll(object: JsonObject): boolean {
  return listAt(objectAt(object, 'spec'), 'installModes').some(
    (mode) => textAt(mode, 'type') === 'AllNamespaces' && valueAt(mode, '/supported') === true,
  );
}
