import { describe, expect, test } from '@jest/globals';
import { der, objectId, sequence, utf8 } from '../../../test/builders/der.ts';
import { bodyOf, extension, issued } from '../../../test/standin/sigstore/certificate.ts';
import { aSigningKey } from '../../../test/standin/sigstore/keys.ts';
import { alternativeName, commonName, isIssuedAs, parseCertificate } from './certificate.ts';

const key = aSigningKey();
const [from, until] = [new Date('2026-01-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z')];

function certificate(names: readonly Uint8Array[] | undefined, name?: string) {
  const extensions = names === undefined ? [] : [extension('2.5.29.17', sequence(...names))];
  const body = bodyOf({ key, name: 'ca', organization: 'acme' }, { name, spki: key.spki, from, until, extensions });
  return parseCertificate(Buffer.from(issued(key, body).der));
}

function named(tag: number, text: string): Uint8Array {
  return der(tag, Buffer.from(text, 'latin1'));
}

function userName(text: Uint8Array, id = '1.3.6.1.4.1.57264.1.7', ...more: readonly Uint8Array[]): Uint8Array {
  return der(0xa0, objectId(id), der(0xa0, text), ...more);
}

test('P-B9: a certificate whose length is written longer than it must be', () => {
  const whole = Buffer.from(
    issued(key, bodyOf({ key, name: 'ca', organization: 'acme' }, { spki: key.spki, from, until, extensions: [] })).der,
  );
  expect(parseCertificate(whole).root.toDER()).toEqual(whole);
  const longer = Buffer.concat([whole.subarray(0, 1), Buffer.of(0x83, 0), whole.subarray(2)]);
  expect(() => parseCertificate(longer)).toThrow('cannot be read');
});

describe('the name of a signer', () => {
  test.each([
    ['an address', 0x81, 'ada@acme.example'],
    ['a host', 0x82, 'build.acme.example'],
    ['a URI', 0x86, 'https://acme.example/release'],
  ])('%s', (_, tag, text) => {
    expect(alternativeName(certificate([named(tag, text)]))).toBe(text);
  });

  test('a user name of Fulcio', () => {
    expect(alternativeName(certificate([userName(utf8('ada!acme.example'))]))).toBe('ada!acme.example');
  });

  const USERS: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['beside another', [userName(utf8('ada!acme.example')), named(0x81, 'ada@acme.example')], 'not exactly one'],
    ['of another kind', [userName(utf8('ada!acme.example'), '1.3.6.1.4.1.311.20.2.3')], 'that is not supported'],
    ['that reads as an address', [userName(utf8('ada@acme.example'))], 'not user!domain'],
    ['with an address in it', [userName(utf8('ada@acme.example!x'))], 'not user!domain'],
    ['that reads as a URI', [userName(utf8('https://acme.example!x'))], 'not user!domain'],
    ['of two domains', [userName(utf8('ada!evil.example!acme.example'))], 'not user!domain'],
    ['without a domain', [userName(utf8('ada!'))], 'not user!domain'],
    ['that is no UTF8String', [userName(named(0x16, 'ada!acme.example'))], 'not written as text'],
    ['with text behind it', [userName(utf8('ada!acme.example'), undefined, utf8('x'))], 'not written as text'],
    ['of two texts', [userName(Buffer.concat([utf8('a!b.example'), utf8('x')]))], 'not written as text'],
    ['with nothing in it', [der(0xa0)], 'that is not supported'],
    ['beyond ASCII', [userName(utf8('\u00e1da!acme.example'))], 'not plain text'],
  ];

  test.each(USERS)('not a user name %s', (_, names, reason) => {
    expect(() => alternativeName(certificate(names))).toThrow(reason);
  });

  const REFUSED: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['two', [named(0x81, 'ada@acme.example'), named(0x86, 'https://evil.example')], 'not exactly one'],
    ['none in the list', [], 'not exactly one'],
    ['a directory name', [der(0xa4, sequence())], 'of a kind that is not supported'],
    ['an address of the network', [named(0x87, '\u007f\u0000\u0000\u0001')], 'of a kind that is not supported'],
    [
      'a byte that looks like a letter once its highest bit is gone',
      [named(0x81, '\u00e1da@acme.example')],
      'not plain text',
    ],
    ['a zero byte', [named(0x81, 'ada@acme.example\u0000.evil.example')], 'not plain text'],
    ['an empty one', [named(0x81, '')], 'not plain text'],
  ];

  test.each(REFUSED)('not %s', (_, names, reason) => {
    expect(() => alternativeName(certificate(names))).toThrow(reason);
  });

  test('the common name where there is no other', () => {
    expect(alternativeName(certificate(undefined, 'build'))).toBeUndefined();
    expect(commonName(certificate(undefined, 'build'))).toBe('build');
    expect(commonName(certificate(undefined))).toBeUndefined();
  });
});

function issuedBy(organization: string) {
  const body = bodyOf({ key, name: 'GitHub, Inc.', organization }, { spki: key.spki, from, until, extensions: [] });
  return parseCertificate(Buffer.from(issued(key, body).der));
}

test('the organization of the issuer is compared whole, and is not that of the subject', () => {
  expect(isIssuedAs(issuedBy('GitHub, Inc.'), 'GitHub, Inc.')).toBe(true);
  for (const other of ['GitHub, Inc', 'GitHub, Inc. ', 'github, inc.', 'sigstore.dev'])
    expect(isIssuedAs(issuedBy(other), 'GitHub, Inc.')).toBe(false);
});
