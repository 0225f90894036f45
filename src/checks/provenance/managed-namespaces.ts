import type { App } from '../../model/app.ts';
import { destinationOf } from '../../model/destination.ts';
import { objectAt, textsAt } from '../../model/json.ts';
import { type Manifest, objectIdOf } from '../../model/manifest.ts';
import type { World } from '../../model/world.ts';

/**
 * The objects of a world with the Namespaces that Argo CD makes by itself, with the labels that an Application gives them
 * (`managedNamespaceMetadata`). One that stands in Git has its own word:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#namespace-metadata
 */
export function withManagedNamespaces({ apps, manifests }: Pick<World, 'apps' | 'manifests'>): readonly Manifest[] {
  const written = new Set(
    manifests.flatMap(({ id, cluster }) =>
      id.kind === 'Namespace' && id.apiVersion === 'v1' ? [placeKey(cluster, id.name)] : [],
    ),
  );
  const managed = apps.flatMap(managedNamespace).filter(({ id, cluster }) => !written.has(placeKey(cluster, id.name)));
  return [...manifests, ...managed];
}

function placeKey(cluster: string, name: string): string {
  return [cluster, name].join('\u0001');
}

/** Without CreateNamespace the metadata is never looked at: https://github.com/argoproj/argo-cd/blob/master/controller/sync_namespace.go */
function managedNamespace(app: App): readonly Manifest[] {
  const name = destinationOf(app);
  const policy = objectAt(objectAt(app.definition, 'spec'), 'syncPolicy');
  const labels = objectAt(objectAt(policy, 'managedNamespaceMetadata'), 'labels');
  const isMade = textsAt(policy, 'syncOptions').includes('CreateNamespace=true');
  if (app.kind !== 'Application' || name === '' || !isMade || Object.keys(labels).length === 0) return [];
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  return [{ id: objectIdOf(object), object, app: app.id, cluster: app.cluster, origin: {}, volatile: [] }];
}
