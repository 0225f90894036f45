import { expect, test } from '@jest/globals';
import { largestPairing } from './pairing.ts';

test.each<[readonly (readonly string[])[], number]>([
  [[], 0],
  [[[]], 0],
  [[['a'], ['a']], 1],
  [[['a', 'b'], ['a']], 2],
  [[['a', 'b'], ['a'], ['b']], 2],
  [[['a', 'b'], ['a', 'c'], ['a']], 3],
  [[['b'], ['a', 'b'], ['a', 'c'], ['a']], 3],
])('%j has a pairing of %d', (fits, expected) => {
  expect(largestPairing(fits)).toBe(expected);
});
