import { join } from 'node:path';
import { type CommitSha, parseCommitSha } from '../../model/ids.ts';
import { RepositoryError } from '../../ports/repository.ts';
import { call, gitError, textOf } from './call.ts';
import { exists, type GitDir } from './git-dir.ts';
import type { Quarantine } from './quarantine.ts';

/**
 * The best common ancestors, the first being the one that GitHub compares with; none where the histories have nothing in common.
 * The shallow marks of a clone are not seen here, so a walk that reaches the end of a shallow history fails instead of taking it
 * for the beginning. Throws RepositoryError (`SHALLOW`).
 */
export async function mergeBases(
  quarantine: Quarantine,
  { common }: GitDir,
  [left, right]: readonly [CommitSha, CommitSha],
): Promise<readonly CommitSha[]> {
  const args = ['merge-base', '--all', '--end-of-options', left, right];
  const result = await call(quarantine.git, { gitDir: quarantine.gitDir, env: quarantine.borrowing, args });
  if (result.status === 0) return textOf(result.stdout).trim().split('\n').map(parseCommitSha);
  if (await exists(join(common, 'shallow'))) throw shallow(left, right);
  // Status 1 and silence: https://git-scm.com/docs/git-merge-base#_discussion. Missing history is status 1, too, but not silent.
  if (result.status === 1 && result.stderr.trim() === '') return [];
  throw result.status === 1 ? shallow(left, right) : gitError({ args }, result);
}

function shallow(left: CommitSha, right: CommitSha): RepositoryError {
  const sentence =
    `this clone lacks the history in which ${left.slice(0, 12)} and ${right.slice(0, 12)} meet; fetch it with ` +
    '"git fetch --unshallow" (actions/checkout: "fetch-depth: 0")';
  return new RepositoryError('SHALLOW', sentence);
}
