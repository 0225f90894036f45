import type { Severity } from '../../model/severity.ts';
import { type GrantRow, grantRule } from './grant-rule.ts';
import { GOOD_PRACTICES, RBAC_DOCS, type RbacRule } from './rule.ts';
import { anyOf, MODIFY, named, RBAC, WRITE } from './target.ts';

const PREVENTION = `${RBAC_DOCS}#privilege-escalation-prevention-and-bootstrapping`;
const BINDINGS = anyOf(`${RBAC}/rolebindings,clusterrolebindings:${WRITE}`);
const BIND = anyOf(`${RBAC}/roles,clusterroles:bind`);

/** Bound by name, a role is as dangerous as what it gives; of built-in ones that is known. */
function powerOf(names: readonly string[]): Severity {
  if (names.includes('cluster-admin')) return 'critical';
  return names.some((name) => name === 'admin' || name === 'edit' || name.startsWith('system:')) ? 'high' : 'low';
}

/**
 * The verbs `escalate` and `bind` have no other use than to pass the API server's own check, and the write that they need may
 * come from a second role of the same subject. So in one role each is reported alone; together with the write, the facts of both.
 */
const ROWS: readonly GrantRow[] = [
  {
    id: 'escalate',
    alias: 'RB-010',
    title: 'Nobody may write rules beyond its own',
    severity: { cluster: 'critical', namespace: 'high' },
    named: 'high',
    ways: [
      [anyOf(`${RBAC}/roles,clusterroles:escalate`)],
      [anyOf(`${RBAC}/roles:escalate`), anyOf(`${RBAC}/roles:${WRITE}`)],
      [anyOf(`${RBAC}/clusterroles:escalate`), anyOf(`${RBAC}/clusterroles:${WRITE}`)],
    ],
    can: 'write roles with more rights than it has, in {place}',
    why: 'With escalate, a role can be given any right, so its holder can become cluster-admin.',
    fix: 'Remove the verb escalate; leave roles to the GitOps controller.',
    references: [`${GOOD_PRACTICES}#escalate-verb`, PREVENTION],
    takesOver: ['rbac/write-roles'],
  },
  {
    id: 'bind',
    alias: 'RB-011',
    title: 'Nobody may bind any role to anyone',
    severity: { cluster: 'critical', namespace: 'high' },
    named: powerOf,
    ways: [[BIND], [BIND, BINDINGS]],
    can: 'bind roles that it does not hold itself, in {place}',
    canNamed: 'bind named roles that it does not hold itself, in {place}',
    why: 'With bind, a holder can give itself every role it can name, cluster-admin included.',
    fix: 'Remove the verb bind, or limit it with `resourceNames` to harmless roles.',
    references: [`${GOOD_PRACTICES}#bind-verb`, PREVENTION],
    takesOver: ['rbac/write-bindings'],
  },
  {
    id: 'write-bindings',
    alias: 'RB-012',
    title: 'Bindings are written by GitOps alone',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [[BINDINGS]],
    can: 'hand its own rights to others in {place}',
    why: 'Rights that are handed on outlive the role that gave them; Git no longer shows who holds what.',
    fix: 'Remove create, update and patch on bindings; keep bindings in Git.',
    references: [PREVENTION],
  },
  {
    id: 'write-roles',
    alias: 'RB-013',
    title: 'Roles are written by GitOps alone',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [[anyOf(`${RBAC}/roles,clusterroles:${WRITE}`)]],
    can: 'change roles in {place} within its own rights',
    why: 'Whoever is bound to a changed role gets the new rights; Git no longer shows them.',
    fix: 'Remove create, update and patch on roles and clusterroles; keep roles in Git.',
    references: [PREVENTION],
  },
  {
    id: 'impersonate',
    alias: 'RB-016',
    title: 'Nobody may act as somebody else',
    severity: { cluster: 'critical', namespace: 'critical' },
    named: (names) => (names.some((name) => name.startsWith('system:')) ? 'critical' : 'medium'),
    ways: [
      [anyOf('core/users,groups,serviceaccounts:impersonate')],
      [anyOf('authentication.k8s.io/uids,userextras/?:impersonate')],
    ],
    can: 'act as other users, groups or service accounts in {place}',
    canNamed: 'act as named users, groups or service accounts in {place}',
    why: 'It takes the rights of whoever it names; the group system:masters is above every check.',
    fix: 'Remove impersonate, or limit it with `resourceNames` to the identities that are needed.',
    references: [`${GOOD_PRACTICES}#impersonate-verb`],
  },
  {
    id: 'constrained-impersonation',
    alias: 'RB-017',
    title: 'Constrained impersonation stays away from sensitive resources',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: [
      [
        anyOf(
          'authentication.k8s.io/users,groups,uids,userextras/?,serviceaccounts,nodes:impersonate:user-info,impersonate:serviceaccount,impersonate:arbitrary-node,impersonate:associated-node',
        ),
        anyOf(
          'core/secrets,pods,pods/exec,serviceaccounts,serviceaccounts/token,nodes,configmaps:impersonate-on:?',
          `apps/deployments,daemonsets,statefulsets:impersonate-on:?`,
          `${RBAC}/roles,clusterroles,rolebindings,clusterrolebindings:impersonate-on:?`,
        ),
      ],
    ],
    can: 'act as others on sensitive resources in {place}',
    why: 'Identity and target together are the same power as impersonate, in smaller pieces.',
    fix: 'Limit the identities with `resourceNames`, and the `impersonate-on:` verbs to resources that are not sensitive.',
    references: ['https://github.com/kubernetes/enhancements/issues/5284'],
  },
];

const CSR = 'certificates.k8s.io';
const SIGNERS = ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*'];
const CREATE_CSR = anyOf(`${CSR}/certificatesigningrequests:create`);
const APPROVAL = anyOf(`${CSR}/certificatesigningrequests/approval:${MODIFY}`);
const APPROVE = named(anyOf(`${CSR}/signers:approve`), SIGNERS);
const CSR_DOCS = [`${GOOD_PRACTICES}#csrs-and-certificate-issuing`];

const CERTIFICATE_ROWS: readonly GrantRow[] = [
  {
    id: 'approve-certificates',
    alias: 'RB-018',
    title: 'Nobody may request and approve client certificates',
    severity: { cluster: 'critical' },
    ways: [[APPROVE, APPROVAL, CREATE_CSR]],
    can: 'request and approve client certificates of any user',
    why: 'A certificate for system:masters is cluster-admin until it expires, and cannot be revoked.',
    fix: 'Name the signers in `resourceNames`, and split requesting from approving.',
    references: CSR_DOCS,
    takesOver: ['rbac/approve-certificates-partly'],
  },
  {
    id: 'approve-certificates-partly',
    alias: 'RB-018',
    title: 'The steps to a client certificate are not in one hand',
    severity: { cluster: 'medium' },
    ways: [
      [APPROVE, APPROVAL],
      [APPROVE, CREATE_CSR],
      [APPROVAL, CREATE_CSR],
    ],
    can: 'do two of the three steps to a client certificate of any user',
    why: 'One more right, from any other role, completes the way to a certificate for system:masters.',
    fix: 'Name the signers in `resourceNames`, and split requesting from approving.',
    references: CSR_DOCS,
  },
  {
    id: 'sign-certificates',
    alias: 'RB-019',
    title: 'Only signers sign certificates',
    severity: { cluster: 'high' },
    ways: [[named(anyOf(`${CSR}/signers:sign`), SIGNERS), anyOf(`${CSR}/certificatesigningrequests/status:${MODIFY}`)]],
    can: 'put signed certificates into requests of any signer',
    why: 'It hands out client certificates without the step of approval.',
    fix: 'Name the own signer in `resourceNames` of signers.',
    references: CSR_DOCS,
  },
];

export const escalation: readonly RbacRule[] = [...ROWS, ...CERTIFICATE_ROWS].map(grantRule);
