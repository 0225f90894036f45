import { createHash, type KeyObject } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { dsse, type RFC3161Timestamp } from '@sigstore/core';
import type { SignedEntity } from '@sigstore/verify';
import { type HashName, signatureHolds } from './key-signature.ts';
import { readTimestamp } from './timestamp.ts';

/** What was signed: an envelope with a payload, the payload of a cosign signature, or the image's manifest itself. */
export type SignedContent =
  | { readonly kind: 'envelope'; readonly payloadType: string; readonly payload: Buffer }
  | { readonly kind: 'simple-signing'; readonly payload: Buffer }
  | { readonly kind: 'manifest'; readonly payload: Buffer };

/** An attachment taken apart: whatever its packing was, the same parts. Nothing is verified yet. */
export interface Signed {
  readonly content: SignedContent;
  readonly signature: Buffer;
  /** What a timestamp authority may have stamped: the signature, of cosign's attestations also the whole envelope. */
  readonly stamped: readonly [Buffer, ...Buffer[]];
  /** DER: the signer's certificate, then those that came with it. Empty where a bare key has signed. */
  readonly certificates: readonly Buffer<ArrayBuffer>[];
  readonly entries: readonly TransparencyLogEntry[];
  /** DER of RFC 3161 responses. */
  readonly timestamps: readonly Buffer<ArrayBuffer>[];
}

type Content = SignedEntity['signature'];

/** The bytes that the signature is over. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function signedBytes({ content }: Pick<Signed, 'content'>): Buffer {
  return content.kind === 'envelope' ? dsse.preAuthEncoding(content.payloadType, content.payload) : content.payload;
}

/**
 * The signature as the library asks for it, with two differences: digests are of the bytes that we have, never those that a bundle
 * names (P-B3), and the signature is checked with the hash that fits the key.
 */
export function contentOf(signed: Signed, hash?: HashName): Content {
  const { content, signature } = signed;
  const bytes = signedBytes(signed);
  return {
    signature: stampedBytes(signed),
    compareSignature: (other) => signature.equals(other),
    compareDigest: (other) => digestOf('sha256', content.payload).equals(other),
    compareSignedDigest: (other) => isDigestOf(other, bytes),
    verifySignature: (key: KeyObject) => signatureHolds(key, { bytes, signature, hash }),
  };
}

/** Those of them that the first timestamp is over; the library then asks it of every timestamp. */
export function stampedBytes({ stamped, timestamps }: Pick<Signed, 'stamped' | 'timestamps'>): Buffer {
  const [first] = stamped;
  const [timestamp] = timestamps;
  if (timestamp === undefined) return first;
  const { tstInfo } = readTimestamp(timestamp);
  return stamped.find((bytes) => isOver(tstInfo, bytes)) ?? first;
}

function isOver(info: RFC3161Timestamp['tstInfo'], bytes: Buffer): boolean {
  try {
    info.verify(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Where a curve is larger, log entries and bundles name a larger hash. */
export function isDigestOf(digest: Buffer, bytes: Buffer): boolean {
  return ['sha256', 'sha384', 'sha512'].some((name) => digestOf(name, bytes).equals(digest));
}

function digestOf(algorithm: string, bytes: Buffer): Buffer {
  return createHash(algorithm).update(bytes).digest();
}
