import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { fieldsOf, pathText } from './path-text.ts';

/** Backslashes, x and hex digits often: these are what could be mistaken. */
const someBytes = fc
  .array(fc.oneof(fc.constantFrom(...Buffer.from('\\x5cff')), fc.integer({ min: 1, max: 255 })), { maxLength: 12 })
  .map((bytes) => Uint8Array.from(bytes));

test.each([
  ['apps/shop.yaml', 'apps/shop.yaml'],
  ['ümlaut ☃ 😀', 'ümlaut ☃ 😀'],
  ['a\nb"c\'d', 'a\nb"c\'d'],
  ['back\\slash', 'back\\slash'],
  ['\\xff', '\\x5cxff'],
  ['\\xFF', '\\xFF'],
])('%j is written %j', (path, expected) => {
  expect(pathText(Buffer.from(path))).toBe(expected);
});

test.each([
  ['a bare byte', [0x61, 0xff, 0x62], 'a\\xffb'],
  ['Latin-1 beside UTF-8', [0xe9, 0xc3, 0xa9], '\\xe9é'],
  ['a cut sequence', [0xe2, 0x98], '\\xe2\\x98'],
  ['an overlong slash', [0xc0, 0xaf], '\\xc0\\xaf'],
  ['a surrogate', [0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
  ['a byte and what looks like one', [0xff, 0x5c, 0x78, 0x66, 0x66], '\\xff\\x5cxff'],
])('%s has a text form', (_, bytes, expected) => {
  expect(pathText(Uint8Array.from(bytes))).toBe(expected);
});

test('two paths never have one text', () => {
  fc.assert(
    fc.property(someBytes, someBytes, (left, right) => {
      expect(pathText(left) === pathText(right)).toBe(Buffer.from(left).equals(right));
    }),
    { numRuns: 2000 },
  );
});

test('the text gives the bytes back', () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      const parts = pathText(bytes).split(/(\\x[0-9a-f]{2})/);
      const back = parts.map((part, index) =>
        index % 2 === 1 ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part),
      );
      expect(Buffer.concat(back)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
});

function fields(text: string): readonly string[] {
  return fieldsOf(Buffer.from(text)).map((field) => Buffer.from(field).toString());
}

test('fields end in NUL, and may be empty', () => {
  expect(fields('a\0\0b\0')).toEqual(['a', '', 'b']);
  expect(fields('')).toEqual([]);
  expect(fields('a\0b')).toEqual(['a', 'b']);
});
