import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { RepositoryError } from '../../ports/repository.ts';

/** Where a repository keeps what. `common` is `gitDir` but for added worktrees, whose objects and refs are the main one's. */
export interface GitDir {
  readonly gitDir: string;
  readonly common: string;
  readonly objects: string;
  readonly workTree: string | undefined;
}

/**
 * Finds the repository of a folder as git does (https://git-scm.com/docs/gitrepository-layout): `.git`, or the file `.git` that
 * points elsewhere, in the folder or above. A bare repository counts only where it is named itself, as under
 * safe.bareRepository=explicit: one that lies inside a working tree may have come with a pull request (A15).
 */
export async function findGitDir(folder: string): Promise<GitDir> {
  const start = await realpath(folder).catch(() => undefined);
  if (start === undefined)
    throw new RepositoryError('NOT_A_REPOSITORY', `${folder} does not exist; name a folder inside a git repository`);
  const bare = await gitDirAt(start, undefined);
  const found = bare ?? (await above(start));
  if (found === undefined) {
    throw new RepositoryError(
      'NOT_A_REPOSITORY',
      `${folder} is in no git repository; run presync inside a clone or name one with --repo`,
    );
  }
  return found;
}

async function above(folder: string): Promise<GitDir | undefined> {
  const found = await gitDirAt(await pointedTo(join(folder, '.git')), folder);
  const parent = dirname(folder);
  return found === undefined && parent !== folder ? above(parent) : found;
}

/** Added worktrees and submodules have a file that says where. */
async function pointedTo(dotGit: string): Promise<string> {
  const text = await readFile(dotGit, 'utf8').catch(() => '');
  const [, target] = /^gitdir: (.+?)\r?\n?$/s.exec(text) ?? [];
  return target === undefined ? dotGit : resolve(dirname(dotGit), target);
}

async function gitDirAt(gitDir: string, workTree: string | undefined): Promise<GitDir | undefined> {
  const commonText = await readFile(join(gitDir, 'commondir'), 'utf8').catch(() => '.');
  const common = resolve(gitDir, commonText.trim());
  const objects = join(common, 'objects');
  const head = await readFile(join(gitDir, 'HEAD'), 'utf8').catch(() => '');
  const looksRight =
    /^(?:ref: refs\/|[0-9a-f]{40})/.test(head) && (await isFolder(objects)) && (await isFolder(join(common, 'refs')));
  return looksRight ? { gitDir, common, objects, workTree } : undefined;
}

export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
