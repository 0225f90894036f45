import { type JsonObject, listAt, objectAt, pointer, textAt, textsAt } from '../../../model/json.ts';
import type { Workload } from './workload.ts';

/** What lets whoever is in a pod out onto its node, and where it says so. */
export interface Escape {
  /** After "with". */
  readonly text: string;
  readonly pointer: string;
}

/** https://attack.mitre.org/techniques/T1611/; names without CAP_, as pods write them. */
const CAPABILITIES: ReadonlySet<string> = new Set(['ALL', 'SYS_ADMIN', 'SYS_MODULE', 'DAC_READ_SEARCH', 'SYS_RAWIO']);
/** These see or steer processes of the node once they share its process list. */
const WITH_HOST_PID: ReadonlySet<string> = new Set(['SYS_PTRACE']);

/**
 * Folders of a node that hold keys, tokens or sockets of runtimes, or are run by its root; what lies above them holds them too.
 * Folders such as /sys, /lib/modules or /usr/share are read by many agents and give nobody the node.
 */
const SENSITIVE = [
  '/etc/kubernetes',
  '/etc/cron.d',
  '/etc/systemd',
  '/home',
  '/proc',
  '/root',
  '/run/containerd',
  '/run/crio',
  '/run/docker.sock',
  '/run/k3s',
  '/var/lib/containerd',
  '/var/lib/docker',
  '/var/lib/etcd',
  '/var/lib/kubelet',
  '/var/lib/rancher',
  '/var/run/containerd',
  '/var/run/crio',
  '/var/run/docker.sock',
];
/** Of the kubelet, and yet without what others left there: devices and drivers register themselves in them. */
const HARMLESS = ['/var/lib/kubelet/device-plugins', '/var/lib/kubelet/plugins', '/var/lib/kubelet/plugins_registry'];

export function escapesOf({ pod, podPointer }: Workload): readonly Escape[] {
  // In a user namespace of its own, root of the pod is nobody on the node.
  if (pod['hostUsers'] === false && pod['hostPID'] !== true) return fileEscapes(pod, podPointer);
  const containers = ['initContainers', 'containers'].flatMap((list) =>
    listAt(pod, list).map((container, index) => ({
      security: objectAt(container, 'securityContext'),
      at: `${podPointer}${pointer(list, index, 'securityContext')}`,
    })),
  );
  return [
    ...containers.flatMap(({ security, at }) => containerEscapes(security, at, pod['hostPID'] === true)),
    ...fileEscapes(pod, podPointer),
  ];
}

function containerEscapes(security: JsonObject, at: string, seesProcesses: boolean): readonly Escape[] {
  if (security['privileged'] === true) return [{ text: 'a privileged container', pointer: `${at}/privileged` }];
  const added = textsAt(objectAt(security, 'capabilities'), 'add').map((name) => name.replace(/^CAP_/, ''));
  const found = added.find((name) => CAPABILITIES.has(name) || (seesProcesses && WITH_HOST_PID.has(name)));
  if (found === undefined) return [];
  return [{ text: `the capability ${found}`, pointer: `${at}/capabilities/add` }];
}

function fileEscapes(pod: JsonObject, podPointer: string): readonly Escape[] {
  return listAt(pod, 'volumes').flatMap((volume, index) => {
    const path = textAt(objectAt(volume, 'hostPath'), 'path');
    if (path === '' || !isSensitive(path)) return [];
    return [{ text: 'files of the node', pointer: `${podPointer}${pointer('volumes', index, 'hostPath', 'path')}` }];
  });
}

/** The folder itself, what lies in it, and what it lies in. */
function isSensitive(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const folder = parts.length === 0 ? '/' : `/${parts.join('/')}/`;
  if (parts.includes('..')) return true;
  if (HARMLESS.some((one) => folder.startsWith(`${one}/`))) return false;
  return SENSITIVE.some((one) => folder.startsWith(`${one}/`) || `${one}/`.startsWith(folder));
}
