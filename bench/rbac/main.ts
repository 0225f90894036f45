// `node bench/rbac/main.ts`: what a change of one binding and one role gives, in clusters of three sizes; no engine, no network.
import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import { rbac } from '../../src/checks/rbac/index.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Manifest, objectIdOf } from '../../src/model/manifest.ts';

/** 5,000 RBAC objects and 500 workloads are the aim; a quarter and the double of it show how the time grows. */
const SIZES = [1_250, 5_000, 10_000] as const;
const RUNS = 7;
const API = 'rbac.authorization.k8s.io/v1';

function manifest(object: JsonObject, app: string): Manifest {
  return { id: objectIdOf(object), object, app, cluster: 'production', origin: {}, volatile: [] };
}

/** Half roles, half bindings, in a tenth as many namespaces; a workload for every tenth of them. */
function aCluster(count: number): readonly Manifest[] {
  const found: Manifest[] = [];
  for (let index = 0; index < count / 2; index += 1) {
    const namespace = `team-${index % (count / 10)}`;
    const metadata = { name: `role-${index}`, namespace };
    const resources = ['pods', 'services', 'configmaps', ...(index % 50 === 0 ? ['secrets', 'pods/exec'] : [])];
    const rules = [
      { apiGroups: [''], resources, verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: index % 20 === 0 ? ['get', 'create'] : ['get'] },
    ];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name };
    const subjects = [{ kind: 'ServiceAccount', name: `account-${index}`, namespace }];
    found.push(manifest({ apiVersion: API, kind: 'Role', metadata, rules }, `app-${index % 100}`));
    found.push(manifest({ apiVersion: API, kind: 'RoleBinding', metadata, roleRef, subjects }, `app-${index % 100}`));
    if (index % 5 === 0) found.push(workload(index, namespace));
  }
  return found;
}

function workload(index: number, namespace: string): Manifest {
  const spec = { template: { spec: { serviceAccountName: `account-${index}`, containers: [] } } };
  const metadata = { name: `web-${index}`, namespace };
  return manifest({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }, `app-${index % 100}`);
}

/** A binding of an account to a role that reads Secrets everywhere, and the role. */
function aChange(): readonly Manifest[] {
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' };
  const subjects = [{ kind: 'ServiceAccount', name: 'account-0', namespace: 'team-0' }];
  const metadata = { name: 'reader' };
  return [
    manifest({ apiVersion: API, kind: 'ClusterRole', metadata, rules }, 'changed'),
    manifest({ apiVersion: API, kind: 'ClusterRoleBinding', metadata, roleRef, subjects }, 'changed'),
  ];
}

async function once(count: number): Promise<{ readonly ms: number; readonly found: number }> {
  // Made anew for each run: nothing that was read is known.
  const [before, after, change] = [aCluster(count), aCluster(count), aChange()];
  const whole = {
    base: { side: 'base', apps: [], manifests: before },
    merged: { side: 'merged', apps: [], manifests: [...after, ...change] },
    builtIn: [],
    notCounted: [],
  } as const;
  const base = { side: 'base', apps: [], manifests: [] } as const;
  const merged = { side: 'merged', apps: [], manifests: change } as const;
  const start = performance.now();
  const problems = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  return { ms: performance.now() - start, found: problems.length };
}

async function main(): Promise<void> {
  await once(SIZES[0]);
  let last: { readonly count: number; readonly ms: number } | undefined;
  for (const count of SIZES) {
    const runs: Awaited<ReturnType<typeof once>>[] = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await once(count));
    const times = runs.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const ms = times[Math.floor(RUNS / 2)] ?? 0;
    const growth =
      last === undefined ? '' : `, ${(ms / last.ms).toFixed(1)} times as long for ${count / last.count} times as much`;
    console.log(
      `${count} RBAC objects, ${count / 10} workloads: ${ms.toFixed(0)} ms (median of ${RUNS}), ${runs[0]?.found} problems${growth}`,
    );
    last = { count, ms };
  }
}

await main();
