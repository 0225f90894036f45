import { canonicalJson } from '../../../model/json.ts';
import { RBAC_DOCS, type RbacHit, type RbacRule } from '../rule.ts';
import { quoted } from '../wording.ts';

export const operatorGrantsUnread: RbacRule = {
  id: 'rbac/operator-grants-unread',
  alias: 'RB-119',
  title: 'What operators hand out is said where it is not read',
  severity: 'info',
  scale: 'info, never blocks unless `rbac.blockWhere` names it',
  enforcement: 'advice',
  why: 'The operator creates roles or bindings of it that stand in no manifest, so nothing here compares them.',
  fix: 'Review the object itself, or write the roles and bindings into this repository.',
  references: [RBAC_DOCS],
  takesOver: [],
  hits(object): readonly RbacHit[] {
    if (object.type !== 'unread') return [];
    const { id, object: written } = object.manifest;
    const message = `${id.kind} ${quoted(id.name)} is not read: its ${object.why}`;
    const { metadata: _, status: __, ...said } = written;
    return [{ pointer: '', key: '', facets: [canonicalJson(said)], atoms: [], message }];
  },
};
