import { type GrantRow, grantRule } from './grant-rule.ts';
import type { RbacRule } from './rule.ts';
import { anyOf, CHANGE, MODIFY } from './target.ts';

const ROWS: readonly GrantRow[] = [
  {
    id: 'steal-pods',
    alias: 'RB-049',
    title: 'Nobody moves pods onto a node of its choice',
    severity: { cluster: 'high' },
    ways: [
      [
        anyOf(
          'core/pods:update,patch,delete,deletecollection',
          'core/pods/eviction:create',
          'core/pods/status:update,patch',
          'core/nodes:update,delete,deletecollection',
        ),
        anyOf(`core/nodes,nodes/status:${MODIFY}`),
      ],
    ],
    can: 'drive pods off their nodes and decide where they go',
    why: 'A privileged pod that is moved to an owned node brings its token along.',
    fix: 'Remove update and patch on nodes and nodes/status.',
  },
  {
    id: 'status-tampering',
    alias: 'RB-050',
    title: 'Status is written by controllers alone',
    severity: { cluster: 'low', namespace: 'low' },
    ways: [[anyOf(`core/pods/status,nodes/status:${MODIFY}`)]],
    can: 'change the status of pods or nodes in {place}',
    why: 'The IP address of a pod and the labels and taints of a node decide where traffic and pods go.',
    fix: 'Remove update and patch on the status subresource.',
  },
  {
    id: 'service-status-tampering',
    alias: 'RB-050',
    title: 'The status of services is written by controllers alone',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [[anyOf(`core/services/status:${MODIFY}`)]],
    can: 'change the status of services in {place}',
    why: 'A load balancer address in the status takes the traffic to that address from the whole cluster (CVE-2020-8554).',
    fix: 'Remove update and patch on services/status.',
    references: ['https://github.com/kubernetes/kubernetes/issues/97076'],
  },
  {
    id: 'scheduling-bypass',
    alias: 'RB-051',
    title: 'Pods are placed by the scheduler',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [[anyOf('core/bindings,pods/binding:create')]],
    can: 'place pods on any node in {place}',
    why: 'It goes past taints, affinity and every rule of the scheduler.',
    fix: 'Remove create on bindings and pods/binding.',
  },
  {
    id: 'nodes-write',
    alias: 'RB-052',
    title: 'Nodes are written by the cluster lifecycle alone',
    severity: { cluster: 'high' },
    named: 'medium',
    ways: [[anyOf(`core/nodes:${CHANGE}`)]],
    can: 'write or delete nodes',
    why: 'Labels and taints decide where pods run; a deleted node loses all of its pods.',
    fix: 'Leave nodes to the tool that manages the cluster.',
  },
];

export const nodes: readonly RbacRule[] = ROWS.map(grantRule);
