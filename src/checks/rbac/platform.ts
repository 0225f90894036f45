import { type GrantRow, grantRule } from './grant-rule.ts';
import { GOOD_PRACTICES, type RbacRule } from './rule.ts';
import { anyOf, CHANGE, named } from './target.ts';

const DESTROY = 'delete,deletecollection';
const CONTROL_PLANE_LEASES = ['kube-scheduler', 'kube-controller-manager', 'cloud-controller-manager'];

/** Kinds that shape the cluster for everybody. */
const ROWS: readonly GrantRow[] = [
  {
    id: 'persistent-volumes',
    alias: 'RB-063',
    title: 'Persistent volumes are made by storage controllers',
    severity: { cluster: 'high' },
    ways: [[anyOf('core/persistentvolumes:create,update,patch')]],
    can: 'create or change persistent volumes',
    why: 'A hostPath volume is the file system of the node, whatever Pod Security says.',
    fix: 'Remove create, update and patch; request storage by a claim and a storage class.',
    references: [`${GOOD_PRACTICES}#persistent-volume-creation`],
  },
  {
    id: 'storage-classes',
    alias: 'RB-064',
    title: 'Storage classes and drivers belong to the platform team',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [
      [
        anyOf(
          `storage.k8s.io/storageclasses,csidrivers,csinodes,csistoragecapacities,volumeattachments,volumeattributesclasses:${CHANGE}`,
        ),
      ],
    ],
    can: 'change storage classes, drivers or attachments in {place}',
    why: 'They decide where data lands and which driver sees it.',
    fix: 'Leave storage.k8s.io to the platform team and the drivers themselves.',
  },
  {
    id: 'namespace-labels',
    alias: 'RB-065',
    title: 'Namespaces are labelled by the platform team',
    severity: { cluster: 'high', namespace: 'high' },
    ways: [[anyOf('core/namespaces:create,update,patch')]],
    can: 'change the labels of namespaces ({place})',
    why: 'Labels of a namespace set its Pod Security level and let traffic through network policies.',
    fix: 'Remove update and patch on namespaces, or guard the labels by an admission policy.',
    references: [`${GOOD_PRACTICES}#namespace-modification`],
  },
  {
    id: 'custom-resource-definitions',
    alias: 'RB-066',
    title: 'Custom resource definitions belong to the platform team',
    severity: { cluster: 'medium' },
    ways: [[anyOf(`apiextensions.k8s.io/customresourcedefinitions:${CHANGE}`)]],
    can: 'change custom resource definitions',
    why: 'A conversion webhook sees every object of the kind; a deleted definition takes all of its objects along.',
    fix: 'Leave definitions to the platform team, or name the own ones in `resourceNames`.',
  },
  {
    id: 'aggregated-apis',
    alias: 'RB-067',
    title: 'Aggregated APIs belong to the platform team',
    severity: { cluster: 'high' },
    named: 'medium',
    ways: [[anyOf(`apiregistration.k8s.io/apiservices:${CHANGE}`)]],
    can: 'answer for whole API groups',
    why: 'Whoever registers an APIService answers every request to that group, with what the caller sent.',
    fix: 'Leave apiservices to the platform team.',
  },
  {
    id: 'networking',
    alias: 'RB-068',
    title: 'Traffic is steered where it belongs',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [
      [
        anyOf(
          `core/services,endpoints:${CHANGE}`,
          `discovery.k8s.io/endpointslices:${CHANGE}`,
          `networking.k8s.io/ingresses,networkpolicies:${CHANGE}`,
          `extensions/ingresses,networkpolicies:${CHANGE}`,
          `gateway.networking.k8s.io/gateways,httproutes,grpcroutes,tcproutes,tlsroutes,udproutes:${CHANGE}`,
        ),
      ],
    ],
    can: 'redirect or open traffic in {place}',
    why: 'Services, routes and network policies decide who talks to whom.',
    fix: 'Grant it by a Role in the own namespace, with `resourceNames` where the names are known.',
  },
  {
    id: 'destruction',
    alias: 'RB-069',
    title: 'Standing rights do not destroy',
    severity: { cluster: 'medium', namespace: 'medium' },
    ways: [
      [
        anyOf(
          `core/pods,replicationcontrollers,secrets,services,namespaces,persistentvolumes:${DESTROY}`,
          `apps/deployments,daemonsets,statefulsets,replicasets:${DESTROY}`,
          `batch/jobs,cronjobs:${DESTROY}`,
        ),
      ],
    ],
    can: 'delete workloads, Secrets, services, namespaces or volumes of {place}',
    why: 'One request ends in an outage or in lost data.',
    fix: 'Remove deletecollection, and delete where GitOps prunes.',
  },
  {
    id: 'evidence-removal',
    alias: 'RB-070',
    title: 'Events are not deleted',
    severity: { cluster: 'low', namespace: 'low' },
    ways: [[anyOf(`core/events:${DESTROY}`, `events.k8s.io/events:${DESTROY}`)]],
    can: 'delete the events of {place}',
    why: 'Events are the first trace of an attack; they expire by themselves.',
    fix: 'Remove delete and deletecollection on events.',
  },
  {
    id: 'resource-governance',
    alias: 'RB-071',
    title: 'Limits on resources belong to the platform team',
    severity: { cluster: 'low', namespace: 'low' },
    ways: [
      [
        anyOf(
          `core/resourcequotas,limitranges:${CHANGE}`,
          `scheduling.k8s.io/priorityclasses:${CHANGE}`,
          `flowcontrol.apiserver.k8s.io/flowschemas,prioritylevelconfigurations:${CHANGE}`,
        ),
      ],
    ],
    can: 'change quotas, limits or priorities in {place}',
    why: 'Without them one workload starves all others.',
    fix: 'Leave quotas, limit ranges, priority classes and flow schemas to the platform team.',
  },
  {
    id: 'control-plane-leases',
    alias: 'RB-071',
    title: 'Leases of the control plane are its own',
    severity: { namespace: 'low' },
    // A ClusterRole with leases is what every controller has for its own; only the namespace tells.
    onlyIn: ['kube-system'],
    ways: [[named(anyOf(`coordination.k8s.io/leases:${CHANGE}`), CONTROL_PLANE_LEASES)]],
    can: 'take the leases of the control plane in {place}',
    why: 'Whoever holds the lease of the scheduler or the controller manager stops it.',
    fix: 'Name the own lease in `resourceNames`.',
  },
  {
    id: 'azure-pod-identity',
    alias: 'RB-072',
    title: 'Exceptions of Azure pod identity belong to the platform team',
    severity: { cluster: 'high', namespace: 'high' },
    ways: [[anyOf('aadpodidentity.k8s.io/azurepodidentityexceptions:create,update,patch')]],
    can: 'exempt pods of {place} from Azure pod identity',
    why: 'An exempt pod reaches the identity of the instance it runs on (legacy AKS).',
    fix: 'Move to Azure workload identity.',
    references: ['https://learn.microsoft.com/azure/aks/workload-identity-overview'],
  },
];

export const platform: readonly RbacRule[] = ROWS.map(grantRule);
