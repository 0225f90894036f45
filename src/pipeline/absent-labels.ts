import { isObject, type JsonObject, objectAt } from '../model/json.ts';
import { labelSelector } from '../model/label-selector.ts';
import type { Manifest } from '../model/manifest.ts';

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name: set by the API server. */
const NAME = 'kubernetes.io/metadata.name';

/**
 * Policies that look for a label which a Namespace lacks. Where only the change brings that Namespace, it may stand in the cluster all
 * the same, and keeps there the labels that it has.
 */
export function lookingForAbsent(policies: readonly Manifest[], namespace: JsonObject): readonly Manifest[] {
  const labels = objectAt(objectAt(namespace, 'metadata'), 'labels');
  const isAbsent = (key: string) => key !== NAME && !Object.hasOwn(labels, key);
  return policies.filter(({ object }) => {
    const spec = objectAt(object, 'spec');
    const selector = objectAt(spec, 'matchConstraints')['namespaceSelector'];
    const keys = isObject(selector) ? labelSelector(selector).keys : [];
    // What an expression looks for, nobody can tell from its text.
    return keys.some(isAbsent) || JSON.stringify(spec).includes('namespaceObject');
  });
}
