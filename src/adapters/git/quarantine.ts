import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RepositoryError } from '../../ports/repository.ts';
import type { ToolRunner } from '../../ports/tool-runner.ts';
import { ask, call, type Git, gitEnvironment, textOf } from './call.ts';
import type { GitDir } from './git-dir.ts';

/**
 * A repository of our own, in which everything that reads content runs: its objects are the user's by reference and what is new is
 * written here, so the user's repository is never written to. None of its configuration, attributes, grafts, shallow marks or
 * hooks is read, because git looks for these beside the objects that it writes, not beside those that it borrows.
 */
export interface Quarantine {
  readonly git: Git;
  readonly gitDir: string;
  /** Environment with which the user's objects can be read. */
  readonly borrowing: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Bytes of a working tree are taken as they lie there: no clean filter, no end-of-line or encoding conversion. These attributes win
 * over every other. For `diff` and `merge`, "unset" would mean binary, so they are unspecified.
 * https://git-scm.com/docs/gitattributes
 */
const ATTRIBUTES = '* -text -filter -ident -eol -crlf -working-tree-encoding !diff !merge\n';

export async function openQuarantine(runner: ToolRunner, { common, objects }: GitDir): Promise<Quarantine> {
  const folder = await mkdtemp(join(tmpdir(), 'presync-git-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const emptyFolder = join(folder, 'empty');
    const gitDir = join(folder, 'repository');
    const git = { runner, emptyFolder };
    await mkdir(emptyFolder);
    await init(git, gitDir, await objectFormat(git, common));
    await mkdir(join(gitDir, 'info'), { recursive: true });
    await writeFile(join(gitDir, 'info', 'attributes'), ATTRIBUTES);
    return { git, gitDir, borrowing: { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(objects) }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `--file` reads that file alone, without what it includes. */
async function objectFormat(git: Git, common: string): Promise<string> {
  const args = ['config', '--file', join(common, 'config'), '--get', 'extensions.objectformat'];
  const { stdout } = await call(git, { gitDir: common, args });
  return textOf(stdout).trim() === 'sha256' ? 'sha256' : 'sha1';
}

export async function init({ runner, emptyFolder }: Git, gitDir: string, format: string): Promise<void> {
  const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, gitDir];
  const env = gitEnvironment(emptyFolder);
  const result = await runner.run({
    program: 'git',
    args,
    cwd: emptyFolder,
    env,
    timeoutMs: 30_000,
    maxOutputBytes: 10_000,
  });
  if (result.status !== 0) throw new RepositoryError('GIT', `git could not make ${gitDir}: ${result.stderr.trim()}`);
}

/** The list is separated by colons; quoted, a path may hold any: https://git-scm.com/docs/git#Documentation/git.txt */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** Runs git in the quarantine, with the user's objects in sight. */
export function askBorrowing({ git, gitDir, borrowing }: Quarantine, args: readonly string[]): Promise<Uint8Array> {
  return ask(git, { gitDir, args, env: borrowing });
}
