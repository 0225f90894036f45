import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { keyFault, signatureHolds } from './key-signature.ts';

const bytes = Buffer.from('payload');

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function holds({ privateKey, publicKey }: Pair, hash: 'sha1' | 'sha256' | null = 'sha256'): boolean {
  return signatureHolds(publicKey, { bytes, signature: sign(hash, bytes, privateKey) });
}

describe('signatures of keys', () => {
  test('a short RSA key proves nothing, of whatever certificate it is', () => {
    expect(holds(generateKeyPairSync('rsa', { modulusLength: 2048 }))).toBe(true);
    expect(holds(generateKeyPairSync('rsa', { modulusLength: 1024 }))).toBe(false);
  });

  test('nor does a curve that is none of ours', () => {
    expect(holds(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }))).toBe(true);
    expect(holds(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }))).toBe(false);
  });

  test('nor SHA-1', () => {
    expect(holds(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), 'sha1')).toBe(false);
    expect(holds(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha1')).toBe(false);
  });

  test('a key that is only for RSA-PSS', () => {
    const pair = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha256',
    });
    expect(holds(pair)).toBe(true);
  });

  test('a kind of key that nobody signs images with', () => {
    expect(keyFault(generateKeyPairSync('x25519').publicKey)).toBe('keys of type x25519 are not supported');
  });

  test('a signature that is none, of each kind', () => {
    const keys = [
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey,
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
      generateKeyPairSync('ed25519').publicKey,
    ];
    for (const key of keys)
      for (const signature of [Buffer.of(), Buffer.from('x'), Buffer.alloc(256)])
        expect(signatureHolds(key, { bytes, signature })).toBe(false);
  });
});
