import { type CommitSha, type Oid, parseOid } from '../../model/ids.ts';
import type { TreeEntry } from '../../model/tree.ts';
import { RepositoryError } from '../../ports/repository.ts';
import type { SourceTree } from '../../ports/source-tree.ts';
import type { BlobReader } from './blob-reader.ts';
import { call, gitError, textOf } from './call.ts';
import { fieldsOf, pathText } from './path-text.ts';
import { askBorrowing, type Quarantine } from './quarantine.ts';

const TAB = 9;

/** The tree of a commit or tree id, with git's own tree id as its name. */
export async function readTree(
  quarantine: Quarantine,
  blobs: Pick<BlobReader, 'read'>,
  id: CommitSha | Oid,
): Promise<SourceTree> {
  const tree = await readTreeId(quarantine, id);
  const listing = await askBorrowing(quarantine, ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', tree]);
  const entries = fieldsOf(listing).map(toEntry).toSorted(byPath);
  const own = new Set<string>(entries.map(({ oid }) => oid));
  return {
    id: tree,
    entries,
    // An object of another revision, or of another branch, is none of this side's.
    read: (oid) =>
      own.has(oid)
        ? blobs.read(oid)
        : Promise.reject(new RepositoryError('MISSING', `${oid} is not in the tree ${tree}`)),
  };
}

export async function readTreeId({ git, gitDir, borrowing }: Quarantine, id: CommitSha | Oid): Promise<Oid> {
  const asked = {
    gitDir,
    env: borrowing,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${id}^{tree}`],
  };
  const result = await call(git, asked);
  if (result.status === 1 && result.stdout.length === 0)
    throw new RepositoryError('MISSING', `${id} is no commit or tree of this clone; fetch it`);
  if (result.status !== 0) throw gitError(asked, result);
  return parseOid(textOf(result.stdout).trim());
}

/** `<mode> <type> <oid>\t<path>`: https://git-scm.com/docs/git-ls-tree#_output_format */
function toEntry(field: Uint8Array): TreeEntry {
  const tab = field.indexOf(TAB);
  const [mode = '', , oid = ''] = textOf(field.subarray(0, tab)).split(' ');
  return { path: pathText(field.subarray(tab + 1)), mode, oid: parseOid(oid) };
}

function byPath(left: TreeEntry, right: TreeEntry): number {
  return left.path < right.path ? -1 : Number(left.path > right.path);
}
