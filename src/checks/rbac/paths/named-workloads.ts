import type { Inventory } from './inventory.ts';
import type { Found } from './lead.ts';
import { type WorkloadNode, workloadNode } from './node.ts';

/** Plurals of the kinds that run pods. */
const KINDS: Readonly<Record<string, string>> = {
  pods: 'Pod',
  replicationcontrollers: 'ReplicationController',
  deployments: 'Deployment',
  daemonsets: 'DaemonSet',
  replicasets: 'ReplicaSet',
  statefulsets: 'StatefulSet',
  jobs: 'Job',
  cronjobs: 'CronJob',
};

/** Those that a grant with names means: pods of other kinds have names that nobody knows before. */
export function namedWorkloads(
  { atoms, scope }: Pick<Found, 'atoms' | 'scope'>,
  inventory: Inventory,
): readonly WorkloadNode[] {
  const wanted = new Set(
    atoms.flatMap((atom) => {
      if (!('resource' in atom) || atom.name === undefined) return [];
      const resource = atom.resource.split('/', 1)[0] ?? '';
      const kind = Object.hasOwn(KINDS, resource) ? KINDS[resource] : undefined;
      const pods = kind === 'Pod' ? [`StatefulSet/${atom.name.replace(/-\d+$/, '')}`] : [];
      return [`${kind}/${atom.name}`, ...pods];
    }),
  );
  const there = scope === '' ? inventory.all() : (inventory.workloads.get(scope) ?? []);
  return there.filter(({ manifest: { id } }) => wanted.has(`${id.kind}/${id.name}`)).map(workloadNode);
}
