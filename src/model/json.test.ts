import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalJson, isSameJson } from './json.ts';

/** Few keys and few leaves, so that two of them are often the same, or nearly. */
const VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, -0, 1, Number.NaN, '', 'a', true, null, undefined),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), tie('value'), { maxKeys: 2 }),
  ),
})).value;

test('two values are the same if they are written the same', () => {
  fc.assert(
    fc.property(VALUE, VALUE, (one, other) => {
      expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
    }),
    { numRuns: 2_000 },
  );
});

test.each<readonly [name: string, one: unknown, other: unknown, isSame: boolean]>([
  ['members in another order', { a: 1, b: [2] }, { b: [2], a: 1 }, true],
  ['items in another order', [1, 2], [2, 1], false],
  ['a list and an object', [], {}, false],
  ['a member more', { a: 1 }, { a: 1, b: 2 }, false],
  ['a member without a value', { a: 1 }, { a: 1, b: undefined }, true],
  ['a member that every object inherits', { constructor: 1 }, { b: 1 }, false],
  ['a text and a number', '1', 1, false],
])('%s', (_, one, other, isSame) => {
  expect(isSameJson(one, other)).toBe(isSame);
});
