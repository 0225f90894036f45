import type { TreeEntry } from './tree.ts';
import { indexOf, kindOf, type TreeIndex } from './tree-index.ts';

/** What a render looked at below one mount, paths relative to it: read, probed (there or not), listed, links followed. */
export interface Closure {
  readonly at: string;
  readonly files: readonly (readonly [path: string, oid: string])[];
  readonly present: readonly string[];
  readonly absent: readonly string[];
  readonly listed: readonly string[];
  readonly links: readonly string[];
}

/** A listing, sorted by path. */
export interface Listed {
  readonly entries: readonly TreeEntry[];
}

/**
 * Would a render that looked at `reads` see the same in both trees? Then it has the same result in both, and the change does not
 * affect it. Every closure is taken as one of a mount of this tree.
 */
export function sameInputs(reads: readonly Closure[], left: Listed, right: Listed): boolean {
  return reads.every((one) => closureFacts([one], left) === closureFacts([one], right));
}

/**
 * What a render that looked at `reads` saw in this tree: contents and link targets by name of the blob, kinds of what was probed,
 * names and kinds in listed folders. Equal texts for two trees exactly where `sameInputs` holds for them, whatever oids `reads`
 * itself carries.
 */
export function closureFacts(reads: readonly Closure[], tree: Listed): string {
  const index = indexOf(tree.entries);
  return JSON.stringify(reads.map((one) => factsIn(one, index)));
}

/** One fact for each path that was looked at, in the order of the closure. */
function factsIn({ files, present, absent, listed, links }: Closure, tree: TreeIndex): readonly unknown[] {
  const contents = [...files.map(([path]) => path), ...links].map(relative);
  const kinds = [...present, ...absent].map(relative);
  const folders = listed.map(relative);
  return [
    ...contents.map((path) => contentAt(tree, path)),
    ...kinds.map((path) => kindAt(tree, path)),
    ...folders.map((folder) => [kindAt(tree, folder), ...(tree.folders.get(folder) ?? [])]),
  ];
}

function relative(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** What reading gives: kind and content. An executable file reads like any other. */
function contentAt(tree: TreeIndex, path: string): string {
  const entry = reached(tree, path);
  return entry === undefined ? kindAt(tree, path) : `${kindOf(entry)} ${entry.path} ${entry.oid}`;
}

/** What probing gives. A link is probed for what it points to, so where it points is part of the answer. */
function kindAt(tree: TreeIndex, path: string): string {
  const entry = reached(tree, path);
  if (entry === undefined) return tree.folders.has(path) ? 'folder' : 'absent';
  return entry.path === path && kindOf(entry) === 'file' ? 'file' : `${kindOf(entry)} ${entry.path} ${entry.oid}`;
}

/**
 * The entry at the path, or the one on the way that is no folder (a link to a folder, a file). What lies behind a link stands in
 * the closure under its own path.
 */
function reached(tree: TreeIndex, path: string): TreeEntry | undefined {
  const own = tree.files.get(path);
  if (own !== undefined || path === '' || tree.folders.has(path)) return own;
  return reached(tree, path.slice(0, Math.max(0, path.lastIndexOf('/'))));
}
