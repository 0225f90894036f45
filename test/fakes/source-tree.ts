import { createHash } from 'node:crypto';
import { type Oid, parseOid } from '../../src/model/ids.ts';
import { MODES, type TreeEntry } from '../../src/model/tree.ts';
import { RepositoryError } from '../../src/ports/repository.ts';
import type { SourceTree } from '../../src/ports/source-tree.ts';

/** A file by its text or bytes, or anything else that a git tree can hold. */
export type FakeFile = string | Uint8Array | { readonly link: string } | { readonly submodule: string };

/** Paths whose bytes cannot be had. */
export interface FakeTreeTrouble {
  readonly missing?: readonly string[];
  readonly tooLarge?: readonly string[];
}

/** Git's own object name, so that equal files are equal in fakes and in real repositories. */
export function blobOid(content: string | Uint8Array): Oid {
  const bytes = Buffer.from(content);
  return parseOid(createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'));
}

function isContent(file: FakeFile): file is string | Uint8Array {
  return typeof file === 'string' || file instanceof Uint8Array;
}

function entryOf(path: string, file: FakeFile): TreeEntry {
  if (isContent(file)) return { path, mode: MODES.file, oid: blobOid(file) };
  if ('link' in file) return { path, mode: MODES.link, oid: blobOid(file.link) };
  return { path, mode: MODES.submodule, oid: parseOid(file.submodule) };
}

function contentOf(file: FakeFile): string | Uint8Array | undefined {
  if (isContent(file)) return file;
  return 'link' in file ? file.link : undefined;
}

function byPath(left: TreeEntry, right: TreeEntry): number {
  return left.path < right.path ? -1 : 1;
}

/** An in-memory tree: `aTree({ 'apps/shop.yaml': 'kind: Application' })`. */
export function aTree(files: Readonly<Record<string, FakeFile>>, trouble: FakeTreeTrouble = {}): SourceTree {
  const entries = Object.entries(files)
    .map(([path, file]) => entryOf(path, file))
    .toSorted(byPath);
  const blobs = new Map<string, string | Uint8Array>();
  for (const [path, file] of Object.entries(files)) {
    const content = contentOf(file);
    if (content !== undefined) blobs.set(entryOf(path, file).oid, content);
  }
  const troubled = (paths: readonly string[] = [], oid: Oid) =>
    entries.some((entry) => entry.oid === oid && paths.includes(entry.path));
  return {
    id: createHash('sha1').update(JSON.stringify(entries)).digest('hex'),
    entries,
    read(oid) {
      const content = blobs.get(oid);
      if (content === undefined || troubled(trouble.missing, oid)) {
        return Promise.reject(new RepositoryError('MISSING', `${oid} is not in this tree`));
      }
      if (troubled(trouble.tooLarge, oid))
        return Promise.reject(new RepositoryError('TOO_LARGE', `${oid} is too large`));
      return Promise.resolve(new Uint8Array(Buffer.from(content)));
    },
  };
}
