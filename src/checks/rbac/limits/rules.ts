import type { RbacRule } from '../rule.ts';

const ARGO = 'https://argo-cd.readthedocs.io/en/stable';

export const limitRemoved: RbacRule = {
  id: 'rbac/gitops-limit-removed',
  alias: 'RB-111',
  title: 'What limits Argo CD and Flux stays',
  severity: 'high',
  scale:
    'high for kinds that give rights, commands in kubeconfigs, accounts by default and impersonation, and for denied actions that are high in rbac/argocd-rbac; medium for other kinds, repositories, destinations, references to other namespaces and remote bases; low for denied syncs and logs',
  enforcement: 'threshold',
  why: 'Nothing new is granted by name, and more than before is let through.',
  fix: 'Put the limit back, or narrow what it was made for by name.',
  references: [
    `${ARGO}/user-guide/projects/`,
    `${ARGO}/operator-manual/rbac/#the-deny-effect`,
    'https://fluxcd.io/flux/installation/configuration/multitenancy/',
  ],
  takesOver: [],
  hits: () => [],
};
