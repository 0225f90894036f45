import { pointer, textsAt } from '../../../model/json.ts';
import { madeBinding, madeName, madeRole, type Reader, subjectOf } from './made.ts';

/**
 * Who is named in constraints may use them, as if a role gave `use`.
 * https://github.com/openshift/api/blob/master/security/v1/types.go
 */
export const securityContextConstraints: Reader = (object, id) => {
  const lists = [
    ['users', 'User'],
    ['groups', 'Group'],
  ] as const;
  const rule = {
    apiGroups: ['security.openshift.io'],
    resources: ['securitycontextconstraints'],
    resourceNames: [id.name],
    verbs: ['use'],
  };
  return lists.flatMap(([list, kind]) => {
    const named = textsAt(object, list);
    if (named.length === 0) return [];
    const name = madeName(id, list);
    const subjects = named.map((one) => subjectOf(kind, one));
    const at = pointer(list);
    return [
      { object: madeRole(name, '', [rule]), at },
      { object: madeBinding({ name, namespace: '', role: name, subjects }), at, parts: { subjects: at } },
    ];
  });
};
