import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Lru } from './lru.ts';

test('what was not asked for the longest goes first', () => {
  const lru = new Lru<number>(3);
  for (const name of ['a', 'b', 'c']) lru.hold(name, 1, 1);
  lru.find('a');
  lru.hold('d', 1, 1);
  expect(['a', 'b', 'c', 'd'].map((name) => lru.find(name))).toEqual([1, undefined, 1, 1]);
});

test('a value replaces the one before, in bytes too', () => {
  const lru = new Lru<number>(10);
  lru.hold('a', 1, 9);
  lru.hold('a', 2, 4);
  expect([lru.find('a'), lru.bytes]).toEqual([2, 4]);
});

test('what does not fit at all pushes nothing out', () => {
  const lru = new Lru<number>(10);
  lru.hold('a', 1, 9);
  lru.hold('b', 2, 11);
  lru.hold('c', 3, 1);
  expect([lru.find('a'), lru.find('b'), lru.find('c')]).toEqual([1, undefined, 3]);
});

test('there are never more bytes than may be, and they are those of the values', () => {
  const aStep = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(12), fc.boolean());
  fc.assert(
    fc.property(fc.array(aStep), (steps) => {
      const lru = new Lru<number>(20);
      for (const [name, bytes, asks] of steps) {
        if (asks) lru.find(name);
        else lru.hold(name, bytes, bytes);
        expect(lru.bytes).toBeLessThanOrEqual(20);
      }
      const held = ['a', 'b', 'c', 'd', 'e'].map((name) => lru.find(name) ?? 0);
      expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBe(lru.bytes);
    }),
  );
});
