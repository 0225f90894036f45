import { git } from './git.ts';

export interface HunkLine {
  readonly kind: 'context' | 'added' | 'deleted';
  readonly text: string;
  /** Line on the LEFT side; `undefined` for an added line. */
  readonly left: number | undefined;
  /** Line on the RIGHT side; `undefined` for a deleted line. */
  readonly right: number | undefined;
}

export interface Hunk {
  readonly header: string;
  readonly lines: readonly HunkLine[];
}

export interface FileDiff {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  readonly additions: number;
  readonly deletions: number;
  readonly sha: string;
  /** Empty for binary files and pure renames. */
  readonly hunks: readonly Hunk[];
}

const STATUS: Readonly<Record<string, FileDiff['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};
const NULL_SHA = /^0+$/;

/** What GitHub shows in "Files changed": from the merge base to the head, three lines of context, renames found. */
export async function diffOf(dir: string, base: string, head: string): Promise<readonly FileDiff[]> {
  const from = await mergeBase(dir, base, head);
  const common = ['--no-ext-diff', '--find-renames', '--full-index', from, head];
  const raw = await git(dir, ['diff', '--raw', '-z', ...common]);
  const patches = await git(dir, ['diff', '--patch', '--unified=3', '--no-color', ...common]);
  const hunks = patches.split(/^diff --git .*\n/m).slice(1);
  const entries = entriesOf(raw);
  if (entries.length !== hunks.length) throw new Error(`git named ${entries.length} files and ${hunks.length} patches`);
  return entries.map((entry, at) => withHunks(entry, hunksOf(hunks[at] ?? '')));
}

export async function mergeBase(dir: string, base: string, head: string): Promise<string> {
  return (await git(dir, ['merge-base', base, head])).trim();
}

type Entry = Pick<FileDiff, 'path' | 'previousPath' | 'status' | 'sha'>;

function entriesOf(raw: string): readonly Entry[] {
  const fields = raw.split('\0');
  const entries: Entry[] = [];
  for (let at = 0; fields[at]; ) {
    const about = aboutOf(fields[at] ?? '');
    const renamed = about.status === 'renamed' || about.status === 'copied';
    const previousPath = renamed ? fields[at + 1] : undefined;
    entries.push({ ...about, previousPath, path: fields[at + (renamed ? 2 : 1)] ?? '' });
    at += renamed ? 3 : 2;
  }
  return entries;
}

/** `:100644 100644 <sha> <sha> R100`; a removed file is known by what it was. */
function aboutOf(field: string): Pick<Entry, 'status' | 'sha'> {
  const [, , before = '', after = '', letter = ''] = field.split(' ');
  return { status: STATUS[letter.charAt(0)] ?? 'changed', sha: NULL_SHA.test(after) ? before : after };
}

function withHunks(entry: Entry, hunks: readonly Hunk[]): FileDiff {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const count = (kind: HunkLine['kind']): number => lines.filter((line) => line.kind === kind).length;
  return { ...entry, hunks, additions: count('added'), deletions: count('deleted') };
}

function hunksOf(patch: string): readonly Hunk[] {
  return patch
    .split(/^(?=@@ )/m)
    .filter((part) => part.startsWith('@@ '))
    .map(hunkOf);
}

function hunkOf(text: string): Hunk {
  const [header = '', ...rows] = text.split('\n');
  const [, left = '0', right = '0'] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(header) ?? [];
  const next = { left: Number(left), right: Number(right) };
  const lines: HunkLine[] = [];
  for (const row of rows) {
    const sign = row.charAt(0);
    const content = row.slice(1);
    if (sign === ' ') lines.push({ kind: 'context', text: content, left: next.left++, right: next.right++ });
    if (sign === '+') lines.push({ kind: 'added', text: content, left: undefined, right: next.right++ });
    if (sign === '-') lines.push({ kind: 'deleted', text: content, left: next.left++, right: undefined });
  }
  return { header, lines };
}

export function patchOf(file: FileDiff): string {
  return file.hunks.map(hunkText).join('\n');
}

const SIGNS = { context: ' ', added: '+', deleted: '-' };

export function hunkText(hunk: Hunk): string {
  return [hunk.header, ...hunk.lines.map(({ kind, text }) => SIGNS[kind] + text)].join('\n');
}
