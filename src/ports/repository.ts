import type { Hunk } from '../model/change.ts';
import { PresyncError } from '../model/error.ts';
import type { CommitSha, Oid } from '../model/ids.ts';
import type { SourceTree } from './source-tree.ts';

export class RepositoryError extends PresyncError<
  'NOT_A_REPOSITORY' | 'UNKNOWN_REF' | 'SHALLOW' | 'MISSING' | 'TOO_LARGE' | 'UNREACHABLE' | 'GIT'
> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE';
  }
}

export type MergeResult =
  | { readonly status: 'clean'; readonly tree: Oid }
  /** `files` are the paths in conflict; `sentence` says it in words. Its tree is never used. */
  | { readonly status: 'conflict'; readonly files: readonly string[]; readonly sentence: string };

/** A git repository, read only: objects that presync makes (a merge result) go to a quarantine of its own. */
export interface Repository {
  /** A ref, branch, tag or (abbreviated) id to a commit. Throws RepositoryError (`UNKNOWN_REF`). */
  resolve(ref: string): Promise<CommitSha>;
  /** The tree of a commit, or of a tree id that `merge` or `worktree` gave. */
  tree(id: CommitSha | Oid): Promise<SourceTree>;
  /** https://git-scm.com/docs/git-merge-tree. Throws RepositoryError (`SHALLOW`) where history is missing. */
  merge(base: CommitSha, head: CommitSha): Promise<MergeResult>;
  /** What `head` wrote since it left `base`: the hunks of merge base against head, without context lines. */
  hunks(base: CommitSha, head: CommitSha): Promise<readonly Hunk[]>;
  /** Releases processes and the quarantine. */
  close(): Promise<void>;
}
