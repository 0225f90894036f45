import { RBAC_DOCS, type RbacRule } from '../rule.ts';

export const gainedPermissions: RbacRule = {
  id: 'rbac/gained-permissions',
  alias: 'RB-090',
  title: 'Who can do what that it could not do before',
  severity: 'info',
  scale:
    'info, never blocks; what is dangerous of it is a finding of the rule that names the danger, on the same object',
  enforcement: 'advice',
  why: 'The API server compares new rights with those of whoever asks; a GitOps controller may hand out everything.',
  fix: 'Grant only the verbs and resources that are in use, in the namespace where they are used.',
  references: [RBAC_DOCS],
  takesOver: [],
  hits: () => [],
};
