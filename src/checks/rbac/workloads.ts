import { type GrantRow, grantRule } from './grant-rule.ts';
import { GOOD_PRACTICES, type RbacRule } from './rule.ts';
import { anyOf, MODIFY, orBefore, WRITE } from './target.ts';

/** From 1.35 a WebSocket needs create as well; before, get alone sufficed (AuthorizePodWebsocketUpgradeCreatePermission). */
const CREATE_NEEDED = 35;
const PROXY = [`${GOOD_PRACTICES}#access-to-proxy-subresource-of-nodes`];

function controllers(verbs: string): readonly string[] {
  return [
    `apps/deployments,daemonsets,statefulsets,replicasets:${verbs}`,
    `extensions/deployments,daemonsets,replicasets:${verbs}`,
    `batch/jobs,cronjobs:${verbs}`,
    `core/replicationcontrollers:${verbs}`,
    `argoproj.io/workflows,cronworkflows,rollouts:${verbs}`,
    `tekton.dev/pipelineruns,taskruns:${verbs}`,
    `keda.sh/scaledjobs:${verbs}`,
    `serving.knative.dev/services:${verbs}`,
    `kubevirt.io/virtualmachines:${verbs}`,
  ];
}

function intoPods(subresource: string): GrantRow['ways'] {
  const [create, get] = ['create', 'get'].map((verb) => anyOf(`core/pods/${subresource}:${verb}`));
  return create === undefined || get === undefined ? [] : [[orBefore(CREATE_NEEDED, create, get)]];
}

const ROWS: readonly GrantRow[] = [
  {
    id: 'create-workloads',
    alias: 'RB-040',
    title: 'Workloads are created by GitOps alone',
    severity: { cluster: 'critical', namespace: 'high', privileged: 'critical' },
    ways: [[anyOf('core/pods:create', ...controllers(WRITE))]],
    can: 'start workloads of its own choice in {place}',
    why: 'A workload runs as any service account of its namespace and mounts any Secret there.',
    fix: 'Give each team a namespace of its own, enforce Pod Security there, and leave workloads to GitOps.',
    references: [`${GOOD_PRACTICES}#workload-creation`],
    takesOver: ['rbac/modify-workloads'],
  },
  {
    id: 'modify-workloads',
    alias: 'RB-041',
    title: 'Running workloads are changed by GitOps alone',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: [[anyOf(`core/pods:${MODIFY}`, ...controllers(MODIFY))]],
    can: 'replace what runs in {place}',
    why: 'A replaced image runs with the identity and the Secrets of the workload it took over.',
    fix: 'Remove update and patch; roll out by GitOps.',
    references: [`${GOOD_PRACTICES}#workload-creation`],
  },
  {
    id: 'pods-exec',
    alias: 'RB-042',
    title: 'Nobody runs commands in pods by a standing right',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: intoPods('exec'),
    can: 'run commands in every pod of {place}',
    canNamed: 'run commands in named pods of {place}',
    why: 'A command in a pod has its identity, its Secrets and its network.',
    fix: 'Remove pods/exec, or keep it in a role that is bound only in an emergency.',
  },
  {
    id: 'pods-attach',
    alias: 'RB-043',
    title: 'Nobody attaches to pods by a standing right',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: intoPods('attach'),
    can: 'attach to every pod of {place}',
    canNamed: 'attach to named pods of {place}',
    why: 'It reads and writes what the main process reads and writes.',
    fix: 'Remove pods/attach, or keep it in a role that is bound only in an emergency.',
  },
  {
    id: 'ephemeral-containers',
    alias: 'RB-044',
    title: 'Nobody adds containers to running pods by a standing right',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: [[anyOf(`core/pods/ephemeralcontainers:${MODIFY}`)]],
    can: 'add a container to every running pod of {place}',
    canNamed: 'add a container to named pods of {place}',
    why: 'The added container has the identity, the network and the volumes of the pod.',
    fix: 'Remove pods/ephemeralcontainers, or keep it in a role that is bound only in an emergency.',
  },
  {
    id: 'pods-portforward',
    alias: 'RB-045',
    title: 'Nobody forwards ports of pods by a standing right',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: intoPods('portforward'),
    can: 'reach every port of every pod of {place}',
    canNamed: 'reach every port of named pods of {place}',
    why: 'It reaches ports that network policies close.',
    fix: 'Remove pods/portforward, or keep it in a role that is bound only in an emergency.',
  },
  {
    id: 'pods-services-proxy',
    alias: 'RB-046',
    title: 'Nobody reaches pods through the API server',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [[anyOf('core/pods/proxy,services/proxy:get,create,update,patch,delete')]],
    can: 'send requests to pods and services of {place} through the API server',
    why: 'The API server reaches what network policies close to others.',
    fix: 'Remove pods/proxy and services/proxy; use an ingress with authentication.',
  },
  {
    id: 'nodes-proxy',
    alias: 'RB-047',
    title: 'Nobody talks to kubelets with full rights',
    severity: { cluster: 'critical' },
    named: 'high',
    ways: [[anyOf('core/nodes/proxy:get,create,update,patch,delete,list,watch')]],
    can: 'run commands in every pod of every node through the kubelet',
    canNamed: 'run commands in every pod of named nodes through the kubelet',
    why: 'The kubelet asks only for nodes/proxy before it runs a command in any of its pods; get suffices, and no audit log shows it.',
    fix: 'Use nodes/metrics, nodes/stats, nodes/log or nodes/healthz instead of nodes/proxy.',
    references: PROXY,
  },
  {
    id: 'logs',
    alias: 'RB-048',
    title: 'Logs are read where they are needed',
    severity: { cluster: 'low', namespace: 'low' },
    ways: [[anyOf('core/pods/log,nodes/log:get')]],
    can: 'read all logs of {place}',
    canNamed: 'read logs of named objects of {place}',
    why: 'Logs hold tokens and personal data more often than anybody wants.',
    fix: 'Grant pods/log by a Role in the namespaces that need it.',
  },
];

export const workloads: readonly RbacRule[] = ROWS.map(grantRule);
