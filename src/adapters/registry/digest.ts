import { createHash } from 'node:crypto';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms */
const DIGEST = /^(sha256):[0-9a-f]{64}$|^(sha384):[0-9a-f]{96}$|^(sha512):[0-9a-f]{128}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Do the bytes hash to what is written? Never, where the algorithm is not known. */
export function hasDigest(bytes: Uint8Array, digest: string): boolean {
  const algorithm = DIGEST.exec(digest)?.slice(1).find(Boolean);
  return algorithm !== undefined && digestOf(bytes, algorithm) === digest;
}

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
