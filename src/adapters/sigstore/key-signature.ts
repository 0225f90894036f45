import { constants, type KeyObject, verify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';

export type HashName = 'sha256' | 'sha384' | 'sha512';

export interface SignatureParts {
  readonly bytes: Buffer;
  readonly signature: Buffer;
  /** Omitted: what cosign takes for this kind of key. */
  readonly hash?: HashName | undefined;
}

const HASH_OF_CURVE: Readonly<Record<string, HashName>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};
const MIN_RSA_BITS = 2048;

/**
 * Is it the key's signature of the bytes? cosign 2 takes SHA-256 for every key that takes a hash, cosign 3 the one of the curve's
 * size; both are tried where policy names none. With Ed25519 it signs a hash of its own kind (Ed25519ph), which the first log can hold,
 * unless nothing is logged; a signature of one kind is never one of the other (RFC 8032, 5.1).
 * https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md
 * https://github.com/sigstore/cosign/blob/main/pkg/cosign/keys.go (GetDefaultLoadOptions)
 */
export function signatureHolds(key: KeyObject, { bytes, signature, hash }: SignatureParts): boolean {
  if (keyFault(key) !== undefined) return false;
  if (key.asymmetricKeyType === 'ed25519')
    return verify(null, bytes, key, signature) || holdsHashed(key, { bytes, signature });
  return hashesFor(key, hash).some((name) => holds(key, { bytes, signature, hash: name }));
}

const ED25519_BYTES = 64;

/** By RFC 8032 to the letter: the library's own rule takes points that others refuse. Node has no Ed25519ph. */
function holdsHashed(key: KeyObject, { bytes, signature }: SignatureParts): boolean {
  if (signature.length !== ED25519_BYTES) return false;
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  return ed25519ph.verify(signature, bytes, point, { zip215: false });
}

/** Why nothing can be verified with such a key. */
export function keyFault({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details = {},
}: KeyObject): string | undefined {
  if (type === 'ed25519') return undefined;
  if (type === 'ec') return curveFault(details.namedCurve);
  if (type === 'rsa' || type === 'rsa-pss') return sizeFault(details.modulusLength ?? 0);
  return `keys of type ${type ?? 'unknown'} are not supported`;
}

function curveFault(curve = 'without a name'): string | undefined {
  return hashOfCurve(curve) === undefined ? `its curve ${curve} is none of P-256, P-384, P-521` : undefined;
}

function sizeFault(bits: number): string | undefined {
  return bits < MIN_RSA_BITS ? `it has ${bits} bits, RSA needs ${MIN_RSA_BITS}` : undefined;
}

function hashOfCurve(curve: string | undefined): HashName | undefined {
  return curve !== undefined && Object.hasOwn(HASH_OF_CURVE, curve) ? HASH_OF_CURVE[curve] : undefined;
}

function hashesFor({ asymmetricKeyDetails }: KeyObject, hash: HashName | undefined): readonly HashName[] {
  if (hash !== undefined) return [hash];
  return [...new Set<HashName>(['sha256', hashOfCurve(asymmetricKeyDetails?.namedCurve) ?? 'sha256'])];
}

function holds(key: KeyObject, { bytes, signature, hash = 'sha256' }: SignatureParts): boolean {
  if (key.asymmetricKeyType === 'ec') return verify(hash, bytes, key, signature);
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  if (key.asymmetricKeyType === 'rsa-pss') return verify(hash, bytes, pss, signature);
  const plain = { key, padding: constants.RSA_PKCS1_PADDING };
  return verify(hash, bytes, plain, signature) || verify(hash, bytes, pss, signature);
}
