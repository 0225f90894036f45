import type { CommitSha, Oid } from './ids.ts';

/**
 * What is judged: the merge of `head` into `base`. `tree` is the merge result
 * (https://git-scm.com/docs/git-merge-tree#OUTPUT), never the head's own tree.
 */
export interface Change {
  readonly base: CommitSha;
  readonly head: CommitSha;
  readonly tree: Oid;
}

/** Consecutive lines that the head wrote, 1-based and inclusive, in the head's file; none for a pure removal. */
export interface Hunk {
  readonly file: string;
  /** Lines replaced in the old file, 1-based; `oldLines` 0 means inserted after `oldStart`. */
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
}
