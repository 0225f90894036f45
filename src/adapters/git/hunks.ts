import type { Hunk } from '../../model/change.ts';
import type { CommitSha } from '../../model/ids.ts';
import { pathText } from './path-text.ts';
import { askBorrowing, type Quarantine } from './quarantine.ts';

/** Everything that configuration could change about a patch is said here. */
const FORMAT =
  'diff-tree -r --patch --unified=0 --inter-hunk-context=0 --no-renames --no-ext-diff --no-textconv --no-color --full-index ' +
  '--diff-algorithm=myers --indent-heuristic --submodule=short --ignore-submodules=none --no-relative --src-prefix=a/ ' +
  '--dst-prefix=b/ --end-of-options';

export async function hunksBetween(quarantine: Quarantine, from: CommitSha, to: CommitSha): Promise<readonly Hunk[]> {
  return parseHunks(await askBorrowing(quarantine, [...FORMAT.split(' '), from, to]));
}

/**
 * The hunks of a patch. Without `-z` git quotes line breaks in names, so every line that starts with `diff --git` is a header and
 * every one with `@@` a hunk; content starts with `+`, `-` or `\`. Names are read only between the two.
 */
export function parseHunks(patch: Uint8Array): readonly Hunk[] {
  const hunks: Hunk[] = [];
  const at = { file: '', inHeader: false };
  // Names are ASCII by core.quotePath; content may be anything and is not looked at.
  for (const line of Buffer.from(patch).toString('latin1').split('\n')) {
    if (line.startsWith('diff --git ')) Object.assign(at, { file: '', inHeader: true });
    else if (line.startsWith('@@ ')) {
      at.inHeader = false;
      hunks.push(toHunk(line, at.file));
    } else if (at.inHeader && /^(?:---|\+\+\+) /.test(line)) at.file = fileOf(line.slice(4)) ?? at.file;
  }
  return hunks;
}

/** `@@ -old[,count] +new[,count] @@`: https://git-scm.com/docs/diff-format#_generating_patch_text_with_p */
function toHunk(line: string, file: string): Hunk {
  const [, oldStart, oldLines = '1', newStart, newLines = '1'] =
    /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
  return {
    file,
    oldStart: Number(oldStart),
    oldLines: Number(oldLines),
    newStart: Number(newStart),
    newLines: Number(newLines),
  };
}

/** The name without its `a/` or `b/`; undefined for /dev/null. A tab ends a name with spaces. */
function fileOf(text: string): string | undefined {
  const name = text.startsWith('"')
    ? unquoted(text.slice(1, text.lastIndexOf('"')))
    : Buffer.from(text.replace(/\t$/, ''), 'latin1');
  return name.toString('latin1') === '/dev/null' ? undefined : pathText(name.subarray(2));
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };

/** https://github.com/git/git/blob/master/quote.c */
function unquoted(text: string): Buffer {
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
    escape.length === 3 ? String.fromCharCode(Number.parseInt(escape, 8)) : (ESCAPES[escape] ?? escape),
  );
  return Buffer.from(bytes, 'latin1');
}
