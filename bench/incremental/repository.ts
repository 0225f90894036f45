import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { applicationOf, baseOf, overlayOf, URL } from './manifests.ts';

/** A working clone with a branch `main`; every change is a branch of one commit on top of it. */
export interface Subject {
  readonly name: string;
  readonly folder: string;
  readonly url: string;
  readonly base: string;
  readonly remove: () => void;
}

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Author',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'Author',
  GIT_COMMITTER_EMAIL: 'author@example.com',
};

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function write(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** So many Argo CD Applications, an overlay each, ten overlays on a base. */
export function generated(apps: number): Subject {
  const folder = mkdtempSync(join(tmpdir(), 'presync-generated-'));
  git(folder, 'init', '--quiet', '--initial-branch=main', '.');
  for (let index = 0; index < apps; index += 1) {
    const files = { ...(index % 10 === 0 ? baseOf(index / 10) : {}), ...overlayOf(index), ...applicationOf(index) };
    for (const [path, text] of Object.entries(files)) write(folder, path, text);
  }
  write(folder, 'docs/notes.md', 'notes\n');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { name: `${apps} generated apps`, folder, url: URL, base: commit(folder, 'base'), remove };
}

/** A clone of a bundle at one of its branches. */
export function cloned(bundle: string, branch: string, url: string): Subject {
  const folder = mkdtempSync(join(tmpdir(), 'presync-cloned-'));
  git('/', 'clone', '--quiet', '--branch', branch, bundle, folder);
  git(folder, 'checkout', '--quiet', '-B', 'main');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { name: branch, folder, url, base: git(folder, 'rev-parse', 'HEAD'), remove };
}

function commit(folder: string, message: string): string {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', message);
  return git(folder, 'rev-parse', 'HEAD');
}

/** One commit on top of `main` that edits one file, or makes it; answers its id. */
export function edited({ folder, base }: Subject, path: string, edit: (text: string) => string): string {
  git(folder, 'checkout', '--quiet', '--detach', base);
  write(folder, path, edit(existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : ''));
  const id = commit(folder, path);
  git(folder, 'checkout', '--quiet', 'main');
  return id;
}
