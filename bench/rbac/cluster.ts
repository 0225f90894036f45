import type { JsonObject } from '../../src/model/json.ts';
import { type Manifest, objectIdOf } from '../../src/model/manifest.ts';

const API = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
/** Every so many roles one is a part of another, by a label: of a built-in one, or of one of this cluster. */
const AGGREGATED_EVERY = 25;
const AGGREGATES = ['aggregate-to-view', 'aggregate-to-edit', 'aggregate-to-platform'];

function manifest(object: JsonObject, app: string): Manifest {
  return { id: objectIdOf(object), object, app, cluster: 'production', origin: {}, volatile: [] };
}

/** Half roles, half bindings, in a tenth as many namespaces; a workload for every tenth of them. */
export function aCluster(count: number): readonly Manifest[] {
  const found: Manifest[] = [platform()];
  for (let index = 0; index < count / 2; index += 1) {
    const app = `app-${index % 100}`;
    const namespace = `team-${index % (count / 10)}`;
    const isPart = index % AGGREGATED_EVERY === 0;
    found.push(manifest(isPart ? part(index) : role(index, namespace), app));
    found.push(manifest(binding(index, namespace, isPart), app));
    if (index % 5 === 0) found.push(manifest(workload(index, namespace), app));
  }
  return found;
}

/** The role that parts of this cluster make up. */
function platform(): Manifest {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [`${GROUP}/aggregate-to-platform`]: 'true' } }] };
  return manifest(
    { apiVersion: API, kind: 'ClusterRole', metadata: { name: 'platform' }, aggregationRule, rules: [] },
    'app-0',
  );
}

function role(index: number, namespace: string): JsonObject {
  const resources = ['pods', 'services', 'configmaps', ...(index % 50 === 1 ? ['secrets', 'pods/exec'] : [])];
  const rules = [
    { apiGroups: [''], resources, verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: index % 20 === 1 ? ['get', 'create'] : ['get'] },
  ];
  return { apiVersion: API, kind: 'Role', metadata: { name: `role-${index}`, namespace }, rules };
}

function part(index: number): JsonObject {
  const label = AGGREGATES[(index / AGGREGATED_EVERY) % AGGREGATES.length] ?? '';
  const rules = [{ apiGroups: [`group-${index}.example`], resources: ['widgets'], verbs: ['get', 'list'] }];
  return {
    apiVersion: API,
    kind: 'ClusterRole',
    metadata: { name: `part-${index}`, labels: { [`${GROUP}/${label}`]: 'true' } },
    rules,
  };
}

/** Of the account of that number: to its role, or to a role that aggregates. */
function binding(index: number, namespace: string, isPart: boolean): JsonObject {
  const toAggregate = { apiGroup: GROUP, kind: 'ClusterRole', name: index % 2 === 0 ? 'platform' : 'view' };
  const roleRef = isPart ? toAggregate : { apiGroup: GROUP, kind: 'Role', name: `role-${index}` };
  const subjects = [{ kind: 'ServiceAccount', name: `account-${index}`, namespace }];
  return { apiVersion: API, kind: 'RoleBinding', metadata: { name: `binding-${index}`, namespace }, roleRef, subjects };
}

function workload(index: number, namespace: string): JsonObject {
  const containers = [{ name: 'web', image: 'example.test/web:1' }];
  const spec = { template: { spec: { serviceAccountName: `account-${index}`, containers } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: `web-${index}`, namespace }, spec };
}

/** A binding of an account to a role that reads Secrets everywhere, the role, and a part of the built-in role view. */
export function aChange(): readonly Manifest[] {
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: 'reader' };
  const subjects = [{ kind: 'ServiceAccount', name: 'account-0', namespace: 'team-0' }];
  const metadata = { name: 'reader' };
  const labels = { [`${GROUP}/aggregate-to-view`]: 'true' };
  return [
    manifest({ apiVersion: API, kind: 'ClusterRole', metadata, rules }, 'changed'),
    manifest({ apiVersion: API, kind: 'ClusterRoleBinding', metadata, roleRef, subjects }, 'changed'),
    manifest({ apiVersion: API, kind: 'ClusterRole', metadata: { name: 'more', labels }, rules }, 'changed'),
  ];
}
