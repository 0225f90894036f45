import { type CommitSha, parseCommitSha } from '../../model/ids.ts';
import { RepositoryError } from '../../ports/repository.ts';
import { call, type Git, textOf } from './call.ts';
import type { GitDir } from './git-dir.ts';
import type { Quarantine } from './quarantine.ts';

/** The branch that changes go into: its name, and the ref that stands for it in this clone. */
export interface DefaultBranch {
  readonly name: string;
  readonly ref: string;
}

/**
 * Refs are read in the user's repository, commits in the quarantine. A name that git would take for an option or for several names
 * (A13, A14) is only ever a name here.
 */
export async function resolveCommit(quarantine: Quarantine, { gitDir }: GitDir, ref: string): Promise<CommitSha> {
  const id = await idOf(quarantine.git, gitDir, ref);
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${id ?? ''}^{commit}`];
  const peeled =
    id === undefined
      ? undefined
      : await call(quarantine.git, { gitDir: quarantine.gitDir, env: quarantine.borrowing, args });
  if (peeled?.status !== 0) {
    throw new RepositoryError(
      'UNKNOWN_REF',
      `${JSON.stringify(ref)} is no branch, tag or commit of this clone; fetch it or name another`,
    );
  }
  return parseCommitSha(textOf(peeled.stdout).trim());
}

async function idOf(git: Git, gitDir: string, ref: string): Promise<string | undefined> {
  if (ref === '' || /\p{Cc}/u.test(ref)) return undefined;
  const { status, stdout } = await call(git, {
    gitDir,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', ref],
  });
  const text = textOf(stdout).trim();
  return status === 0 && /^[0-9a-f]{40,64}$/.test(text) ? text : undefined;
}

/**
 * The remote's default branch, else `main`, `master`, or what the user calls first branches. A local branch of that name stands for
 * it where there is one, as it does for git.
 */
export async function findDefaultBranch(git: Git, { gitDir }: GitDir): Promise<DefaultBranch> {
  const names = [await remoteHead(git, gitDir), 'main', 'master', await configuredBranch(git, gitDir)].filter(
    (name) => name !== '',
  );
  for (const name of names) {
    for (const ref of [`refs/heads/${name}`, `refs/remotes/origin/${name}`]) {
      if ((await idOf(git, gitDir, ref)) !== undefined) return { name, ref };
    }
  }
  throw new RepositoryError(
    'UNKNOWN_REF',
    'this clone has no branch main or master, and origin names no default branch; name one with --base',
  );
}

async function remoteHead(git: Git, gitDir: string): Promise<string> {
  const { stdout } = await call(git, { gitDir, args: ['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'] });
  const [, name = ''] = /^refs\/remotes\/origin\/(.+)$/.exec(textOf(stdout).trim()) ?? [];
  return name;
}

/** The one question that the user's own configuration answers; reading a value starts nothing. */
async function configuredBranch(git: Git, gitDir: string): Promise<string> {
  const { HOME = git.emptyFolder, XDG_CONFIG_HOME = `${HOME}/.config` } = process.env;
  const files = [`${HOME}/.gitconfig`, `${XDG_CONFIG_HOME}/git/config`];
  const values = await Promise.all(
    files.map((file) => configValue(git, gitDir, ['--file', file, '--get', 'init.defaultBranch'])),
  );
  return values.find((value) => value !== '') ?? '';
}

/** The URL of a remote as it is written down, '' where there is none; credentials in it are left out. */
export async function findRemoteUrl(git: Git, { gitDir }: GitDir, remote: string): Promise<string> {
  const url = await configValue(git, gitDir, ['--get', `remote.${remote}.url`]);
  return url.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

async function configValue(git: Git, gitDir: string, args: readonly string[]): Promise<string> {
  const { status, stdout } = await call(git, { gitDir, args: ['config', '-z', ...args] });
  return status === 0 ? textOf(stdout).replace(/\0.*$/s, '') : '';
}
