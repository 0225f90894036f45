import type { Manifest } from '../../../model/manifest.ts';

/** Service accounts that an operator creates for an object, as `namespace/name`. */
export function createdAccounts(_manifest: Manifest): readonly string[] {
  return [];
}
