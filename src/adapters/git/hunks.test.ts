import { expect, test } from '@jest/globals';
import { parseHunks } from './hunks.ts';

function hunks(...lines: readonly string[]): readonly unknown[] {
  return parseHunks(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')).map((hunk) =>
    Object.values(hunk),
  );
}

const HEADER = ['diff --git a/x b/x', 'index 1..2 100644', '--- a/x', '+++ b/x'];

test.each<[string, readonly string[], readonly unknown[]]>([
  ['nothing', [], []],
  ['one line replaced', [...HEADER, '@@ -3 +3 @@', '-a', '+b'], [['x', 3, 1, 3, 1]]],
  ['lines added', [...HEADER, '@@ -3,0 +4,2 @@ spec:', '+a', '+b'], [['x', 3, 0, 4, 2]]],
  ['lines removed', [...HEADER, '@@ -3,2 +2,0 @@', '-a', '-b'], [['x', 3, 2, 2, 0]]],
  [
    'two hunks',
    [...HEADER, '@@ -1 +1 @@', '-a', '+b', '@@ -9 +9 @@', '-a', '+b'],
    [
      ['x', 1, 1, 1, 1],
      ['x', 9, 1, 9, 1],
    ],
  ],
  [
    'no newline at the end',
    [...HEADER, '@@ -1 +1 @@', '-a', '\\ No newline at end of file', '+b'],
    [['x', 1, 1, 1, 1]],
  ],
  [
    'content that looks like headers',
    [
      ...HEADER,
      '@@ -1,3 +1,3 @@',
      '--- a/y',
      '-diff --git a/y b/y',
      '-@@ -7 +7 @@',
      '+++ b/y',
      '+diff --git a/y b/y',
      '+@@ -7 +7 @@',
      '@@ -9 +9 @@',
      '-',
      '+ ',
    ],
    [
      ['x', 1, 3, 1, 3],
      ['x', 9, 1, 9, 1],
    ],
  ],
  [
    'a name with spaces',
    ['diff --git a/a b b/a b', '--- a/a b\t', '+++ b/a b\t', '@@ -1 +1 @@'],
    [['a b', 1, 1, 1, 1]],
  ],
  [
    'a quoted name',
    [
      'diff --git "a/n\\n\\"\\\\\\303\\274" "b/n"',
      '--- "a/n\\n\\"\\\\\\303\\274"',
      '+++ "b/n\\n\\"\\\\\\303\\274"',
      '@@ -1 +1 @@',
    ],
    [['n\n"\\ü', 1, 1, 1, 1]],
  ],
  [
    'a name that is no UTF-8',
    ['diff --git "a/\\377" "b/\\377"', '--- "a/\\377"', '+++ "b/\\377"', '@@ -1 +1 @@'],
    [['\\xff', 1, 1, 1, 1]],
  ],
  [
    'a new file',
    ['diff --git a/x b/x', 'new file mode 100644', '--- /dev/null', '+++ b/x', '@@ -0,0 +1 @@', '+a'],
    [['x', 0, 0, 1, 1]],
  ],
  [
    'a removed file',
    ['diff --git a/x b/x', 'deleted file mode 100644', '--- a/x', '+++ /dev/null', '@@ -1 +0,0 @@', '-a'],
    [['x', 1, 1, 0, 0]],
  ],
  [
    'a mode, a binary file, then a file',
    [
      'diff --git a/m b/m',
      'old mode 100644',
      'new mode 100755',
      'diff --git a/b b/b',
      'Binary files a/b and b/b differ',
      ...HEADER,
      '@@ -1 +1 @@',
    ],
    [['x', 1, 1, 1, 1]],
  ],
])('%s', (_, lines, expected) => {
  expect(hunks(...lines)).toEqual(expected);
});
