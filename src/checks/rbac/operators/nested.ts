import { isObject, objectAt, textAt, textsAt } from '../../../model/json.ts';
import type { Reader } from './made.ts';

/**
 * An object of Kubernetes that provider-kubernetes of Crossplane applies. Its provider may be for another cluster; which one, a
 * Secret says, so it counts in this one. What is only observed is not made.
 * https://github.com/crossplane-contrib/provider-kubernetes/blob/main/apis/object/v1alpha2/types.go
 */
export const crossplaneObject: Reader = (object) => {
  const spec = objectAt(object, 'spec');
  const manifest = objectAt(spec, 'forProvider')['manifest'];
  if (!isObject(manifest) || isObserved(textsAt(spec, 'managementPolicies'), textAt(spec, 'managementPolicy')))
    return [];
  const at = '/spec/forProvider/manifest';
  const parts = Object.fromEntries(Object.keys(manifest).map((key) => [key, `${at}/${key}`]));
  return [{ object: manifest, at, parts }];
};

function isObserved(policies: readonly string[], policy: string): boolean {
  return policy === 'Observe' || (policies.length > 0 && policies.every((one) => one === 'Observe'));
}
