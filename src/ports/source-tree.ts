import type { Oid } from '../model/ids.ts';
import type { TreeEntry } from '../model/tree.ts';

/** The files of one side, immutable. `id` names the content: equal ids hold equal files. */
export interface SourceTree {
  readonly id: string;
  /** Every file, link and submodule below the root, sorted by path. */
  readonly entries: readonly TreeEntry[];
  /** The bytes of a blob of this tree. Throws RepositoryError (`MISSING`, `TOO_LARGE`). */
  read(oid: Oid): Promise<Uint8Array>;
}
