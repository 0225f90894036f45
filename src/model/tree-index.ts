import { MODES, type TreeEntry } from './tree.ts';

/** A listing by path, for those who ask about the same tree again and again. */
export interface TreeIndex {
  readonly files: ReadonlyMap<string, TreeEntry>;
  /** Each folder with the names and kinds of what lies directly in it; '' is the root. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

export type EntryKind = 'file' | 'link' | 'submodule';

/** An index lives as long as its listing, which never changes. */
const INDEXES = new WeakMap<readonly TreeEntry[], TreeIndex>();

export function indexOf(entries: readonly TreeEntry[]): TreeIndex {
  const known = INDEXES.get(entries);
  if (known !== undefined) return known;
  const made = makeIndex(entries);
  INDEXES.set(entries, made);
  return made;
}

function makeIndex(entries: readonly TreeEntry[]): TreeIndex {
  const folders = new Map<string, string[]>([['', []]]);
  for (const entry of entries) {
    const [folder, name] = split(entry.path);
    ensure(folder, folders).push(`${kindOf(entry)} ${name}`);
  }
  return { files: new Map(entries.map((entry) => [entry.path, entry])), folders };
}

/** The folder's names; the first that is asked for also stands in its parent. */
function ensure(folder: string, folders: Map<string, string[]>): string[] {
  const known = folders.get(folder);
  if (known !== undefined) return known;
  const names: string[] = [];
  folders.set(folder, names);
  const [parent, name] = split(folder);
  ensure(parent, folders).push(`folder ${name}`);
  return names;
}

function split(path: string): readonly [folder: string, name: string] {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
}

export function kindOf({ mode }: TreeEntry): EntryKind {
  if (mode === MODES.link) return 'link';
  return mode === MODES.submodule ? 'submodule' : 'file';
}
