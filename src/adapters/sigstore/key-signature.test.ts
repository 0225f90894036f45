import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
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

  // https://www.rfc-editor.org/rfc/rfc8032#section-7.3
  const SECRET = '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42';
  const HASHED = Buffer.from(
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    'hex',
  );
  const abc = Buffer.from('abc');
  const pkcs8 = Buffer.from(`302e020100300506032b657004220420${SECRET}`, 'hex');
  const ed25519 = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));

  test('Ed25519ph, as the RFC has it', () => {
    expect(signatureHolds(ed25519, { bytes: abc, signature: HASHED })).toBe(true);
    expect(signatureHolds(ed25519, { bytes: Buffer.from('abd'), signature: HASHED })).toBe(false);
    expect(signatureHolds(generateKeyPairSync('ed25519').publicKey, { bytes: abc, signature: HASHED })).toBe(false);
    for (const at of [0, 31, 32, 63]) {
      const tampered = Buffer.from(HASHED);
      tampered[at] = (tampered[at] ?? 0) ^ 1;
      expect(signatureHolds(ed25519, { bytes: abc, signature: tampered })).toBe(false);
    }
  });

  test('a point of small order, which would have signed everything', () => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.of(1), Buffer.alloc(31)]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const signature = Buffer.concat([Buffer.of(1), Buffer.alloc(63)]);
    expect(signatureHolds(key, { bytes, signature })).toBe(false);
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
