import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isObject, objectAt, textAt } from '../../model/json.ts';
import type { TrustedRoot } from '../../model/provenance.ts';

interface Known {
  readonly name: string;
  /** For sentences. */
  readonly title: string;
  readonly mirror: string;
  readonly thresholds: TrustedRoot['thresholds'];
  /** As of a trusted root. */
  readonly issuer?: string | undefined;
}

/** An instance whose root comes with presync. */
export interface ShippedInstance extends Known {
  /** `root.json` of TUF. */
  readonly tufRoot: string;
  /** `trusted_root.json`. */
  readonly trustedRoot: string;
}

/** An instance of which presync knows by which metadata its mirror is believed, and fetches the rest when it is first needed. */
export interface PinnedInstance extends Known {
  readonly pin: RootPin;
  /** The organization in whose name it issues certificates. */
  readonly organization: string;
}

/**
 * A version of the `root.json` of TUF: SHA-256 of the canonical JSON of its part `signed`. That names the keys, roles and thresholds
 * that an update starts from, however the file is laid out and whoever of the keyholders has signed it since.
 */
export interface RootPin {
  readonly version: number;
  readonly sha256: string;
}

/** A Sigstore instance whose root is distributed by TUF, and what is known of it from the start. */
export type Instance = ShippedInstance | PinnedInstance;

const MIRROR = 'https://tuf-repo-cdn.sigstore.dev';
export const TARGET = 'trusted_root.json';

/**
 * Sigstore's public good instance, as the package @sigstore/tuf ships it. Certificates of it are logged, signatures too; the time is
 * that of the log, or where the log has none (Rekor v2) a timestamp.
 */
export function publicGood(): ShippedInstance {
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

/**
 * GitHub's own instance, which signs for workflows of GitHub alone (an enterprise may have an issuer below the common one), and under which the attestations of private repositories are signed: no logs, the time is that of a timestamp. No
 * package carries its root. Version 9 is valid to 2027-01-28, and is signed by enough of the keys of version 3, which gh is built with,
 * so that whoever trusts gh may trust it (docs/decisions/0013-github-instance.md):
 * https://github.com/cli/cli/blob/44ee17760709bedf1cad7e452e61751489b81a33/pkg/cmd/attestation/verification/embed/tuf-repo.github.com/root.json
 */
export function githubInstance(): PinnedInstance {
  return {
    name: 'github',
    title: "GitHub's own instance of Sigstore",
    mirror: 'https://tuf-repo.github.com',
    thresholds: { logs: 0, certificateLogs: 0, timestamps: 1 },
    issuer: 'https://token.actions.githubusercontent.com',
    pin: { version: 9, sha256: 'afdd49110b71ca64d0077e656832fc348fc090320bcb10ec52f77880b828a3bb' },
    organization: 'GitHub, Inc.',
  };
}
