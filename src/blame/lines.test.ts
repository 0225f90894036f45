import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { applyHunks } from './hunks.ts';
import { lineHunks, linesOf } from './lines.ts';

function hunksOf(old: string, now: string) {
  const lines = linesOf(now);
  return lineHunks(linesOf(old), lines).map((hunk) => ({
    ...hunk,
    file: 'f',
    lines: lines.slice(hunk.newStart, hunk.newEnd),
  }));
}

describe('line hunks', () => {
  test.each([
    ['equal texts', 'a\nb\n', 'a\nb\n', []],
    ['one line replaced', 'a\nb\nc\n', 'a\nB\nc\n', [[1, 2, 1, 2]]],
    ['a line inserted', 'a\nc\n', 'a\nb\nc\n', [[1, 1, 1, 2]]],
    ['a line removed', 'a\nb\nc\n', 'a\nc\n', [[1, 2, 1, 1]]],
    ['a new file', '', 'a\nb\n', [[0, 0, 0, 2]]],
    ['a file removed', 'a\nb\n', '', [[0, 2, 0, 0]]],
    [
      'two places',
      'a\nb\nc\nd\n',
      'A\nb\nc\nD\n',
      [
        [0, 1, 0, 1],
        [3, 4, 3, 4],
      ],
    ],
    ['an end without line break', 'a\nb', 'a\nb\n', [[1, 2, 1, 2]]],
  ])('%s', (_, old, now, expected) => {
    expect(
      hunksOf(old, now).map(({ oldStart, oldEnd, newStart, newEnd }) => [oldStart, oldEnd, newStart, newEnd]),
    ).toEqual(expected);
  });

  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 40 }).map((lines) => lines.join('\n'));

  test('applying all hunks to the old text gives the new one', () => {
    fc.assert(fc.property(text, text, (old, now) => expect(applyHunks(old, hunksOf(old, now))).toBe(now)));
  });

  test('a text does not differ from itself', () => {
    fc.assert(fc.property(text, (same) => expect(hunksOf(same, same)).toEqual([])));
  });

  test('a rewritten file beyond the bound is one hunk', () => {
    const [old, now] = [1, 2].map((side) => Array.from({ length: 3000 }, (_, line) => `${side}-${line}\n`).join(''));
    expect(hunksOf(old ?? '', now ?? '')).toHaveLength(1);
  });
});
