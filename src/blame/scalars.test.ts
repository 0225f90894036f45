import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { replaced, scalarsOf } from './scalars.ts';

const shown = (text: string) => scalarsOf(text).map(({ at, value, line }) => `${line} ${at} ${value}`);

test.each<[string, string, readonly string[]]>([
  ['keys and items', 'a:\n  - b: x\n  - y # z\n', ['2 /a/0/b x', '3 /a/1 y']],
  ['quotes', `a: "x y"\nb: 'z'\n`, ['1 /a x y', '2 /b z']],
  ['a flow mapping', 'a: [{b: x, c: 1.1}]\n', ['1 /a/0/b x', '1 /a/0/c 1.1']],
  ['documents', 'a: x\n---\na: y\n', ['1 /a x', '3 /a y']],
  ['lines of Windows', 'a: x\r\nb: y\r\n', ['1 /a x', '2 /b y']],
  ['a list under keys that need an escape', 'a/b:\n- x\n', ['2 /a~1b/0 x']],
  ['no text with an escape, of several lines, or none', 'a: "x\\ty"\nb: |\n  x\n  y\nc:\nd: ""\ne: z\n', ['7 /e z']],
  ['an anchor, and not its aliases', 'a: &x y\nb: *x\n', ['1 /a y']],
  ['nothing of a template', 'a: {{ .Values.b }}\n  c: d\n', []],
])('finds %s', (_, text, expected) => {
  expect(shown(text)).toEqual(expected);
});

test('puts another text in the place of one', () => {
  const text = 'a: "1" # b\n';
  const [scalar] = scalarsOf(text);
  expect(scalar && replaced(text, scalar, '2')).toBe('a: "2" # b\n');
});

test('whatever a file holds, what is found stands there', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '-', '"', "'", '{', '}', '[', ']', '#', '|', '&', '*') }),
      (text) => {
        for (const { start, end, value } of scalarsOf(text)) expect(text.slice(start, end)).toBe(value);
      },
    ),
    { numRuns: 2000 },
  );
});
