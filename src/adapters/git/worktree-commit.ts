import { type CommitSha, parseCommitSha } from '../../model/ids.ts';
import { ask, textOf } from './call.ts';
import type { GitDir } from './git-dir.ts';
import type { Quarantine } from './quarantine.ts';
import { resolveCommit } from './refs.ts';
import { writeWorktree } from './worktree.ts';

/** Equal working trees give equal commits, so that two runs differ in nothing. */
const NOBODY = {
  GIT_AUTHOR_NAME: 'presync',
  GIT_AUTHOR_EMAIL: 'presync@localhost',
  GIT_AUTHOR_DATE: '@0 +0000',
  GIT_COMMITTER_NAME: 'presync',
  GIT_COMMITTER_EMAIL: 'presync@localhost',
  GIT_COMMITTER_DATE: '@0 +0000',
};

/** The working tree as a commit on top of HEAD, in the quarantine: what a merge can start from. */
export async function commitWorktree(quarantine: Quarantine, found: GitDir): Promise<CommitSha> {
  const [tree, parent] = [await writeWorktree(quarantine, found), await resolveCommit(quarantine, found, 'HEAD')];
  const { git, gitDir, borrowing } = quarantine;
  const args = ['commit-tree', '-p', parent, '-m', 'working tree', tree];
  return parseCommitSha(textOf(await ask(git, { gitDir, env: { ...borrowing, ...NOBODY }, args })).trim());
}
