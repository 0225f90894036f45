import { type JsonObject, objectAt, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { refuse } from './reading.ts';

/** A Secret of the same cluster. */
export function secretNamed(
  name: string,
  namespace: string,
  { cluster }: Manifest,
  all: readonly Manifest[],
): JsonObject {
  const secret = all.find(
    ({ id, cluster: other }) =>
      other === cluster &&
      id.apiVersion === 'v1' &&
      id.kind === 'Secret' &&
      id.namespace === namespace &&
      id.name === name,
  );
  return secret?.object ?? refuse(`its keys stand in the Secret ${name}, which is not in Git`);
}

/** The value of a Secret that has one: https://github.com/sigstore/policy-controller/blob/main/pkg/reconciler/clusterimagepolicy/clusterimagepolicy.go */
export function onlyValueOf(secret: JsonObject): string {
  const [value, ...more] = Object.values(valuesOf(secret));
  if (value === undefined || more.length > 0)
    return refuse('its key stands in a Secret that has not exactly one value');
  return value;
}

export function valuesOf(secret: JsonObject): Readonly<Record<string, string>> {
  const [data, plain] = [objectAt(secret, 'data'), objectAt(secret, 'stringData')];
  const decoded = Object.keys(data).map((key) => [key, decodedText(textAt(data, key))] as const);
  const written = Object.keys(plain).map((key) => [key, textAt(plain, key)] as const);
  return Object.fromEntries([...decoded, ...written]);
}

function decodedText(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}
