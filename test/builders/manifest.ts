import { appId } from '../../src/model/app.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Manifest, objectIdOf } from '../../src/model/manifest.ts';
import type { World } from '../../src/model/world.ts';

export const SHOP = appId({ kind: 'Application', cluster: 'production', namespace: 'argocd', name: 'shop' });

/** A manifest of the app `shop`; state only what matters: `aManifest({ kind: 'Role', rules: [allVerbs] })`. */
export function aManifest({ apiVersion, kind, metadata, ...rest }: JsonObject): Manifest {
  const object: JsonObject = {
    apiVersion: apiVersion ?? 'v1',
    kind: kind ?? 'ConfigMap',
    metadata: { name: 'it', namespace: 'shop', ...(metadata as JsonObject | undefined) },
    ...rest,
  };
  return { id: objectIdOf(object), object, app: SHOP, cluster: 'production', origin: {}, volatile: [] };
}

export function aWorld(side: World['side'], manifests: readonly Manifest[]): World {
  return { side, apps: [], manifests };
}
