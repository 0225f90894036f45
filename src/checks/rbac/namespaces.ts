import { destinationOf } from '../../model/destination.ts';
import type { Problem } from '../../model/finding.ts';
import { groupOf, identityKey, type Manifest } from '../../model/manifest.ts';
import type { World } from '../../model/world.ts';

/** Of what this family reads, the kinds that live in a namespace; of others it does not matter where. */
const NAMESPACED: Readonly<Record<string, readonly string[]>> = {
  '': ['ConfigMap', 'PersistentVolumeClaim', 'Pod', 'ReplicationController', 'Secret', 'Service', 'ServiceAccount'],
  apps: ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  'apps.openshift.io': ['DeploymentConfig'],
  'argoproj.io': ['AppProject', 'Application', 'ApplicationSet', 'CronWorkflow', 'Rollout', 'Workflow'],
  'authorization.openshift.io': ['Role', 'RoleBinding'],
  batch: ['CronJob', 'Job'],
  extensions: ['Ingress'],
  'gateway.networking.k8s.io': ['GRPCRoute', 'Gateway', 'HTTPRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'],
  'helm.toolkit.fluxcd.io': ['HelmRelease'],
  'keda.sh': ['ScaledJob'],
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'networking.k8s.io': ['Ingress'],
  'operators.coreos.com': ['ClusterServiceVersion'],
  'rbac.authorization.k8s.io': ['Role', 'RoleBinding'],
  'route.openshift.io': ['Route'],
  'serving.knative.dev': ['Service'],
  'tekton.dev': ['PipelineRun', 'TaskRun'],
};

function isNamespaced({ apiVersion, kind }: Manifest['id']): boolean {
  const group = groupOf(apiVersion);
  return Object.hasOwn(NAMESPACED, group) && (NAMESPACED[group] ?? []).includes(kind);
}

/** Manifests never change, and most are in several worlds: what was read of them is kept by the one object. */
const PLACED = new WeakMap<Manifest, Manifest>();

function placed(manifest: Manifest, namespace: string): Manifest {
  const known = PLACED.get(manifest);
  if (known?.id.namespace === namespace) return known;
  const made = { ...manifest, id: { ...manifest.id, namespace } };
  PLACED.set(manifest, made);
  return made;
}

/** What is read of a world is kept by the one object, too. */
const MADE = new WeakMap<World, World>();

/**
 * The world with every object in the namespace to which its app sends it, where it names none: there it meets the roles,
 * bindings, accounts and workloads of other apps. The world itself where nothing moves.
 */
export function inNamespaces(world: World): World {
  const known = MADE.get(world) ?? placedWorld(world);
  MADE.set(world, known);
  return known;
}

function placedWorld(world: World): World {
  const homes = new Map(world.apps.map((app) => [app.id, destinationOf(app)]));
  const manifests = world.manifests.map((one) => {
    const home = homes.get(one.app) ?? '';
    return one.id.namespace !== '' || home === '' || !isNamespaced(one.id) ? one : placed(one, home);
  });
  return manifests.every((one, index) => one === world.manifests[index]) ? world : { ...world, manifests };
}

/** Problems are of the objects as they are written; one sent to another namespace is another one there. */
export function asWritten(problems: readonly Problem[], worlds: readonly World[]): readonly Problem[] {
  const written = new Map<string, Manifest>();
  for (const world of worlds) {
    const { manifests } = inNamespaces(world);
    world.manifests.forEach((one, index) => {
      const made = manifests[index] ?? one;
      if (made !== one) written.set(addressOf(made.app, made.id), one);
    });
  }
  if (written.size === 0) return problems;
  // What somebody wrote with its namespace is meant first.
  for (const one of worlds.flatMap(({ manifests }) => manifests)) written.delete(addressOf(one.app, one.id));
  const at = ({ app, object }: Placed): Pick<Placed, 'object'> | undefined => {
    const found = object === null ? undefined : written.get(addressOf(app, object));
    return found && { object: found.id };
  };
  return problems.map((problem) => {
    const place = at(problem);
    const key = place === undefined ? problem.key : `${problem.key} in ${problem.object?.namespace ?? ''}`;
    const path = problem.path?.map((step) => ({ ...step, ...at(step) }));
    return { ...problem, ...place, key, ...(path === undefined ? {} : { path }) };
  });
}

type Placed = Pick<Problem, 'app' | 'object'>;

function addressOf(app: string, id: Manifest['id']): string {
  return `${app}\u0000${identityKey(id)}`;
}
