import { refuse, type Reading } from './reading.ts';

/**
 * ImageValidatingPolicy of Kyverno: whether an image passes is what its CEL expressions say, over attestors that they choose, so
 * there is nothing in it that could be compared by itself. https://kyverno.io/docs/policy-types/image-validating-policy/
 */
export function imageValidatingPolicy(): Reading {
  return refuse('its CEL expressions decide, and they are evaluated in the cluster only');
}
