import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject, objectAt, textAt } from '../../model/json.ts';
import { strictObject } from '../../model/strict-json.ts';
import type { Instance } from './instance.ts';
import type { TufMetadata } from './tuf.ts';

/** The root of an instance that counts now, and the metadata that the next update starts from. */
export interface KeptRoot {
  readonly trustedRoot: string;
  readonly metadata: TufMetadata;
  /** RFC 3339; undefined for what presync was shipped with. */
  readonly refreshedAt?: string | undefined;
}

/**
 * What an earlier run kept, unless presync knows something newer, or what is kept cannot be used; then what presync was shipped with, or
 * undefined where that is only a pin. Without a folder nothing is kept. Never throws.
 */
export async function keptRoot(folder: string | undefined, instance: Instance): Promise<KeptRoot | undefined> {
  const seed = seedOf(instance);
  if (folder === undefined) return seed;
  const bytes = await readFile(fileOf(folder, instance)).catch(() => new Uint8Array());
  const kept = keptIn(strictObject(bytes));
  if (kept === undefined) return seed;
  if (kept.trustedRoot !== seed?.trustedRoot && !(await isReadable(kept.trustedRoot))) return seed;
  const known = 'pin' in instance ? instance.pin.version : rootVersion({ root: instance.tufRoot });
  return rootVersion(kept.metadata) >= known ? kept : seed;
}

function seedOf(instance: Instance): KeptRoot | undefined {
  if ('pin' in instance) return undefined;
  return { trustedRoot: instance.trustedRoot, metadata: { root: instance.tufRoot } };
}

/** Loaded where something else lies there than presync was shipped with: it brings the whole of sigstore into this process. */
async function isReadable(trustedRoot: string): Promise<boolean> {
  const { readRoot } = await import('./own-root.ts');
  return !('problems' in readRoot(trustedRoot));
}

function keptIn(object: JsonObject | undefined): KeptRoot | undefined {
  if (object === undefined) return undefined;
  const [trustedRoot, refreshedAt] = [textAt(object, 'trustedRoot'), textAt(object, 'refreshedAt')];
  const metadata = Object.entries(objectAt(object, 'metadata')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return trustedRoot === '' || Number.isNaN(Date.parse(refreshedAt))
    ? undefined
    : { trustedRoot, refreshedAt, metadata: Object.fromEntries(metadata) };
}

/** Beside, then renamed: a reader sees all of it or what was there before. */
export async function keepRoot(folder: string | undefined, instance: Instance, kept: KeptRoot): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = fileOf(folder, instance);
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, JSON.stringify(kept), { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function fileOf(folder: string, { name }: Instance): string {
  return join(folder, `${name}.json`);
}

function rootVersion(metadata: TufMetadata): number {
  const version = signedRoot(metadata)['version'];
  return typeof version === 'number' ? version : 0;
}

/** When the metadata of the root expires, in milliseconds; NaN where that is not said. */
export function expiryOf({ metadata }: KeptRoot): number {
  return Date.parse(textAt(signedRoot(metadata), 'expires'));
}

function signedRoot({ root = '' }: TufMetadata): JsonObject {
  const object = strictObject(Buffer.from(root));
  return isObject(object) ? objectAt(object, 'signed') : {};
}
