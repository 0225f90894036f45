import { createHash } from 'node:crypto';
import { applyHunks } from '../blame/hunks.ts';
import type { AuthoredHunk } from '../blame/index.ts';
import { type Oid, parseOid } from '../model/ids.ts';
import type { ChangedFile, TreeEntry } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The base with some hunks of the change applied: what the change would be if it consisted of these alone. */
export async function variantTree(
  base: SourceTree,
  merged: SourceTree,
  changed: readonly ChangedFile[],
  hunks: readonly AuthoredHunk[],
): Promise<SourceTree> {
  const byFile = Map.groupBy(hunks, ({ file }) => file);
  const blobs = new Map<Oid, Uint8Array>();
  const entries = new Map(base.entries.map((entry) => [entry.path, entry]));
  for (const file of changed) {
    const chosen = byFile.get(file.path);
    if (chosen === undefined) continue;
    const entry = await entryOf(file, chosen, base, blobs);
    if (entry === undefined) entries.delete(file.path);
    else entries.set(file.path, entry);
  }
  const listing = [...entries.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const ofBase = new Set(base.entries.map(({ oid }) => oid));
  const read = (oid: Oid) => {
    const own = blobs.get(oid);
    if (own !== undefined) return Promise.resolve(own);
    return ofBase.has(oid) ? base.read(oid) : merged.read(oid);
  };
  return { id: sha256(JSON.stringify(listing)), entries: listing, read };
}

/** The file with these hunks; undefined where it is gone. A file that the change removes is removed by any of its hunks. */
async function entryOf(
  file: ChangedFile,
  hunks: readonly AuthoredHunk[],
  base: SourceTree,
  blobs: Map<Oid, Uint8Array>,
): Promise<TreeEntry | undefined> {
  if (file.merged === undefined) return undefined;
  const old = file.base === undefined ? '' : Buffer.from(await base.read(file.base.oid)).toString('utf8');
  const bytes = Buffer.from(applyHunks(old, hunks));
  const oid = parseOid(sha256(bytes));
  blobs.set(oid, bytes);
  return { path: file.path, mode: file.merged.mode, oid };
}
