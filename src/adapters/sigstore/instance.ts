import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isObject, objectAt, textAt } from '../../model/json.ts';
import type { TrustedRoot } from '../../model/provenance.ts';

/** A Sigstore instance whose root is distributed by TUF, and what is known of it from the start. */
export interface Instance {
  readonly name: string;
  /** For sentences. */
  readonly title: string;
  readonly mirror: string;
  readonly thresholds: TrustedRoot['thresholds'];
  /** `root.json` of TUF. */
  readonly tufRoot: string;
  /** `trusted_root.json`. */
  readonly trustedRoot: string;
}

const MIRROR = 'https://tuf-repo-cdn.sigstore.dev';
export const TARGET = 'trusted_root.json';

/**
 * Sigstore's public good instance, as the package @sigstore/tuf ships it. Certificates of it are logged, signatures too; the time is
 * that of the log, or where the log has none (Rekor v2) a timestamp. GitHub's own root is shipped by nobody: whoever needs it names a
 * file that `gh attestation trusted-root` wrote.
 */
export function publicGood(): Instance {
  const file = createRequire(import.meta.url).resolve('@sigstore/tuf/seeds.json');
  const seeds: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const seed = objectAt(isObject(seeds) ? seeds : {}, MIRROR);
  return {
    name: 'public-good',
    title: 'the public good instance of Sigstore',
    mirror: MIRROR,
    thresholds: { logs: 1, certificateLogs: 1, timestamps: 0 },
    tufRoot: decoded(textAt(seed, 'root.json')),
    trustedRoot: decoded(textAt(objectAt(seed, 'targets'), TARGET)),
  };
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
