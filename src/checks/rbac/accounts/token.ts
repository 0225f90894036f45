import { listAt, objectAt, pointer, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { objectKey } from '../effective/cause.ts';
import { TOKEN_TYPE } from '../object.ts';
import { readWorkload, type Workload } from '../paths/workload.ts';
import type { Subject } from '../subject.ts';
import { accountOf } from './rights.ts';

/** Somebody's credentials for the API server, in a volume of a pod. */
export interface TokenVolume {
  readonly pointer: string;
  /** In normal form. */
  readonly facet: string;
}

/** As whom the pods of a workload come to the API server. */
export interface Identity {
  readonly key: string;
  readonly workload: Workload;
  readonly account: Subject;
  /** What the pod says, else its account, else yes: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/ */
  readonly isAutomounted: boolean;
  /** Nobody said it: neither the pod nor the account. */
  readonly isByDefault: boolean;
  readonly byHand: readonly TokenVolume[];
}

export function holdsToken({ isAutomounted, byHand }: Identity): boolean {
  return isAutomounted || byHand.length > 0;
}

/** Of the workloads that are wanted; `all` are the objects of their cluster. */
export function identitiesIn(workloads: readonly Workload[], all: readonly Manifest[]): readonly Identity[] {
  const accounts = new Map<string, boolean>();
  const secrets = new Set<string>();
  for (const { id, object } of all) {
    if (id.apiVersion !== 'v1') continue;
    const key = `${id.namespace}/${id.name}`;
    const automount = object['automountServiceAccountToken'];
    if (id.kind === 'ServiceAccount' && typeof automount === 'boolean') accounts.set(key, automount);
    if (id.kind === 'Secret' && textAt(object, 'type') === TOKEN_TYPE) secrets.add(key);
  }
  return workloads.map((workload) => {
    const { namespace } = workload.manifest.id;
    const said = workload.automount ?? accounts.get(`${namespace}/${workload.account}`);
    return {
      key: objectKey(workload.manifest),
      workload,
      account: accountOf(namespace, workload.account),
      isAutomounted: said ?? true,
      isByDefault: said === undefined,
      byHand: tokenVolumes(workload, (name) => secrets.has(`${namespace}/${name}`)),
    };
  });
}

export function workloadsIn(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests.flatMap((manifest) => readWorkload(manifest) ?? []);
}

/** Audiences of API servers; a token for any other is for somebody else, such as a vault or a cloud. */
const OF_API_SERVERS = /^$|^api$|kubernetes|container\.googleapis\.com|azmk8s\.io/;

function tokenVolumes({ pod, podPointer }: Workload, isToken: (secret: string) => boolean): readonly TokenVolume[] {
  return listAt(pod, 'volumes').flatMap((volume, index) => {
    const at = `${podPointer}${pointer('volumes', index)}`;
    const projected = listAt(objectAt(volume, 'projected'), 'sources');
    const tokens = projected.filter((source) => {
      const token = objectAt(source, 'serviceAccountToken');
      return textAt(token, 'path') !== '' && OF_API_SERVERS.test(textAt(token, 'audience'));
    });
    const names = [
      textAt(objectAt(volume, 'secret'), 'secretName'),
      ...projected.map((source) => textAt(objectAt(source, 'secret'), 'name')),
    ];
    return [
      ...tokens.map(() => ({ pointer: at, facet: 'token' })),
      ...names.filter(isToken).map((name) => ({ pointer: at, facet: `secret ${name}` })),
    ];
  });
}
