import { type GrantRow, grantRule } from './grant-rule.ts';
import { GOOD_PRACTICES, type RbacRule } from './rule.ts';
import { anyOf, MODIFY, named, READ } from './target.ts';

const LISTING = [`${GOOD_PRACTICES}#listing-secrets`];
const CREATE_SECRETS = anyOf('core/secrets:create');

/** Config maps that decide who is admin, what Argo CD may do, or where names resolve. */
const AUTHORITY = [
  'aws-auth',
  'coredns',
  'argocd-cm',
  'argocd-rbac-cm',
  'argocd-cmd-params-cm',
  'kubeadm-config',
  'cluster-info',
];

/** A row of the catalogue, once for each scope, because the name of the rule says the scope. */
const READ_SECRETS: Omit<GrantRow, 'id' | 'severity' | 'title'> = {
  alias: 'RB-030',
  ways: [[anyOf(`core/secrets:${READ}`)]],
  can: 'read every Secret of {place}',
  canNamed: 'read named Secrets of {place}',
  why: 'Secrets hold credentials of everything that runs there; list and watch reveal their content as get does.',
  fix: 'Name the Secrets in `resourceNames` with the verb get only, or mount them into the workload that needs them.',
  references: LISTING,
};

const ROWS: readonly GrantRow[] = [
  {
    id: 'token-request',
    alias: 'RB-020',
    title: 'Nobody may request tokens of every service account',
    severity: { cluster: 'critical', namespace: 'high', privileged: 'critical' },
    ways: [[anyOf('core/serviceaccounts/token:create')]],
    can: 'request a token of every service account of {place}',
    canNamed: 'request a token of named service accounts of {place}',
    why: 'A token is the service account: whoever has it holds all its rights.',
    fix: 'Name the service accounts in `resourceNames`.',
    references: [`${GOOD_PRACTICES}#token-request`],
  },
  {
    id: 'token-secret-mint',
    alias: 'RB-021',
    title: 'Nobody may have a Secret filled with a token',
    severity: { cluster: 'critical', namespace: 'high', privileged: 'critical' },
    ways: [
      [CREATE_SECRETS, anyOf(`core/secrets:${READ}`)],
      [CREATE_SECRETS, anyOf('core/pods:create')],
      [anyOf(`core/secrets:${MODIFY}`)],
    ],
    can: 'have a Secret filled with the token of any service account of {place}',
    canNamed: 'have named Secrets of {place} filled with the token of any service account',
    why: 'Kubernetes puts a long-lived token into every Secret of type kubernetes.io/service-account-token.',
    fix: 'Drop create on secrets, and limit update and patch with `resourceNames`.',
    references: [GOOD_PRACTICES],
  },
  {
    ...READ_SECRETS,
    id: 'secrets-read-cluster-wide',
    title: 'No ClusterRole reads every Secret',
    severity: { cluster: 'critical' },
  },
  {
    ...READ_SECRETS,
    id: 'secrets-read',
    title: 'No Role reads every Secret of its namespace',
    severity: { namespace: 'high' },
  },
  {
    id: 'secrets-write',
    alias: 'RB-031',
    title: 'Secrets are not written by roles',
    severity: { cluster: 'high', namespace: 'high' },
    ways: [[anyOf('core/secrets:create,update,patch,delete,deletecollection')]],
    can: 'write every Secret of {place}',
    canNamed: 'write named Secrets of {place}',
    why: 'Swapped credentials redirect or break what uses them; answers to update and patch also show the content.',
    fix: 'Name the Secrets in `resourceNames`, or let an external secret operator own them.',
    references: LISTING,
  },
  {
    id: 'configmaps-with-authority',
    alias: 'RB-032',
    title: 'Config maps that decide over access are not written by roles',
    severity: { cluster: 'critical', namespace: 'high' },
    // In other namespaces there are none of these maps, and writing one's own is what leader election does.
    onlyIn: ['kube-system', 'kube-public', 'argocd'],
    ways: [[named(anyOf('core/configmaps:create,update,patch'), AUTHORITY)]],
    can: 'change config maps that decide over access or name resolution in {place}',
    why: 'aws-auth, argocd-rbac-cm, coredns and the like decide who is admin and where names resolve.',
    fix: 'Name the own config maps in `resourceNames`.',
    references: [GOOD_PRACTICES],
  },
];

export const secrets: readonly RbacRule[] = ROWS.map(grantRule);
