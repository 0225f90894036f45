import { createHash } from 'node:crypto';
import type { Copy } from '../model/content.ts';
import { matchesGlob } from '../model/glob.ts';
import { baseNameOf, foldersAbove, folderOf, isWithin, joinPath, normalPath } from '../model/path.ts';
import type { TreeEntry } from '../model/tree.ts';
import { RemoteError } from '../ports/remote.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { leftByIgnore } from './source-ignore.ts';

/** A tree with the path that each of its files has in the repository that is judged; undefined for a file from elsewhere. */
export interface PlacedTree {
  readonly tree: SourceTree;
  ownPath(path: string): string | undefined;
}

export interface CopiedTree {
  readonly copy: Copy;
  readonly from: PlacedTree;
}

interface Placed {
  readonly entry: TreeEntry;
  readonly from: PlacedTree;
  readonly ownPath: string | undefined;
}

/**
 * What source-watcher makes of the `copy` list of an artifact, with the semantics of `cp`:
 * https://github.com/fluxcd/source-watcher/blob/main/internal/builder/builder.go
 * Patterns are those of Go's fs.Glob, where `**` is `*`; a folder that matches is copied with all below it.
 */
export async function composeTree(copies: readonly CopiedTree[]): Promise<PlacedTree> {
  const files = new Map<string, Placed>();
  for (const { copy, from } of copies) {
    const entries = await leftByIgnore(from.tree, copy.ignore);
    for (const [path, entry] of copied(copy, entries, files))
      files.set(path, { entry: { ...entry, path }, from, ownPath: from.ownPath(entry.path) });
  }
  assertNoFileAbove(files);
  const entries = [...files.values()].map(({ entry }) => entry).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const holders = new Map([...files.values()].map(({ entry, from }) => [entry.oid, from.tree]));
  const id = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
  const read: SourceTree['read'] = (oid) => {
    const holder = holders.get(oid);
    return holder === undefined ? Promise.reject(new RemoteError('INVALID', `${oid} is in no part`)) : holder.read(oid);
  };
  return { tree: { id, entries, read }, ownPath: (path) => files.get(path)?.ownPath };
}

type Target = readonly [path: string, entry: TreeEntry];

/** Where one copy makes a file of what is a folder to another, source-watcher fails. */
function assertNoFileAbove(files: ReadonlyMap<string, Placed>): void {
  for (const path of files.keys()) {
    const file = foldersAbove(folderOf(path)).find((folder) => files.has(folder));
    if (file !== undefined) throw new RemoteError('INVALID', `copies make both a file and a folder of ${file}`);
  }
}

function copied(copy: Copy, entries: readonly TreeEntry[], soFar: ReadonlyMap<string, Placed>): readonly Target[] {
  const unknown = copy.exclude.find((pattern) => /[?[\]{}\\]/.test(pattern));
  if (unknown !== undefined)
    throw new RemoteError('INVALID', `presync knows * and ** in what a copy excludes, and not ${unknown}`);
  return /[*?[\]]/.test(copy.path) ? byPattern(copy, entries) : byName(copy, entries, soFar);
}

function nothingMatches({ path }: Copy): RemoteError {
  return new RemoteError('NOT_FOUND', `no file of the source matches ${path || '/'}`);
}

function byName(copy: Copy, entries: readonly TreeEntry[], soFar: ReadonlyMap<string, Placed>): readonly Target[] {
  const path = normalPath(copy.path);
  if (path === undefined) throw new RemoteError('INVALID', `a copy from ${copy.path} leaves its source`);
  const file = entries.find((entry) => entry.path === path);
  if (file !== undefined) {
    if (isExcluded(path, '', copy.exclude)) return [];
    const intoFolder =
      copy.to === '' || copy.to.endsWith('/') || [...soFar.keys()].some((one) => isBelow(one, copy.to));
    return [[intoFolder ? joined(copy.to, baseNameOf(path)) : joined(copy.to, ''), file]];
  }
  if (!entries.some((entry) => isWithin(entry.path, path))) throw nothingMatches(copy);
  // As `cp -r configs to`, which makes to/configs.
  return below(path, entries, copy).map((entry) => [
    joined(copy.to, path === '' ? entry.path : joinPath(baseNameOf(path), entry.path.slice(path.length + 1))),
    entry,
  ]);
}

function byPattern(copy: Copy, entries: readonly TreeEntry[]): readonly Target[] {
  if (/[?[\]]/.test(copy.path))
    throw new RemoteError('INVALID', `presync knows * in patterns of copies, and not ${copy.path}`);
  const parts = copy.path.split('/');
  const literal = parts.slice(
    0,
    parts.findIndex((part) => part.includes('*')),
  );
  const prefix = copy.path.endsWith('/**') ? copy.path.slice(0, -'/**'.length) : undefined;
  const found = entries.flatMap((entry): readonly Target[] => {
    const path = entry.path.split('/');
    const isMatch = path.length >= parts.length && parts.every((part, at) => matchesGlob(part, path[at] ?? ''));
    if (!isMatch || excludedOnTheWay(entry.path, parts.length, literal.join('/'), copy.exclude)) return [];
    const isBelowPrefix = prefix !== undefined && entry.path.startsWith(`${prefix}/`);
    return [[joined(copy.to, isBelowPrefix ? entry.path.slice(prefix.length + 1) : entry.path), entry]];
  });
  if (found.length === 0) throw nothingMatches(copy);
  return found;
}

function below(folder: string, entries: readonly TreeEntry[], { exclude }: Copy): readonly TreeEntry[] {
  const depth = folder === '' ? 0 : folder.split('/').length;
  return entries.filter(({ path }) => isWithin(path, folder) && !excludedOnTheWay(path, depth + 1, folder, exclude));
}

/** The entry itself, or a folder on the way to it from the `depth`-th part of its path on. */
function excludedOnTheWay(path: string, depth: number, base: string, exclude: readonly string[]): boolean {
  const parts = path.split('/');
  return parts.some((_, at) => at + 1 >= depth && isExcluded(parts.slice(0, at + 1).join('/'), base, exclude));
}

/** Patterns are for the path from the source's root or from what the copy starts at; without a slash for the name alone. */
function isExcluded(path: string, base: string, exclude: readonly string[]): boolean {
  const relative = base !== '' && isWithin(path, base) ? path.slice(base.length + 1) : path;
  return exclude.some((pattern) =>
    pattern.includes('/')
      ? [path, relative].some((text) => matchesDoubleStar(pattern, text))
      : matchesGlob(pattern, baseNameOf(path)),
  );
}

/**
 * `**` is any number of folders where it stands between slashes, else it is `*`: https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match
 * Each part gets two ends, so that a run of any characters that starts and stops at them is a run of whole parts.
 */
function matchesDoubleStar(pattern: string, path: string): boolean {
  const parts = pattern.split('/').map((part) => (part === '**' ? part : fenced(part.replaceAll(/\*+/g, '*'))));
  return matchesGlob(parts.join(''), path.split('/').map(fenced).join(''));
}

function fenced(part: string): string {
  return `/${part}\0`;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${normalPath(folder) ?? folder}/`);
}

function joined(folder: string, name: string): string {
  const path = normalPath(`${folder}/${name}`);
  if (path === undefined) throw new RemoteError('INVALID', `a copy to ${folder} leaves the artifact`);
  return path;
}
