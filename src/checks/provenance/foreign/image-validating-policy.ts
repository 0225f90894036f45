import { objectAt, textAt, textsAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { NOTHING, type Reading } from './reading.ts';

const GROUP = 'policies.kyverno.io';
const KINDS = new Set(['ImageValidatingPolicy', 'NamespacedImageValidatingPolicy']);

/**
 * ImageValidatingPolicy of Kyverno: whether an image passes is what its CEL expressions say, over attestors that they choose. There is
 * nothing in it that could be compared by itself, so it gives no rule; src/pipeline/image-policies.ts has it evaluated.
 * https://kyverno.io/docs/policy-types/image-validating-policy/
 */
export function imageValidatingPolicy(): Reading {
  return NOTHING;
}

/** Is it judged by evaluation? */
export function isEvaluated({ id: { apiVersion, kind } }: Manifest): boolean {
  return groupOf(apiVersion) === GROUP && KINDS.has(kind);
}

export function isPolicyException({ id: { apiVersion, kind } }: Manifest): boolean {
  return groupOf(apiVersion) === GROUP && kind === 'PolicyException';
}

/** Without a word it denies: https://github.com/kyverno/api/blob/main/api/policies.kyverno.io/v1beta1/imagevalidating_policy.go */
export function actionOf({ object }: Manifest): ImageRule['mode'] {
  const actions = textsAt(objectAt(object, 'spec'), 'validationActions');
  return actions.length === 0 || actions.includes('Deny') ? 'block' : 'advise';
}

/**
 * Off at admission, or about JSON, it lets everything in:
 * https://github.com/kyverno/api/blob/main/api/policies.kyverno.io/v1beta1/imagevalidating_policy.go (AdmissionEnabled)
 */
export function isAsked({ object }: Manifest): boolean {
  const evaluation = objectAt(objectAt(object, 'spec'), 'evaluation');
  const mode = textAt(evaluation, 'mode');
  return ['', 'Kubernetes'].includes(mode) && objectAt(evaluation, 'admission')['enabled'] !== false;
}

/** Does it keep out what it refuses? */
export function isDenying(one: Manifest): boolean {
  return isEvaluated(one) && actionOf(one) === 'block' && isAsked(one);
}
