import { createHash } from 'node:crypto';
import { type Oid, parseOid } from '../../model/ids.ts';
import { RepositoryError } from '../../ports/repository.ts';
import type { SourceTree } from '../../ports/source-tree.ts';

export interface BytesEntry {
  readonly path: string;
  readonly mode: string;
  readonly bytes: Uint8Array;
}

/** A tree of what lies in memory. Blobs are named by the SHA-256 of their bytes, the tree by that of its listing. */
export function bytesTree(files: readonly BytesEntry[]): SourceTree {
  const blobs = new Map<Oid, Uint8Array>();
  const entries = files.toSorted(byPath).map(({ path, mode, bytes }) => {
    const oid = parseOid(sha256(bytes));
    blobs.set(oid, bytes);
    return { path, mode, oid };
  });
  const id = sha256(JSON.stringify(entries.map(({ path, mode, oid }) => [path, mode, oid])));
  return {
    id,
    entries,
    read(oid) {
      const bytes = blobs.get(oid);
      if (bytes !== undefined) return Promise.resolve(bytes);
      return Promise.reject(new RepositoryError('MISSING', `${oid} is not in the tree ${id}`));
    },
  };
}

function byPath(left: BytesEntry, right: BytesEntry): number {
  return left.path < right.path ? -1 : Number(left.path > right.path);
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
