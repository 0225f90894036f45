import { isObject, textAt } from '../model/json.ts';
import type { DeclaredKey, Policy, TrustPolicy } from '../model/policy.ts';
import { certificatesOf, fingerprintOf, publicKeyOf } from './public-key.ts';
import type { TrustProblem } from './trust-problems.ts';

/** Roots are some 10 kB, keys far less. */
export const MAX_TRUST_FILE_BYTES = 1024 * 1024;

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto */
const TRUSTED_ROOT = 'application/vnd.dev.sigstore.trustedroot';

/** The files that a policy needs besides its own text. */
export function trustFilesOf({ trust }: Pick<Policy, 'trust'>): readonly string[] {
  const { roots, authorities, keys } = trust;
  const files = [
    ...roots.map(({ file }) => file),
    ...authorities.flatMap(({ file, timestamps }) => [file, timestamps]),
    ...keys.map(({ file }) => file),
  ];
  return [...new Set(files.filter((file) => file !== undefined))];
}

export function trustFile({ files }: TrustPolicy, path: string): string | undefined {
  return Object.hasOwn(files, path) ? files[path] : undefined;
}

/** What is wrong with the files: a place of the policy for each, and a sentence. */
export function trustFileProblems({ trust, images }: Policy): readonly TrustProblem[] {
  const roots = trust.roots.map(({ file }, index) => ({ path: ['trust', 'roots', index], file, wrong: rootFault }));
  const authorities = trust.authorities.flatMap(({ file, timestamps }, index) => {
    const path = ['trust', 'authorities', index];
    const own = { path, file, wrong: authorityFault };
    return timestamps === undefined
      ? [own]
      : [own, { path: [...path, 'timestamps'], file: timestamps, wrong: authorityFault }];
  });
  const keys = trust.keys.flatMap(({ name, file }) => {
    const index = images.findIndex(({ require }) => namesKey(require, name));
    return file === undefined
      ? []
      : [{ path: ['images', index, 'require', 'signature', 'key'], file, wrong: keyFault }];
  });
  const faults = [...roots, ...authorities, ...keys].flatMap(({ path, file, wrong }) => {
    const text = trustFile(trust, file);
    const fault = text === undefined ? `is not there (or is no file of at most 1 MiB)` : wrong(text);
    return fault === undefined ? [] : [{ path, message: `the file ${file} ${fault}` }];
  });
  return [...faults, ...inlineFaults(trust.keys), ...twins(trust)];
}

function namesKey({ signature, provenance }: Policy['images'][number]['require'], name: string): boolean {
  const signers = [...(signature?.anyOf ?? []), ...(provenance?.signer === undefined ? [] : [provenance.signer])];
  return signers.some((signer) => signer.kind === 'key' && signer.key === name);
}

/** Only what tells a root from another file: its content is judged where it is used. */
function rootFault(text: string): string | undefined {
  try {
    const root: unknown = JSON.parse(text);
    if (isObject(root) && textAt(root, 'mediaType').startsWith(TRUSTED_ROOT)) return undefined;
  } catch {
    return 'is no JSON; a trusted_root.json is wanted';
  }
  return `is no trusted root (its mediaType is not ${TRUSTED_ROOT}+json)`;
}

function authorityFault(text: string): string | undefined {
  const certificates = certificatesOf(text);
  if (certificates.length === 0) return 'holds no PEM certificates that can be read';
  return certificates.every(({ ca }) => ca)
    ? undefined
    : 'holds a certificate that is none of an authority (CA:TRUE is missing)';
}

function keyFault(text: string): string | undefined {
  return publicKeyOf(text) === undefined ? 'is no PEM public key' : undefined;
}

function inlineFaults(keys: readonly DeclaredKey[]): readonly TrustProblem[] {
  return keys
    .filter(({ pem }) => pem !== undefined && publicKeyOf(pem) === undefined)
    .map(({ name }) => ({ path: ['images'], message: `${name} is no public key that can be read` }));
}

/** Of two names for one key nobody could say by which a signature was believed, and it would count twice. */
function twins(trust: TrustPolicy): readonly TrustProblem[] {
  const known = trust.keys.flatMap((key) => {
    const text = pemOf(trust, key);
    const spki = text === undefined ? undefined : publicKeyOf(text);
    return spki === undefined ? [] : [{ name: key.name, fingerprint: fingerprintOf(spki) }];
  });
  return [...Map.groupBy(known, ({ fingerprint }) => fingerprint).values()].flatMap(([first, ...others]) =>
    others.map(({ name }) => ({
      path: ['images'],
      message: `${first?.name} and ${name} are the same key; use one of them`,
    })),
  );
}

export function pemOf(trust: TrustPolicy, { pem, file }: DeclaredKey): string | undefined {
  return pem ?? (file === undefined ? undefined : trustFile(trust, file));
}
