import { isObject, type JsonObject, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { type ForeignSigner, keySigner, nameOf, publicKeysIn, refuse } from './reading.ts';
import { secretNamed, valuesOf } from './secret-keys.ts';

/** Every `*.pub` of the Secret is trusted, and no log is asked: https://github.com/fluxcd/source-controller/blob/main/internal/controller/ocirepository_controller.go */
export function fluxKeys(verify: JsonObject, manifest: Manifest, all: readonly Manifest[]): readonly ForeignSigner[] {
  if (!isObject(verify['secretRef'])) return [];
  const name = textAt(verify['secretRef'], 'name');
  const secret = secretNamed(name, manifest.id.namespace, manifest, all);
  const keys = Object.entries(valuesOf(secret)).filter(([key]) => key.endsWith('.pub'));
  if (keys.length === 0) refuse(`the Secret ${name} holds no public key that can be read`);
  return keys.flatMap(([key, text]) =>
    publicKeysIn(text).map((pem, index) => {
      const place = `${nameOf(manifest)} in ${manifest.cluster}, ${key}${index === 0 ? '' : ` ${index + 1}`}`;
      return keySigner({ name: place, pem, needsLog: false });
    }),
  );
}
