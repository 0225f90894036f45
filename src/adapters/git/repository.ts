import type { CommitSha, Oid } from '../../model/ids.ts';
import { type Repository, RepositoryError } from '../../ports/repository.ts';
import type { ToolRunner } from '../../ports/tool-runner.ts';
import { BlobReader } from './blob-reader.ts';
import { commandOf } from './call.ts';
import { findGitDir } from './git-dir.ts';
import { mergeBases } from './history.ts';
import { hunksBetween } from './hunks.ts';
import { readTree } from './listing.ts';
import { mergeCommits } from './merge.ts';
import { openQuarantine, type Quarantine } from './quarantine.ts';
import { type DefaultBranch, findDefaultBranch, findRemoteUrl, resolveCommit } from './refs.ts';
import { writeWorktree } from './worktree.ts';
import { commitWorktree } from './worktree-commit.ts';

/** Argo CD and Flux stop far below; a manifest is some kilobytes. */
const MAX_BLOB_BYTES = 50 * 1024 * 1024;

/** A repository on this machine, with what only the command line asks. */
export interface LocalRepository extends Repository {
  /** The id of a tree of the working tree, for `tree`. Throws RepositoryError (`NOT_A_REPOSITORY`) for a bare one. */
  worktreeTree(): Promise<Oid>;
  /** The same as a commit on top of HEAD, for `merge`. */
  worktreeCommit(): Promise<CommitSha>;
  /** Throws RepositoryError (`UNKNOWN_REF`) where nothing says which branch that is. */
  defaultBranch(): Promise<DefaultBranch>;
  /** '' where there is no such remote. */
  remoteUrl(remote: string): Promise<string>;
  /** The folder whose files are checked out; undefined for a bare repository. */
  readonly workTree: string | undefined;
  /** Where its objects and refs lie: one for all added worktrees. */
  readonly gitDir: string;
}

/** Opens the repository that holds `folder`. Nothing in it is run or written, whatever its configuration says. */
export async function openRepository(
  runner: ToolRunner,
  folder: string,
  { maxBlobBytes = MAX_BLOB_BYTES }: { readonly maxBlobBytes?: number } = {},
): Promise<LocalRepository> {
  const found = await findGitDir(folder);
  const quarantine = await openQuarantine(runner, found);
  const { git } = quarantine;
  const blobs = new BlobReader(() => holdCatFile(runner, quarantine), maxBlobBytes);
  return {
    workTree: found.workTree,
    gitDir: found.common,
    resolve: (ref) => resolveCommit(quarantine, found, ref),
    tree: (id) => readTree(quarantine, blobs, id),
    merge: (base, head) => mergeCommits(quarantine, [base, head]),
    async hunks(base, head) {
      const [fork] = await mergeBases(quarantine, [base, head]);
      if (fork === undefined)
        throw new RepositoryError(
          'GIT',
          'base and head have no history in common, so nothing says what the head wrote',
        );
      return hunksBetween(quarantine, fork, head);
    },
    worktreeTree: () => writeWorktree(quarantine, found),
    worktreeCommit: () => commitWorktree(quarantine, found),
    defaultBranch: () => findDefaultBranch(git, found),
    remoteUrl: (remote) => findRemoteUrl(git, found, remote),
    async close() {
      await blobs.close();
      await quarantine.close();
    },
  };
}

export function holdCatFile(
  runner: ToolRunner,
  { git, gitDir, borrowing }: Quarantine,
): ReturnType<ToolRunner['hold']> {
  const command = commandOf(git, { gitDir, args: ['cat-file', '--batch'], env: borrowing });
  return runner.hold({ program: 'git', cwd: git.emptyFolder, ...command });
}
