import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { snappy } from '../../../test/builders/snappy.ts';
import { unpackSnappy } from './snappy.ts';

const MAX = 1000;
const unpacked = (...bytes: readonly (number | string)[]) => {
  const packed = Buffer.concat(bytes.map((one) => (typeof one === 'string' ? Buffer.from(one) : Buffer.of(one))));
  const answer = unpackSnappy(packed, MAX);
  return answer instanceof Uint8Array ? Buffer.from(answer).toString() : answer;
};

describe('a block is unpacked', () => {
  test.each<[string, readonly (number | string)[], string]>([
    ['nothing', [0], ''],
    ['as it stands there', [3, 2 << 2, 'abc'], 'abc'],
    ['from two pieces', [3, 1 << 2, 'ab', 0, 'c'], 'abc'],
    ['with a length of one byte more', [3, 60 << 2, 2, 'abc'], 'abc'],
    [
      'with a length of two, three and four',
      [5, 61 << 2, 2, 0, 'abc', 62 << 2, 0, 0, 0, 'd', 252, 0, 0, 0, 0, 'e'],
      'abcde',
    ],
    ['with a repetition by one byte', [8, 3 << 2, 'abcd', 1, 4], 'abcdabcd'],
    ['with a repetition by two bytes', [6, 2 << 2, 'abc', (2 << 2) | 2, 3, 0], 'abcabc'],
    ['with a repetition by four bytes', [6, 2 << 2, 'abc', (2 << 2) | 3, 3, 0, 0, 0], 'abcabc'],
    ['with a run, as the format describes it', [7, 2 << 2, 'xab', (3 << 2) | 2, 2, 0], 'xababab'],
    ['with a length that is written longer than it must be', [0x83, 0, 2 << 2, 'abc'], 'abc'],
  ])('%s', (_, bytes, text) => {
    expect(unpacked(...bytes)).toBe(text);
  });

  test('with a repetition from more than 255 bytes before', () => {
    const text = 'abcdef'.repeat(50);
    expect(unpacked(0xb0, 2, 61 << 2, 0x2b, 1, text, (1 << 5) | 1, 0x2c)).toBe(`${text}abcd`);
  });
});

describe('what is no block, or not all of one, is none', () => {
  test.each<[string, readonly (number | string)[]]>([
    ['nothing at all', []],
    ['a length that does not end', [0x80]],
    ['a length of six bytes', [0x83, 0x80, 0x80, 0x80, 0x80, 0, 2 << 2, 'abc']],
    ['less than it says', [4, 2 << 2, 'abc']],
    ['more than it says', [2, 2 << 2, 'abc']],
    ['a copy of more than it says', [5, 2 << 2, 'abc', (2 << 2) | 2, 3, 0]],
    ['text that breaks off', [3, 2 << 2, 'ab']],
    ['a length that breaks off', [3, 61 << 2, 2]],
    ['a copy that breaks off', [6, 2 << 2, 'abc', (2 << 2) | 2, 3]],
    ['a copy of nothing', [6, 2 << 2, 'abc', (2 << 2) | 2, 0, 0]],
    ['a copy from before its beginning', [6, 2 << 2, 'abc', (2 << 2) | 2, 4, 0]],
    ['a copy from far before its beginning', [6, 2 << 2, 'abc', (2 << 2) | 3, 0xff, 0xff, 0xff, 0xff]],
    ['a copy at its beginning', [4, 1, 0]],
    ['text of four gigabytes', [3, 63 << 2, 0xff, 0xff, 0xff, 0xff, 'abc']],
  ])('%s', (_, bytes) => {
    expect(unpacked(...bytes)).toBeUndefined();
  });

  test('P-E2: more than is read', () => {
    expect(unpacked(0xe8, 7)).toBeUndefined();
    expect(unpacked(0xe9, 7)).toBe('TOO_LARGE');
    expect(unpacked(0xff, 0xff, 0xff, 0xff, 0x0f)).toBe('TOO_LARGE');
    expect(unpacked(0xff, 0xff, 0xff, 0xff, 0x7f)).toBe('TOO_LARGE');
  });
});

test('what was packed is unpacked, and other bytes never throw', () => {
  const text = fc.array(fc.constantFrom('"sha256":', '0123456789', 'x', '{}'), { maxLength: 60 });
  fc.assert(
    fc.property(text, (words) => {
      const bytes = Buffer.from(words.join(''));
      expect(Buffer.from(unpackSnappy(snappy(bytes), MAX) ?? 'none')).toEqual(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const answer = unpackSnappy(bytes, MAX);
      expect(answer === undefined || answer === 'TOO_LARGE' || answer.length <= MAX).toBe(true);
    }),
  );
});
