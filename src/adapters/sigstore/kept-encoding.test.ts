import { X509Certificate } from '@sigstore/core';
import { expect, test } from '@jest/globals';
import { bodyOf, extension, issued } from '../../../test/standin/sigstore/certificate.ts';
import { aSigningKey } from '../../../test/standin/sigstore/keys.ts';
import { signingWorld } from '../../../test/standin/sigstore/world.ts';
import { parseCertificate } from './certificate.ts';
import { readRoot } from './own-root.ts';

const key = aSigningKey();
const [from, until] = [new Date('2026-01-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z')];
const issuer = { key, name: 'ca', organization: 'acme' };

function aCertificate(name: string): Buffer<ArrayBuffer> {
  const extensions = [
    extension('2.5.29.17', Buffer.from('300086', 'hex')),
    extension('1.2.3', Buffer.from('0500', 'hex')),
  ];
  return Buffer.from(issued(key, bodyOf(issuer, { name, spki: key.spki, from, until, extensions })).der);
}

test('what is kept is what the library would write', () => {
  const bytes = aCertificate('build');
  const [kept, plain] = [parseCertificate(bytes), X509Certificate.parse(bytes)];
  expect(kept.root.toDER()).toEqual(bytes);
  expect(kept.tbsCertificate.toDER()).toEqual(plain.tbsCertificate.toDER());
  expect(kept.publicKey).toEqual(plain.publicKey);
  expect(kept.publicKey).toEqual(Buffer.from(key.spki));
});

test('it is written once', () => {
  const kept = parseCertificate(aCertificate('build'));
  for (const part of [kept.root, kept.tbsCertificate]) expect(part.toDER()).toBe(part.toDER());
  expect(kept.publicKey).toBe(kept.publicKey);
});

test('two certificates are never taken for each other', () => {
  const bytes = aCertificate('build');
  const [one, again, other] = [bytes, bytes, aCertificate('build')].map(
    (der) => parseCertificate(Buffer.from(der)).root,
  );
  expect(one?.toDER()).toEqual(again?.toDER());
  expect(one?.toDER()).not.toBe(again?.toDER());
  expect(one?.toDER()).not.toEqual(other?.toDER());
});

test('a copy keeps nothing: without an extension it is written anew', () => {
  const kept = parseCertificate(aCertificate('build'));
  const copy = kept.clone();
  copy.extensions.pop();
  expect(copy.tbsCertificate.toDER().length).toBeLessThan(kept.tbsCertificate.toDER().length);
  expect(kept.extensions).toHaveLength(2);
});

test('extensions are found by their own ids, also when they are asked for again', () => {
  const kept = parseCertificate(aCertificate('build'));
  for (const id of ['2.5.29.17', '1.2.3', '2.5.29.17', '1.2.3']) expect(kept.extension(id)?.oid).toBe(id);
  expect(kept.extension('1.2.4')).toBeUndefined();
  expect(kept.extensions.map(({ subs }) => Object.hasOwn(subs[0] ?? {}, 'toOID'))).toEqual([true, true]);
});

test('the certificates of a root keep theirs, too', () => {
  const read = readRoot(signingWorld().trustedRoot.json);
  if ('problems' in read) throw new Error(read.problems.join());
  const { certificateAuthorities, timestampAuthorities } = read.material;
  const certificates = [...certificateAuthorities, ...timestampAuthorities].flatMap(({ certChain }) => certChain);
  expect(certificates).toHaveLength(4);
  for (const { root } of certificates) expect(root.toDER()).toBe(root.toDER());
});
