import { describe, expect, test } from '@jest/globals';
import { strictObject } from './strict-json.ts';

const ROWS: readonly (readonly [string, string | Uint8Array, unknown])[] = [
  ['an object', '{"a":{"b":1},"c":[{"b":2}]}', { a: { b: 1 }, c: [{ b: 2 }] }],
  ['one key in two objects', '[{"a":1},{"a":2}]', undefined],
  ['a key written twice (P-B9)', '{"a":1,"a":1}', undefined],
  ['a key written twice, once with an escape (P-B9)', '{"a":1,"\\u0061":2}', undefined],
  ['a key written twice, deep inside (P-B9)', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}', undefined],
  ['a key that looks like structure', '{"{\\"a\\":":1,"a":2}', { '{"a":': 1, a: 2 }],
  ['a byte order mark (P-B9)', '\ufeff{"a":1}', undefined],
  ['bytes that are no UTF-8 (P-B9)', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), undefined],
  ['a list', '[1]', undefined],
  ['no JSON', '{"a":1}x', undefined],
];

describe('strict JSON', () => {
  test.each(ROWS)('%s', (_, text, expected) => {
    expect(strictObject(typeof text === 'string' ? Buffer.from(text) : text)).toEqual(expected);
  });
});
