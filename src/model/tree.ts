import type { Oid } from './ids.ts';

export const MODES = { file: '100644', executable: '100755', link: '120000', submodule: '160000' } as const;

/**
 * One file of a git tree. `path` is relative to the root, `/` between folders; bytes that are no UTF-8 are written
 * `\xNN`, so that every path has a text form. `mode` is git's octal mode.
 */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly oid: Oid;
}

/** A path that differs between two trees; the entry is absent on the side where the path is. */
export interface ChangedFile {
  readonly path: string;
  readonly base: TreeEntry | undefined;
  readonly merged: TreeEntry | undefined;
}

/** What differs between two listings, by path; renames are a removal and an addition, as the controllers see them. */
export function changedFiles(base: readonly TreeEntry[], merged: readonly TreeEntry[]): readonly ChangedFile[] {
  const before = new Map(base.map((entry) => [entry.path, entry]));
  const after = new Map(merged.map((entry) => [entry.path, entry]));
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths
    .map((path) => ({ path, base: before.get(path), merged: after.get(path) }))
    .filter((file) => file.base?.oid !== file.merged?.oid || file.base?.mode !== file.merged?.mode);
}
