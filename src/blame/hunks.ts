import { type ChangedFile, MODES } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { AuthoredHunk } from './index.ts';
import { lineHunks, linesOf } from './lines.ts';

async function textOf(tree: SourceTree, entry: ChangedFile['base']): Promise<string> {
  if (entry === undefined || entry.mode === MODES.submodule) return '';
  return Buffer.from(await tree.read(entry.oid)).toString('utf8');
}

/** What the change wrote in one file, in the lines of the merge result. */
export async function hunksIn(
  file: ChangedFile,
  base: SourceTree,
  merged: SourceTree,
): Promise<readonly AuthoredHunk[]> {
  const [old, now] = [linesOf(await textOf(base, file.base)), linesOf(await textOf(merged, file.merged))];
  const found = lineHunks(old, now);
  // A new mode, a new empty file, a file that became a link: a change without lines is still one.
  const hunks = found.length > 0 ? found : [{ oldStart: 0, oldEnd: 0, newStart: 0, newEnd: 0 }];
  return hunks.map((hunk) => ({ ...hunk, file: file.path, lines: now.slice(hunk.newStart, hunk.newEnd) }));
}

/** The old text with some of the hunks applied; hunks are in order and do not overlap. */
export function applyHunks(old: string, hunks: readonly AuthoredHunk[]): string {
  const lines = linesOf(old);
  const parts: string[] = [];
  let done = 0;
  for (const hunk of hunks) {
    parts.push(...lines.slice(done, hunk.oldStart), ...hunk.lines);
    done = hunk.oldEnd;
  }
  return [...parts, ...lines.slice(done)].join('');
}
