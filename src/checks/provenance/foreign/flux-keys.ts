import { isObject, type JsonObject, objectAt, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { type ForeignSigner, keySigner, nameOf, publicKeysIn, refuse } from './reading.ts';

/** Every `*.pub` of the Secret is trusted, and no log is asked: https://github.com/fluxcd/source-controller/blob/main/internal/controller/ocirepository_controller.go */
export function fluxKeys(verify: JsonObject, manifest: Manifest, all: readonly Manifest[]): readonly ForeignSigner[] {
  if (!isObject(verify['secretRef'])) return [];
  const name = textAt(verify['secretRef'], 'name');
  const secret = all.find(
    ({ id, cluster }) =>
      cluster === manifest.cluster &&
      id.apiVersion === 'v1' &&
      id.kind === 'Secret' &&
      id.namespace === manifest.id.namespace &&
      id.name === name,
  );
  if (secret === undefined) return refuse(`its keys stand in the Secret ${name}, which is not in Git`);
  const keys = Object.entries(valuesOf(secret.object)).filter(([key]) => key.endsWith('.pub'));
  if (keys.length === 0) refuse(`the Secret ${name} holds no public key that can be read`);
  return keys.flatMap(([key, text]) =>
    publicKeysIn(text).map((pem, index) => {
      const place = `${nameOf(manifest)} in ${manifest.cluster}, ${key}${index === 0 ? '' : ` ${index + 1}`}`;
      return keySigner({ name: place, pem, needsLog: false });
    }),
  );
}

function valuesOf(secret: JsonObject): Readonly<Record<string, string>> {
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
