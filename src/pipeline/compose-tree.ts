import { createHash } from 'node:crypto';
import ignore from 'ignore';
import type { Copy } from '../model/content.ts';
import { matchesGlob } from '../model/glob.ts';
import { baseNameOf, folderOf, isWithin, joinPath, normalPath } from '../model/path.ts';
import { MODES, type TreeEntry } from '../model/tree.ts';
import { RemoteError } from '../ports/remote.ts';
import type { SourceTree } from '../ports/source-tree.ts';

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
  const entries = [...files.values()].map(({ entry }) => entry).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const holders = new Map([...files.values()].map(({ entry, from }) => [entry.oid, from.tree]));
  const id = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
  const read: SourceTree['read'] = (oid) => {
    const holder = holders.get(oid);
    return holder === undefined ? Promise.reject(new RemoteError('INVALID', `${oid} is in no part`)) : holder.read(oid);
  };
  return { tree: { id, entries, read }, ownPath: (path) => files.get(path)?.ownPath };
}

/** Links and submodules are in no artifact; nor is what `.sourceignore` files and `spec.ignore` exclude. */
async function leftByIgnore(tree: SourceTree, specIgnore: string): Promise<readonly TreeEntry[]> {
  const files = tree.entries.filter(({ mode }) => mode !== MODES.link && mode !== MODES.submodule);
  const own = files.filter(({ path }) => baseNameOf(path) === '.sourceignore');
  const texts = await Promise.all(own.map(async ({ oid }) => Buffer.from(await tree.read(oid)).toString('utf8')));
  const filters = own.map(({ path }, index) => ({ folder: folderOf(path), filter: ignore().add(texts[index] ?? '') }));
  const all = specIgnore === '' ? filters : [...filters, { folder: '', filter: ignore().add(specIgnore) }];
  return files.filter(({ path }) =>
    all.every(
      ({ folder, filter }) =>
        !isWithin(path, folder) || !filter.ignores(folder === '' ? path : path.slice(folder.length + 1)),
    ),
  );
}

type Target = readonly [path: string, entry: TreeEntry];

function copied(copy: Copy, entries: readonly TreeEntry[], soFar: ReadonlyMap<string, Placed>): readonly Target[] {
  const found = /[*?[\]]/.test(copy.path) ? byPattern(copy, entries) : byName(copy, entries, soFar);
  if (found.length === 0) throw new RemoteError('NOT_FOUND', `no file of the source matches ${copy.path || '/'}`);
  return found;
}

function byName(copy: Copy, entries: readonly TreeEntry[], soFar: ReadonlyMap<string, Placed>): readonly Target[] {
  const path = normalPath(copy.path) ?? '';
  const file = entries.find((entry) => entry.path === path);
  if (file !== undefined) {
    if (isExcluded(path, '', copy.exclude)) return [];
    const intoFolder =
      copy.to === '' || copy.to.endsWith('/') || [...soFar.keys()].some((one) => isBelow(one, copy.to));
    return [[intoFolder ? joined(copy.to, baseNameOf(path)) : joined(copy.to, ''), file]];
  }
  // As `cp -r configs to`, which makes to/configs.
  return below(path, entries, copy, path).map((entry) => [
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
  return entries.flatMap((entry): readonly Target[] => {
    const path = entry.path.split('/');
    const isMatch = path.length >= parts.length && parts.every((part, at) => matchesGlob(part, path[at] ?? ''));
    if (!isMatch || excludedOnTheWay(entry.path, parts.length, literal.join('/'), copy.exclude)) return [];
    const isBelowPrefix = prefix !== undefined && entry.path.startsWith(`${prefix}/`);
    return [[joined(copy.to, isBelowPrefix ? entry.path.slice(prefix.length + 1) : entry.path), entry]];
  });
}

function below(folder: string, entries: readonly TreeEntry[], copy: Copy, base: string): readonly TreeEntry[] {
  const depth = folder === '' ? 0 : folder.split('/').length;
  return entries.filter(
    ({ path }) => isWithin(path, folder) && path !== folder && !excludedOnTheWay(path, depth + 1, base, copy.exclude),
  );
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

/** `**` between slashes stands for no folder, too. */
function matchesDoubleStar(pattern: string, path: string): boolean {
  if (matchesGlob(pattern, path)) return true;
  const at = pattern.indexOf('**/');
  if (at >= 0 && matchesDoubleStar(pattern.slice(0, at) + pattern.slice(at + 3), path)) return true;
  return pattern.endsWith('/**') && matchesGlob(pattern.slice(0, -3), path);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${normalPath(folder) ?? folder}/`);
}

function joined(folder: string, name: string): string {
  const path = normalPath(`${folder}/${name}`);
  if (path === undefined) throw new RemoteError('INVALID', `a copy to ${folder} leaves the artifact`);
  return path;
}
