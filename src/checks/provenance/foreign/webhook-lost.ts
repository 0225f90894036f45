import { canonicalJson, isObject, type JsonObject, listAt, textAt } from '../../../model/json.ts';
import { groupOf, identityKey, type Manifest } from '../../../model/manifest.ts';
import type { GuardLost } from './guard-lost.ts';
import { WEBHOOK } from './included.ts';
import { nameOf } from './reading.ts';

/** Which objects it is asked about, and what an error means; where it holds stands in the rules of each policy. */
const FIELDS = ['objectSelector', 'matchConditions', 'rules', 'matchPolicy', 'failurePolicy'] as const;

/** Without its webhook no ClusterImagePolicy is asked; for how many objects another one asks, only the cluster can tell. */
export function webhooksLost(base: readonly Manifest[], merged: readonly Manifest[]): readonly GuardLost[] {
  const guarded = new Set(base.filter(isPolicy).map(({ cluster }) => cluster));
  return base
    .filter((one) => isWebhook(one) && guarded.has(one.cluster))
    .flatMap((guard): readonly GuardLost[] => {
      const after = merged.filter((one) => isWebhook(one) && one.cluster === guard.cluster);
      const place = { guard, key: 'webhook' };
      if (after.length === 0)
        return [
          {
            ...place,
            message: `${nameOf(guard)} is taken away; no ClusterImagePolicy would be asked`,
            isCertain: true,
          },
        ];
      if (after.every((one) => askedBy(one) === askedBy(guard))) return [];
      const message = `${nameOf(guard)} says something else; whether ClusterImagePolicies are asked as often, only the cluster can tell`;
      return [{ ...place, message, isCertain: false }];
    });
}

function isPolicy({ id: { apiVersion, kind } }: Manifest): boolean {
  return groupOf(apiVersion) === 'policy.sigstore.dev' && kind === 'ClusterImagePolicy';
}

function isWebhook({ id }: Manifest): boolean {
  return identityKey(id) === OWN;
}

const OWN = identityKey({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  namespace: '',
  name: WEBHOOK,
});

function askedBy({ object }: Manifest): string {
  const own = listAt(object, 'webhooks')
    .filter(isObject)
    .filter((one) => textAt(one, 'name') === WEBHOOK);
  return canonicalJson(own.map(fieldsOf));
}

function fieldsOf(webhook: JsonObject): JsonObject {
  return Object.fromEntries(FIELDS.map((field) => [field, webhook[field] ?? null]));
}
