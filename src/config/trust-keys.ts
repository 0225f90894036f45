import type { z } from 'zod';
import type { DeclaredKey, TrustPolicy } from '../model/policy.ts';
import type { ImageEntry } from './image-schema.ts';
import type { Key } from './signer-schema.ts';
import { fingerprintOf } from './public-key.ts';
import { many } from './texts.ts';
import type { Trust } from './trust-schema.ts';

type WrittenKey = z.infer<typeof Key>;

/** What rules and reports call a key: its file, or a part of its fingerprint. */
export function keyName(written: WrittenKey): string {
  const { file, pem } = typeof written === 'string' ? { pem: written } : written;
  return file ?? `key ${fingerprintOf(pem ?? '').slice(0, 'sha256:'.length + 12)}`;
}

/** `trust:`, with all keys that entries of `images:` name, each once. */
export function trustPolicy(trust: z.infer<typeof Trust>, images: readonly z.infer<typeof ImageEntry>[]): TrustPolicy {
  const keys = new Map(images.flatMap(keysIn).map(({ key }) => [keyName(key), declared(key)]));
  const roots = trust.roots.map((one) =>
    typeof one === 'string' ? { file: one, logs: 1, certificateLogs: 1, timestamps: 0 } : one,
  );
  const { publicGood, github = publicGood, authorities } = trust;
  return { publicGood, github, roots, authorities, keys: [...keys.values()], files: {} };
}

/** The keys of an entry, with their places in it. */
export function keysIn({ require: { signature, provenance } }: z.infer<typeof ImageEntry>): readonly {
  readonly key: WrittenKey;
  readonly path: readonly (string | number)[];
}[] {
  const listed = Array.isArray(signature?.key);
  return [
    ...many(signature?.key).map((key, index) => ({
      key,
      path: ['require', 'signature', 'key', ...(listed ? [index] : [])],
    })),
    ...many(provenance?.signer?.key).map((key) => ({ key, path: ['require', 'provenance', 'signer', 'key'] })),
  ];
}

export function declared(written: WrittenKey): DeclaredKey {
  if (typeof written === 'string') return { name: keyName(written), pem: written, needsLog: false };
  const { file, pem, hash, validFrom, validUntil, log } = written;
  return {
    name: keyName(written),
    file,
    pem,
    hash,
    validFrom: validFrom === undefined ? undefined : `${validFrom}T00:00:00Z`,
    validUntil: validUntil === undefined ? undefined : `${validUntil}T23:59:59Z`,
    needsLog: log,
  };
}
