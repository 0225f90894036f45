import type { TreeEntry } from './tree.ts';
import { MODES } from './tree.ts';

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
  return JSON.stringify(reads.map((one) => factsIn(one, tree)));
}

/** One fact for each path that was looked at, in the order of the closure. */
function factsIn({ files, present, absent, listed, links }: Closure, tree: Listed): readonly unknown[] {
  const contents = [...files.map(([path]) => path), ...links].map(relative);
  const kinds = [...present, ...absent].map(relative);
  const folders = listed.map(relative);
  return [
    ...contents.map((path) => contentAt(tree, path)),
    ...kinds.map((path) => kindAt(tree, path)),
    ...folders.map((folder) => [kindAt(tree, folder), ...namesIn(tree, folder)]),
  ];
}

function relative(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** What reading gives: kind and content. An executable file reads like any other. */
function contentAt(tree: Listed, path: string): string {
  const entry = reached(tree, path);
  return entry === undefined ? kindAt(tree, path) : `${kindOf(entry)} ${entry.path} ${entry.oid}`;
}

/** What probing gives. A link is probed for what it points to, so where it points is part of the answer. */
function kindAt(tree: Listed, path: string): string {
  const entry = reached(tree, path);
  if (entry === undefined) return path === '' || hasBelow(tree, path) ? 'folder' : 'absent';
  return entry.path === path && kindOf(entry) === 'file' ? 'file' : `${kindOf(entry)} ${entry.path} ${entry.oid}`;
}

/**
 * The entry at the path, or the one on the way that is no folder (a link to a folder, a file). What lies behind a link stands in
 * the closure under its own path.
 */
function reached({ entries }: Listed, path: string): TreeEntry | undefined {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count += 1) {
    const prefix = parts.slice(0, count).join('/');
    const entry = entries[lowerBound(entries, prefix)];
    if (entry?.path === prefix) return entry;
  }
  return undefined;
}

function kindOf({ mode }: TreeEntry): 'file' | 'link' | 'submodule' {
  if (mode === MODES.link) return 'link';
  return mode === MODES.submodule ? 'submodule' : 'file';
}

function hasBelow({ entries }: Listed, folder: string): boolean {
  return entries[lowerBound(entries, `${folder}/`)]?.path.startsWith(`${folder}/`) === true;
}

/** Names and kinds directly in a folder. Below `a/b/` sorts before `a/b0`, because 0 follows / in every encoding. */
function namesIn({ entries }: Listed, folder: string): readonly string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const names: string[] = [];
  for (let index = lowerBound(entries, prefix); index < entries.length; ) {
    const entry = entries[index];
    if (entry === undefined || !entry.path.startsWith(prefix)) break;
    const [name = '', ...below] = entry.path.slice(prefix.length).split('/');
    names.push(`${below.length === 0 ? kindOf(entry) : 'folder'} ${name}`);
    index = below.length === 0 ? index + 1 : lowerBound(entries, `${prefix}${name}0`);
  }
  return names;
}

/** The first entry whose path is not before `path`. */
function lowerBound(entries: readonly TreeEntry[], path: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.path ?? '') < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
