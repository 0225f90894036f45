import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import type { CheckInput } from '../../src/checks/check.ts';
import { rbac } from '../../src/checks/rbac/index.ts';
import { PATH_RULES } from '../../src/checks/rbac/paths/rules.ts';
import type { Problem } from '../../src/model/finding.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Manifest, objectIdOf } from '../../src/model/manifest.ts';
import { aManifest, aWorld } from './manifest.ts';
import { aBinding, aClusterRole } from './rbac.ts';

/** What one side has and the other not; `rest` is on both. */
export interface Sides {
  readonly rest?: readonly Manifest[];
  readonly base?: readonly Manifest[];
  readonly merged?: readonly Manifest[];
}

export function inputOf({ rest = [], base = [], merged = [] }: Sides): CheckInput {
  const whole = {
    base: aWorld('base', [...rest, ...base]),
    merged: aWorld('merged', [...rest, ...merged]),
    builtIn: [],
    notCounted: [],
  };
  return { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY, whole };
}

/** What the rules about paths say of a change. */
export async function pathsIn(sides: Sides): Promise<readonly Problem[]> {
  const found = await rbac.run(inputOf(sides), AbortSignal.any([]));
  return found.filter(({ rule }) => PATH_RULES.some(({ id }) => id === rule));
}

/** The object under another name, and in another namespace. */
export function named(manifest: Manifest, name: string, namespace = manifest.id.namespace): Manifest {
  const object = { ...manifest.object, metadata: { ...(manifest.object['metadata'] as JsonObject), name, namespace } };
  return { ...manifest, object, id: objectIdOf(object) };
}

/** A ClusterRole, `core/pods/exec:create` each rule. */
export function aRoleOf(name: string, ...rules: readonly string[]): Manifest {
  return named(aClusterRole(rules), name);
}

/** A ClusterRoleBinding to the ClusterRole of the same name; `whom` as `ServiceAccount:shop/web`. */
export function bound(role: string, whom: string): Manifest {
  return named(aBinding('ClusterRoleBinding', `ClusterRole/${role}`, [whom]), role);
}

/** A RoleBinding to the ClusterRole of the same name. */
export function boundIn(namespace: string, role: string, whom: string): Manifest {
  return named(aBinding('RoleBinding', `ClusterRole/${role}`, [whom]), role, namespace);
}

/** A Deployment that runs as `account`, in the namespace `shop` if nothing else is said. */
export function aDeployment(name: string, account: string, pod: JsonObject = {}, namespace = 'shop'): Manifest {
  const spec = { template: { spec: { serviceAccountName: account, ...pod } } };
  return aManifest({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec });
}

/** The same cluster, of another cluster or app. */
export function inCluster(cluster: string, manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.map((manifest) => ({ ...manifest, cluster }));
}
