import { expect, test } from '@jest/globals';
import { SIGNED_AT } from '../../../test/standin/sigstore/world.ts';
import { aTimestampAuthority } from '../../../test/standin/sigstore/timestamp.ts';
import { readTimestamp } from './timestamp.ts';

const stamped = (fraction: string) =>
  Buffer.from(aTimestampAuthority('acme').stamp(Buffer.from('signature'), SIGNED_AT, fraction));

test.each(['', '.5', '.25', '.125', '.000000001'])(
  'a time with the fraction "%s" is that of its second',
  (fraction) => {
    expect(readTimestamp(stamped(fraction)).signingTime).toEqual(SIGNED_AT);
  },
);

test('a time is written as GeneralizedTime and nothing else', () => {
  const der = stamped('.5');
  const tag = der.indexOf('20260301120000.5Z') - 2;
  expect(der[tag]).toBe(0x18);
  der[tag] = 0x17;
  expect(() => readTimestamp(der).signingTime).toThrow('invalid time');
  der[tag] = 0x0c;
  expect(() => readTimestamp(der).signingTime).toThrow('not a date');
});

test('a day that does not exist is no time', () => {
  const der = stamped('.5');
  der.write('20261301', der.indexOf('20260301120000.5Z'));
  expect(readTimestamp(der).signingTime.getTime()).toBeNaN();
});
