import { type CommitSha, parseOid } from '../../model/ids.ts';
import type { MergeResult } from '../../ports/repository.ts';
import { call, gitError, textOf } from './call.ts';
import { mergeBases } from './history.ts';
import { readTreeId } from './listing.ts';
import { fieldsOf, pathText } from './path-text.ts';
import type { Quarantine } from './quarantine.ts';

/** Names shown in a sentence; the rest is counted. */
const SHOWN = 5;

/** The merge as GitHub would make it: no drivers, no attributes, no configuration. */
export async function mergeCommits(
  quarantine: Quarantine,
  [base, head]: readonly [CommitSha, CommitSha],
): Promise<MergeResult> {
  const bases = await mergeBases(quarantine, [base, head]);
  if (bases.length === 0) {
    return {
      status: 'conflict',
      files: [],
      sentence:
        'base and head have no history in common, so they cannot be merged; rebase the change onto the base branch',
    };
  }
  // What one side already contains is the other side: nothing to merge, nothing to write.
  if (bases[0] === base) return { status: 'clean', tree: await readTreeId(quarantine, head) };
  if (bases[0] === head) return { status: 'clean', tree: await readTreeId(quarantine, base) };
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages', '--end-of-options', base, head];
  const result = await call(quarantine.git, { gitDir: quarantine.gitDir, env: quarantine.borrowing, args });
  if (result.status === 0)
    return { status: 'clean', tree: parseOid(textOf(fieldsOf(result.stdout)[0] ?? new Uint8Array())) };
  if (result.status === 1) return conflict(filesInConflict(fieldsOf(result.stdout)));
  throw gitError({ args }, result);
}

/**
 * Tree, paths, an empty field, then messages of `<number of paths> <paths> <type> <text>`; conflicts that are no single file's
 * (a renamed directory) stand in the messages alone. https://git-scm.com/docs/git-merge-tree#OUTPUT
 */
function filesInConflict([, ...fields]: readonly Uint8Array[]): readonly string[] {
  const end = fields.findIndex((field) => field.length === 0);
  const named = fields.slice(0, end < 0 ? fields.length : end).map(pathText);
  return [...new Set([...named, ...(end < 0 ? [] : fromMessages(fields.slice(end + 1)))])].toSorted();
}

function fromMessages(fields: readonly Uint8Array[]): readonly string[] {
  const files: string[] = [];
  for (let index = 0; index < fields.length; ) {
    const count = Number(textOf(fields[index] ?? new Uint8Array()));
    const type = textOf(fields[index + 1 + count] ?? new Uint8Array());
    if (type.startsWith('CONFLICT')) files.push(...fields.slice(index + 1, index + 1 + count).map(pathText));
    index += count + 3;
  }
  return files;
}

function conflict(files: readonly string[]): MergeResult {
  const names = files.slice(0, SHOWN).map((file) => JSON.stringify(file));
  const rest = files.length > SHOWN ? ` and ${files.length - SHOWN} more` : '';
  const what = files.length === 0 ? 'the change' : `${names.join(', ')}${rest}`;
  const sentence = `the head conflicts with the base branch in ${what}; merge or rebase onto the base branch`;
  return { status: 'conflict', files, sentence };
}
