import type { Definition, DiscoverContext } from '../../src/discover/convention.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { aDefinition, aDiscoverContext } from './discover.ts';

const API: Readonly<Record<string, string>> = {
  ArtifactGenerator: 'source.extensions.fluxcd.io/v1beta1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
};

/** An object of Flux in `flux-system`, or in the namespace that its metadata names. */
export function aFluxObject(kind: string, name: string, spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: API[kind] ?? 'source.toolkit.fluxcd.io/v1',
    kind,
    metadata: { name, namespace: 'flux-system', ...metadata },
    spec,
  };
}

/** Each in a file of its own of the cluster `clusters/production`. */
export function definitionsOf(...objects: readonly JsonObject[]): readonly Definition[] {
  return objects.map((object, index) => aDefinition(object, `clusters/production/source-${index}.yaml`));
}

export function aFluxContext(objects: readonly JsonObject[], given: Partial<DiscoverContext> = {}): DiscoverContext {
  return aDiscoverContext({}, { definitions: definitionsOf(...objects), ...given });
}
