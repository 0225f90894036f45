import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FakeFile } from '../fakes/source-tree.ts';

/** One commit: all files of its tree. */
export interface ACommit {
  readonly name: string;
  readonly parents?: readonly string[];
  readonly files: Readonly<Record<string, FakeFile>>;
}

/** A real repository in a folder of its own, written by git plumbing; `git` runs in it. */
export interface AGitRepository {
  readonly folder: string;
  readonly git: (...args: readonly string[]) => string;
  readonly gitWithInput: (input: string | Buffer, ...args: readonly string[]) => string;
  /** Commit ids by name. */
  readonly ids: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Author',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Author',
  GIT_COMMITTER_EMAIL: 'author@example.com',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

export function aFolder(): string {
  return mkdtempSync(join(tmpdir(), 'presync-test-'));
}

export function runGit(folder: string, args: readonly string[], input: string | Buffer = ''): string {
  const options = { cwd: folder, env: ENVIRONMENT, input, maxBuffer: 64 * 1024 * 1024, stdio: 'pipe' } as const;
  return execFileSync('git', args, options).toString('utf8').trim();
}

/** Commits in order, each a branch of its name; the last one is checked out. Add files of any name with `gitWithInput`. */
export function aGitRepository(commits: readonly ACommit[], { bare = false } = {}): AGitRepository {
  const folder = aFolder();
  const git = (...args: readonly string[]) => runGit(folder, args);
  const gitWithInput = (input: string | Buffer, ...args: readonly string[]) => runGit(folder, args, input);
  git('init', '--quiet', ...(bare ? ['--bare'] : []), '--initial-branch=main', '.');
  const ids: Record<string, string> = {};
  for (const { name, parents = [], files } of commits) {
    const tree = writeTree(gitWithInput, files);
    const id = gitWithInput(name, 'commit-tree', tree, ...parents.flatMap((parent) => ['-p', ids[parent] ?? parent]));
    ids[name] = id;
    git('update-ref', `refs/heads/${name}`, id);
  }
  const last = commits.at(-1);
  if (!bare && last !== undefined) git('checkout', '--quiet', '--force', last.name);
  return { folder, git, gitWithInput, ids, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function writeTree(git: AGitRepository['gitWithInput'], files: ACommit['files']): string {
  const lines = Object.entries(files).map(([path, file]) => `${modeAndId(git, file)}\t${path}\0`);
  git('', 'read-tree', '--empty');
  git(lines.join(''), 'update-index', '-z', '--index-info');
  return git('', 'write-tree', '--missing-ok');
}

function modeAndId(git: AGitRepository['gitWithInput'], file: FakeFile): string {
  const blob = (content: string | Uint8Array) => git(Buffer.from(content), 'hash-object', '-w', '--stdin');
  if (typeof file === 'string' || file instanceof Uint8Array) return `100644 ${blob(file)} 0`;
  return 'link' in file ? `120000 ${blob(file.link)} 0` : `160000 ${file.submodule} 0`;
}

/** Writes files, links and folders below a folder, as a person would. */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | { readonly link: string } | { readonly script: string }>>,
): void {
  for (const [path, file] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    rmSync(full, { force: true });
    if (typeof file === 'string') writeFileSync(full, file);
    else if ('link' in file) symlinkSync(file.link, full);
    else {
      writeFileSync(full, `#!/bin/sh\n${file.script}\n`);
      chmodSync(full, 0o755);
    }
  }
}
