import { objectAt, textAt } from '../model/json.ts';
import { baseNameOf, folderOf } from '../model/path.ts';
import { clusterOfPath } from './clusters.ts';
import type { Definition, DiscoverContext } from './convention.ts';

/**
 * Flux objects do not name the cluster that they run in: it is that of the app which brings them, else what policy says of
 * the file, else the folder of the file, where `flux bootstrap` keeps its own part in `flux-system` below it.
 */
export function homeCluster({ definedIn, cluster }: Definition, { policy }: DiscoverContext): string {
  const folder = folderOf(definedIn.file);
  return (
    clusterOfPath(definedIn.file, policy) ??
    cluster ??
    (baseNameOf(folder) === 'flux-system' ? folderOf(folder) : folder)
  );
}

/** The cluster that a Flux object applies to: its home, unless it has the credentials of another one. */
export function fluxCluster(definition: Definition, context: DiscoverContext): string {
  const kubeConfig = objectAt(objectAt(definition.object, 'spec'), 'kubeConfig');
  const remote =
    textAt(objectAt(kubeConfig, 'secretRef'), 'name') || textAt(objectAt(kubeConfig, 'configMapRef'), 'name');
  const home = homeCluster(definition, context);
  return remote === '' ? home : `${home}/${remote}`;
}
