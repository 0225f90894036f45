import { spawn } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from './types.ts';

/** Nothing of the machine's own git configuration reaches the stand-in. */
export const GIT_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
};

export interface CommitRequest {
  readonly branch: string;
  readonly parent: string | undefined;
  readonly files: Readonly<Record<string, TreeEntry>>;
  readonly message: string;
  readonly author: string;
  readonly replace: boolean;
  /** Seconds since 1970; the stand-in counts them up itself, so that equal steps give equal commits. */
  readonly at: number;
}

export function git(dir: string, args: readonly string[], input?: string | Uint8Array): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn('git', ['-c', 'core.quotePath=false', ...args], { cwd: dir, env: GIT_ENVIRONMENT });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done(Buffer.concat(out).toString('utf8'));
      else
        failed(new Error(`git ${args[0] ?? ''} ended with ${String(code)}: ${Buffer.concat(errors).toString('utf8')}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

export async function createBare(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await git(dir, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
}

/** The commit that a branch, tag, ref or (full) sha names. */
export async function resolveCommit(dir: string, revision: string): Promise<string | undefined> {
  try {
    const rev = `${revision}^{commit}`;
    return (await git(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', rev])).trim();
  } catch {
    return undefined;
  }
}

export async function writeCommit(dir: string, request: CommitRequest): Promise<string> {
  const { branch, parent, files, message, author, at } = request;
  const parts: (string | Uint8Array)[] = [
    `commit refs/heads/${branch}\n`,
    `author ${author} <${author}@example.com> ${at} +0000\n`,
    `committer ${author} <${author}@example.com> ${at} +0000\n`,
    ...dataOf(message),
    parent ? `from ${parent}\n` : '',
    request.replace ? 'deleteall\n' : '',
    ...Object.entries(files).flatMap(([path, entry]) => changeOf(path, entry)),
    'done\n',
  ];
  const stream = Buffer.concat(parts.map((part) => Buffer.from(part)));
  await git(dir, ['fast-import', '--quiet', '--force', '--done', '--date-format=raw'], stream);
  return (await git(dir, ['rev-parse', `refs/heads/${branch}`])).trim();
}

function changeOf(path: string, entry: TreeEntry): readonly (string | Uint8Array)[] {
  const name = /["\\\n]/.test(path) ? JSON.stringify(path) : path;
  if (entry === null) return [`D ${name}\n`];
  const { mode, content } =
    typeof entry === 'string' || entry instanceof Uint8Array ? { mode: '100644', content: entry } : entry;
  if (mode === '160000') return [`M ${mode} ${String(content)} ${name}\n`];
  return [`M ${mode} inline ${name}\n`, ...dataOf(content)];
}

function dataOf(content: string | Uint8Array): readonly (string | Uint8Array)[] {
  const bytes = Buffer.from(content);
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

/** Every file below a folder, links as links; `.git` is left out. */
export async function filesIn(folder: string): Promise<Record<string, TreeEntry>> {
  const names = await readdir(folder, { recursive: true });
  const kept = names.filter((name) => !name.split('/').includes('.git'));
  const entries = await Promise.all(kept.map(async (name) => [name, await entryAt(join(folder, name))] as const));
  return Object.fromEntries(entries.filter(([, entry]) => entry !== null));
}

async function entryAt(path: string): Promise<TreeEntry> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return { mode: '120000', content: await readlink(path) };
  if (!stat.isFile()) return null;
  return { mode: stat.mode & 0o100 ? '100755' : '100644', content: await readFile(path) };
}

/** Merges without a work tree; `undefined` when it conflicts. */
export async function mergeCommit(
  dir: string,
  parents: readonly [base: string, head: string],
  commit: { readonly message: string; readonly at: number },
): Promise<string | undefined> {
  const [base, head] = parents;
  let tree: string;
  try {
    tree = (await git(dir, ['merge-tree', '--write-tree', base, head])).trim();
  } catch {
    return undefined;
  }
  const header = ['tree', 'parent', 'parent'].map((word, at) => `${word} ${[tree, base, head][at] ?? ''}`);
  const who = `GitHub <noreply@github.com> ${commit.at} +0000`;
  const object = [...header, `author ${who}`, `committer ${who}`, '', commit.message, ''].join('\n');
  return (await git(dir, ['hash-object', '-t', 'commit', '-w', '--stdin'], object)).trim();
}
