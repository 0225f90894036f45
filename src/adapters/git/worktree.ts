import { join } from 'node:path';
import { type Oid, parseOid } from '../../model/ids.ts';
import { MODES } from '../../model/tree.ts';
import { RepositoryError } from '../../ports/repository.ts';
import { ask, call, textOf } from './call.ts';
import { exists, type GitDir } from './git-dir.ts';
import { fieldsOf } from './path-text.ts';
import type { Quarantine } from './quarantine.ts';

/** One entry of the user's index; `path` in bytes, as latin1. */
interface Tracked {
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
  /** Outside a sparse checkout: absent on purpose. */
  readonly skipped: boolean;
}

interface Work {
  readonly quarantine: Quarantine;
  readonly workTree: string;
  readonly settings: readonly string[];
  readonly index: Readonly<Record<string, string>>;
}

/**
 * A tree of what lies in the working tree: tracked files as they are now, and untracked ones that are not ignored. Bytes are taken as
 * they lie there. Neither index nor objects of the repository are touched: the index is a copy, entry by entry, and new objects are
 * written where the user's objects are not in sight (git would touch the time of those that it finds there).
 * Submodules stand as the index records them, repositories inside the repository are left out: git would look into both.
 */
export async function writeWorktree(quarantine: Quarantine, found: GitDir): Promise<Oid> {
  const { workTree } = found;
  if (workTree === undefined)
    throw new RepositoryError(
      'NOT_A_REPOSITORY',
      `${found.gitDir} is bare, it has no working tree; name a commit with --head`,
    );
  const index = { GIT_INDEX_FILE: join(quarantine.gitDir, 'worktree.index') };
  const work = { quarantine, workTree, index, settings: ['core.bare=false', await fileModeSetting(quarantine, found)] };
  const tracked = await trackedFiles(quarantine, found);
  await update(
    work,
    ['--index-info'],
    tracked.map(({ mode, oid, path }) => `${mode} ${oid} 0\t${path}`),
  );
  await update(work, ['--add', '--remove', '--stdin'], await touched(work, found, tracked));
  const { git, gitDir } = quarantine;
  return parseOid(textOf(await ask(git, { gitDir, env: index, args: ['write-tree', '--missing-ok'] })).trim());
}

/** File systems without an executable bit say so in the repository's own configuration. */
async function fileModeSetting({ git }: Quarantine, { common }: GitDir): Promise<string> {
  const args = ['config', '--file', join(common, 'config'), '--type=bool', '--get', 'core.fileMode'];
  const { stdout } = await call(git, { gitDir: common, args });
  return `core.fileMode=${textOf(stdout).trim() === 'false' ? 'false' : 'true'}`;
}

/** `<tag> <mode> <oid> <stage>\t<path>`; conflicted entries (stage 1 to 3) are taken from the working tree like untracked files. */
async function trackedFiles({ git }: Quarantine, { gitDir }: GitDir): Promise<readonly Tracked[]> {
  const listing = await ask(git, { gitDir, args: ['ls-files', '-z', '--full-name', '-t', '--stage'] });
  return fieldsOf(listing).flatMap((field) => {
    const [, tag, mode = '', oid = '', stage, path = ''] = /^(\S) (\d+) (\w+) (\d)\t(.*)$/s.exec(latin1(field)) ?? [];
    return stage === '0' ? [{ path, mode, oid, skipped: tag === 'S' || tag === 's' }] : [];
  });
}

/** What differs from the index: changed (C), removed (R), not known to it (?). */
async function touched(work: Work, found: GitDir, tracked: readonly Tracked[]): Promise<readonly string[]> {
  const { quarantine, workTree, settings, index } = work;
  const ignoreFile = join(found.common, 'info', 'exclude');
  const ignored = (await exists(ignoreFile)) ? [`--exclude-from=${ignoreFile}`] : [];
  const args = ['ls-files', '-z', '-t', '--modified', '--deleted', '--others', '--exclude-standard', ...ignored];
  const { git, gitDir, borrowing } = quarantine;
  const listing = await ask(git, { gitDir, workTree, settings, args, env: { ...index, ...borrowing } });
  const states = fieldsOf(listing).map((field) => ({ tag: latin1(field)[0], path: latin1(field).slice(2) }));
  const submodules = new Set(tracked.filter(({ mode }) => mode === MODES.submodule).map(({ path }) => path));
  const skipped = new Set(tracked.filter((entry) => entry.skipped).map(({ path }) => path));
  const absent = new Set(states.filter(({ tag, path }) => tag === 'R' && skipped.has(path)).map(({ path }) => path));
  const paths = states
    .map(({ path }) => path)
    .filter((path) => !path.endsWith('/') && !submodules.has(path) && !absent.has(path));
  return [...new Set(paths)];
}

async function update(
  { quarantine, workTree, settings, index }: Work,
  options: readonly string[],
  lines: readonly string[],
): Promise<void> {
  const stdin = Buffer.from(lines.map((line) => `${line}\0`).join(''), 'latin1');
  const { git, gitDir } = quarantine;
  await ask(git, { gitDir, workTree, settings, env: index, args: ['update-index', '-z', ...options], stdin });
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
