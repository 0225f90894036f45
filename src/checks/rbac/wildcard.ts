import { type GrantRow, grantRule } from './grant-rule.ts';
import { GOOD_PRACTICES, RBAC_DOCS, type RbacRule } from './rule.ts';
import { anyOf, RBAC } from './target.ts';

const EVERYTHING = anyOf('*/*:*', 'core/*:*');
const WRITES = 'create,update,patch,delete,deletecollection,impersonate';

/** Kinds on which a verb that is added later, or escalate, bind and impersonate today, matters. */
const SENSITIVE = anyOf(
  'core/secrets,pods,serviceaccounts,users,groups,nodes,replicationcontrollers:*',
  'apps/deployments,daemonsets,statefulsets,replicasets:*',
  'batch/jobs,cronjobs:*',
  `${RBAC}/roles,clusterroles,rolebindings,clusterrolebindings:*`,
  'certificates.k8s.io/certificatesigningrequests:*',
  'admissionregistration.k8s.io/validatingwebhookconfigurations,mutatingwebhookconfigurations:*',
);

const ROWS: readonly GrantRow[] = [
  {
    id: 'cluster-admin-equivalent',
    alias: 'RB-001',
    title: 'No role is cluster-admin under another name',
    severity: { cluster: 'critical' },
    ways: [[EVERYTHING]],
    can: 'do everything in {place}',
    why: 'It is full control of the cluster: every Secret, every workload, and the right to give itself more.',
    fix: 'List the API groups, resources and verbs that are in use instead of `*`.',
    takesOver: 'everything',
  },
  {
    id: 'namespace-admin',
    alias: 'RB-003',
    title: 'No role does everything in a namespace',
    severity: { namespace: 'high', privileged: 'critical' },
    ways: [[EVERYTHING]],
    can: 'do everything in {place}',
    why: 'Whoever holds it can take every service account and Secret of the namespace.',
    fix: 'List the resources and verbs in use, without secrets, pods/exec and impersonate.',
    takesOver: 'everything',
  },
  {
    id: 'write-all-resources',
    alias: 'RB-005',
    title: 'Writing verbs name their resources',
    severity: { cluster: 'critical', namespace: 'critical' },
    ways: [[anyOf(`*/*:${WRITES}`, `core/*:${WRITES}`)]],
    can: 'write every kind of object in {place}',
    why: 'Every kind includes Secrets, workloads and RBAC itself, and kinds that are installed later.',
    fix: 'Name the resources in `resources` instead of `*`.',
    takesOver: 'everything',
  },
  {
    id: 'read-all-resources',
    alias: 'RB-005',
    title: 'Reading verbs name their resources',
    severity: { cluster: 'high', namespace: 'high' },
    ways: [[anyOf('*/*:get,list,watch', 'core/*:get,list,watch')]],
    can: 'read every kind of object in {place}',
    why: 'Every kind includes Secrets, and kinds that are installed later.',
    fix: 'Name the resources in `resources` instead of `*`.',
    takesOver: 'everything',
  },
  {
    id: 'wildcard-verb',
    alias: 'RB-004',
    title: 'Verbs on sensitive resources are named',
    severity: { cluster: 'high', namespace: 'high' },
    ways: [[SENSITIVE]],
    can: 'use every verb on sensitive resources in {place}',
    why: '`*` includes escalate, bind, impersonate and deletecollection where they apply, and verbs that Kubernetes adds later.',
    fix: 'Name the verbs in use instead of `*`.',
    references: [GOOD_PRACTICES, RBAC_DOCS],
    takesOver: 'everything',
  },
  {
    id: 'every-verb',
    alias: 'RB-004',
    title: 'Verbs are named',
    severity: { cluster: 'low', namespace: 'low' },
    ways: [[anyOf('?/?:*')]],
    can: 'use every verb in {place}',
    why: 'Whoever reads the rule does not see that it deletes, too, and verbs that Kubernetes adds later are granted without review.',
    fix: 'Name the verbs in use instead of `*`.',
  },
  {
    id: 'whole-api-group',
    alias: 'RB-005',
    title: 'Verbs on an API group name its resources',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [[anyOf(`?/*:get,list,watch,${WRITES}`)]],
    can: 'use every kind of an API group in {place}',
    why: 'Kinds that the group gets later are granted without review.',
    fix: 'Name the resources in `resources` instead of `*`.',
  },
  {
    id: 'wildcard-group',
    alias: 'RB-006',
    title: 'Resources name their API group',
    severity: { cluster: 'low', namespace: 'low' },
    ways: [[anyOf(`*/?:get,list,watch,${WRITES}`)]],
    can: 'use resources of that name of every API group in {place}',
    why: 'A custom resource with the same plural, installed later, is granted too.',
    fix: 'Name the group in `apiGroups` instead of `*` ("" is the core group).',
  },
];

export const wildcards: readonly RbacRule[] = ROWS.map(grantRule);
