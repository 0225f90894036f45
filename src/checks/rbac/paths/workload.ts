import { type JsonObject, listAt, objectAt, pointer, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';

/** Something that runs pods, and as whom. */
export interface Workload {
  readonly manifest: Manifest;
  readonly account: string;
  /** Where the account is named, or would be. */
  readonly pointer: string;
  /** What makes it easy to get out of, or into: privileged containers, the host's processes or files. */
  readonly weaknesses: readonly string[];
  /** Of the pod; undefined leaves it to the account. */
  readonly automount: boolean | undefined;
  /** The `spec` of its pods, and where that is. */
  readonly pod: JsonObject;
  readonly podPointer: string;
}

const TEMPLATE = ['spec', 'template', 'spec'];
/**
 * Where each kind keeps its pod: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/, and the kinds of others
 * that write the same, or at least the account: https://argo-rollouts.readthedocs.io/en/stable/features/specification/,
 * https://argo-workflows.readthedocs.io/en/latest/fields/, https://keda.sh/docs/latest/reference/scaledjob-spec/,
 * https://knative.dev/docs/serving/reference/serving-api/, https://tekton.dev/docs/pipelines/pipelineruns/
 */
const POD_AT: Readonly<Record<string, readonly string[]>> = {
  '/Pod': ['spec'],
  '/ReplicationController': TEMPLATE,
  'apps/Deployment': TEMPLATE,
  'apps/DaemonSet': TEMPLATE,
  'apps/ReplicaSet': TEMPLATE,
  'apps/StatefulSet': TEMPLATE,
  'batch/Job': TEMPLATE,
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  'apps.openshift.io/DeploymentConfig': TEMPLATE,
  'argoproj.io/CronWorkflow': ['spec', 'workflowSpec'],
  'argoproj.io/Rollout': TEMPLATE,
  'argoproj.io/Workflow': ['spec'],
  'keda.sh/ScaledJob': ['spec', 'jobTargetRef', 'template', 'spec'],
  'serving.knative.dev/Service': TEMPLATE,
  'tekton.dev/PipelineRun': ['spec', 'taskRunTemplate'],
  'tekton.dev/TaskRun': ['spec'],
};

/** Manifests never change, and each is asked for by several rules on each side. */
const READ = new WeakMap<Manifest, Workload>();

export function readWorkload(manifest: Manifest): Workload | undefined {
  const kind = `${groupOf(manifest.id.apiVersion)}/${manifest.id.kind}`;
  const at = Object.hasOwn(POD_AT, kind) ? POD_AT[kind] : undefined;
  if (at === undefined) return undefined;
  const workload = READ.get(manifest) ?? readAgain(manifest, at);
  READ.set(manifest, workload);
  return workload;
}

function readAgain(manifest: Manifest, at: readonly string[]): Workload {
  const pod = at.reduce<JsonObject>((value, key) => objectAt(value, key), manifest.object);
  const automount = pod['automountServiceAccountToken'];
  return {
    manifest,
    // `serviceAccount` is the old name of the same field.
    account: textAt(pod, 'serviceAccountName') || textAt(pod, 'serviceAccount') || 'default',
    pointer: pointer(...at, 'serviceAccountName'),
    weaknesses: weaknessesOf(pod),
    automount: typeof automount === 'boolean' ? automount : undefined,
    pod,
    podPointer: pointer(...at),
  };
}

function weaknessesOf(pod: JsonObject): readonly string[] {
  const containers = ['initContainers', 'containers'].flatMap((list) => listAt(pod, list));
  const isPrivileged = containers.some((one) => objectAt(one, 'securityContext')['privileged'] === true);
  const mountsHost = listAt(pod, 'volumes').some((one) => textAt(objectAt(one, 'hostPath'), 'path') !== '');
  return [
    ...(isPrivileged ? ['a privileged container'] : []),
    ...(pod['hostPID'] === true ? ['the processes of the node'] : []),
    ...(mountsHost ? ['files of the node'] : []),
  ];
}

/** Names of the Secrets that its pods read as files or variables. */
export function mountedSecrets({ pod }: Workload): readonly string[] {
  const volumes = listAt(pod, 'volumes').flatMap((volume) => [
    textAt(objectAt(volume, 'secret'), 'secretName'),
    ...listAt(objectAt(volume, 'projected'), 'sources').map((source) => textAt(objectAt(source, 'secret'), 'name')),
  ]);
  const containers = ['initContainers', 'containers'].flatMap((list) => listAt(pod, list));
  const variables = containers.flatMap((container) => [
    ...listAt(container, 'envFrom').map((source) => textAt(objectAt(source, 'secretRef'), 'name')),
    ...listAt(container, 'env').map((one) => textAt(objectAt(objectAt(one, 'valueFrom'), 'secretKeyRef'), 'name')),
  ]);
  return [...volumes, ...variables].filter((name) => name !== '');
}
