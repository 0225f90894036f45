import { PresyncError } from '../../../model/error.ts';
import type { Manifest, ObjectId } from '../../../model/manifest.ts';
import type { ImageRule, SignerRule } from '../../../model/policy.ts';
import type { TrustedKey } from '../../../model/provenance.ts';
import type { ForeignRoot } from '../../../model/sigstore-keys.ts';

/** What an object of another tool asks of images, as far as it means the same here as there. */
export interface Reading {
  readonly rules: readonly ImageRule[];
  readonly keys: readonly TrustedKey[];
  readonly roots?: readonly ForeignRoot[] | undefined;
  /** A sentence for each part that cannot be applied before the merge. */
  readonly unread: readonly string[];
}

export const NOTHING: Reading = { rules: [], keys: [], unread: [] };

/** An object, or a part of it, that is not applied before the merge. */
export interface Unread {
  readonly object: ObjectId;
  readonly cluster: string;
  readonly app: string;
  readonly reason: string;
}

/** A part that has no exact counterpart here: the whole rule is left out and said, never a weaker one put in its place. */
export class Untranslatable extends PresyncError<'UNTRANSLATABLE'> {}

export function refuse(reason: string): never {
  throw new Untranslatable('UNTRANSLATABLE', reason);
}

/** What can be read, or why not. */
export function readingOf(read: () => Reading): Reading {
  try {
    return read();
  } catch (error) {
    if (error instanceof Untranslatable) return { ...NOTHING, unread: [error.message] };
    throw error;
  }
}

export function joined(readings: readonly Reading[]): Reading {
  return {
    rules: readings.flatMap(({ rules }) => rules),
    keys: readings.flatMap(({ keys }) => keys),
    roots: readings.flatMap(({ roots }) => roots ?? []),
    unread: readings.flatMap(({ unread }) => unread),
  };
}

/** `ClusterImagePolicy signed`, `Policy shop/signed`. */
export function nameOf({ id: { kind, namespace, name } }: Manifest): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** A signer with the key that it may need. */
export interface ForeignSigner {
  readonly signer: SignerRule;
  readonly key?: TrustedKey | undefined;
}

const PEM = /-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----/g;

/** The public keys of a text that holds nothing else. */
export function publicKeysIn(text: string): readonly string[] {
  const keys = text.match(PEM) ?? [];
  if (keys.length === 0 || text.replace(PEM, '').trim() !== '')
    refuse('its key is not written out; a secret, a key service or a variable is known to the cluster only');
  return keys.map((key) => `${key}\n`);
}

/** A hash that every tool takes by itself is none that must be said. */
export function hashOf(written: string): TrustedKey['hash'] {
  switch (written.toLowerCase()) {
    case '':
    case 'sha256':
      return undefined;
    case 'sha384':
      return 'sha384';
    case 'sha512':
      return 'sha512';
    default:
      return refuse(`signatures with ${written} are not verified here`);
  }
}

export function keySigner(key: TrustedKey): ForeignSigner {
  return { signer: { kind: 'key', key: key.name }, key };
}
