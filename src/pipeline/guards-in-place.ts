import { namespaceIn } from '../checks/provenance/place.ts';
import { objectAt } from '../model/json.ts';
import { groupOf, type Manifest } from '../model/manifest.ts';
import type { World } from '../model/world.ts';

/** Policies that hold in the namespace in which they stand. */
const NAMESPACED = new Set(['policies.kyverno.io NamespacedImageValidatingPolicy', 'kyverno.io Policy']);

/** The objects of a world; where such a policy names no namespace it is in that of its app, if anybody says which that is. */
export function guardsInPlace(world: World): readonly Manifest[] {
  const namespaceOf = namespaceIn(world);
  return world.manifests.map((one) => {
    const { id, object } = one;
    if (!NAMESPACED.has(`${groupOf(id.apiVersion)} ${id.kind}`)) return one;
    const namespace = namespaceOf(one);
    if (namespace === id.namespace) return one;
    const metadata = { ...objectAt(object, 'metadata'), namespace };
    return { ...one, id: { ...id, namespace }, object: { ...object, metadata } };
  });
}
