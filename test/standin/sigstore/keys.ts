import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { NULL, objectId, sequence } from '../../builders/der.ts';

export type KeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA-2048' | 'RSA-4096' | 'Ed25519' | 'Ed25519ph';
export type Hash = 'sha256' | 'sha384' | 'sha512';

export interface SigningKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** PEM of the public key. */
  readonly pem: string;
  /** `sha256:…` of the public key. */
  readonly fingerprint: string;
  /** What is signed with when nothing else is said. */
  readonly hash: Hash;
}

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_common.proto, PublicKeyDetails. */
export const KEY_DETAILS: Readonly<Record<KeyKind, string>> = {
  'P-256': 'PKIX_ECDSA_P256_SHA_256',
  'P-384': 'PKIX_ECDSA_P384_SHA_384',
  'P-521': 'PKIX_ECDSA_P521_SHA_512',
  'RSA-2048': 'PKIX_RSA_PKCS1V15_2048_SHA256',
  'RSA-4096': 'PKIX_RSA_PKCS1V15_4096_SHA256',
  Ed25519: 'PKIX_ED25519',
  Ed25519ph: 'PKIX_ED25519_PH',
};

const HASHES: Readonly<Partial<Record<KeyKind, Hash>>> = { 'P-384': 'sha384', 'P-521': 'sha512', Ed25519ph: 'sha512' };

export function aSigningKey(kind: KeyKind = 'P-256'): SigningKey {
  const { privateKey, publicKey } = pairOf(kind);
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    kind,
    privateKey,
    spki,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: `sha256:${sha256(spki).toString('hex')}`,
    hash: HASHES[kind] ?? 'sha256',
  };
}

function pairOf(kind: KeyKind): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (kind === 'Ed25519' || kind === 'Ed25519ph') return generateKeyPairSync('ed25519');
  if (kind === 'RSA-2048' || kind === 'RSA-4096')
    return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) });
  return generateKeyPairSync('ec', { namedCurve: kind });
}

/** Ed25519 hashes for itself; RSA with PKCS #1 v1.5, ECDSA in DER, as cosign writes them. */
export function signedBy(key: SigningKey, bytes: Uint8Array, hash: Hash = key.hash): Uint8Array {
  if (key.kind === 'Ed25519ph') return ed25519ph.sign(bytes, secretOf(key));
  return new Uint8Array(sign(key.kind === 'Ed25519' ? null : hash, bytes, key.privateKey));
}

function secretOf({ privateKey }: SigningKey): Uint8Array {
  return new Uint8Array(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
}

/** AlgorithmIdentifier of `signedBy`, for certificates. */
export function algorithmOf(key: SigningKey): Uint8Array {
  if (key.kind === 'Ed25519') return sequence(objectId('1.3.101.112'));
  if (key.kind.startsWith('RSA')) return sequence(objectId('1.2.840.113549.1.1.11'), NULL);
  const last = { sha256: 2, sha384: 3, sha512: 4 }[key.hash];
  return sequence(objectId(`1.2.840.10045.4.3.${last}`));
}

export function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function hashed(hash: Hash, bytes: Uint8Array): Buffer {
  return createHash(hash).update(bytes).digest();
}

export function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('base64');
}
