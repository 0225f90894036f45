import { type CommitSha, parseCommitSha } from '../../model/ids.ts';
import { RepositoryError } from '../../ports/repository.ts';
import { call, firstLine, textOf } from './call.ts';
import type { Quarantine } from './quarantine.ts';

/**
 * The best common ancestors, the first being the one that GitHub compares with; none where the histories have nothing in common.
 * The shallow marks of a clone are not seen here, so a walk that reaches the end of a shallow history fails instead of taking it
 * for the beginning. Throws RepositoryError (`SHALLOW`).
 */
export async function mergeBases(
  quarantine: Quarantine,
  [left, right]: readonly [CommitSha, CommitSha],
): Promise<readonly CommitSha[]> {
  const args = ['merge-base', '--all', '--end-of-options', left, right];
  const result = await call(quarantine.git, { gitDir: quarantine.gitDir, env: quarantine.borrowing, args });
  if (result.status === 0) return textOf(result.stdout).trim().split('\n').map(parseCommitSha);
  // Status 1 and silence: https://git-scm.com/docs/git-merge-base#_discussion. Over a missing commit git never keeps silent.
  if (result.status === 1 && result.stderr.trim() === '') return [];
  throw shallow(left, right, firstLine(result.stderr));
}

function shallow(left: CommitSha, right: CommitSha, said: string): RepositoryError {
  const sentence =
    `this clone lacks the history in which ${left.slice(0, 12)} and ${right.slice(0, 12)} meet; fetch it with ` +
    `"git fetch --unshallow" (actions/checkout: "fetch-depth: 0"); git says: ${said}`;
  return new RepositoryError('SHALLOW', sentence);
}
