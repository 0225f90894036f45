import { type Made, type StatementSigningWish, payloadOf, preAuthEncoding } from './attachments.ts';
import { base64, hashed } from './keys.ts';
import { type SigningWish, type Signature, signIn } from './signing.ts';
import type { SigningWorld } from './world.ts';

/** A Sigstore bundle in JSON, open to be tampered with: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: Record<string, unknown>;
  messageSignature?: { messageDigest: { algorithm: string; digest: string }; signature: string };
  dsseEnvelope?: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] };
}

interface Packing {
  /** 0.3: one certificate; before: a chain, of the certificate alone as cosign and GitHub wrote it. */
  readonly version?: '0.1' | '0.2' | '0.3' | undefined;
  /** Hostile: what stands in the chain above the certificate, with a version that has chains (P-C9). */
  readonly chain?: 'intermediate' | 'with-root' | undefined;
  /** Hostile: anything, once the bundle is whole. */
  readonly edit?: ((bundle: BundleJson) => void) | undefined;
}

export interface MessageWish extends SigningWish, Packing {
  /** The manifest of the image, whole: its digest is what is signed. */
  readonly artifact: Uint8Array;
}

/** A signature of the bytes themselves. */
export function messageBundle(world: SigningWorld, wish: MessageWish): Made {
  const entry = { rekor: 'hashedrekord', tiles: 'hashedrekord-0.0.2' } as const;
  const made = signIn(world, wish, { bytes: wish.artifact, entry });
  const { hash } = made.key;
  const messageDigest = { algorithm: `SHA2_${hash.slice(3)}`, digest: base64(hashed(hash, wish.artifact)) };
  return packed(made, wish, { messageSignature: { messageDigest, signature: base64(made.signature) } });
}

export interface StatementBundleWish extends StatementSigningWish, Packing {}

/** A signed statement: a signature of cosign 3, provenance, or anything else. */
export function statementBundle(world: SigningWorld, wish: StatementBundleWish): Made {
  const { payload, payloadType, predicateType } = payloadOf(wish);
  const envelope = (signature: Uint8Array) => ({
    payload: base64(payload),
    payloadType,
    signatures: [{ sig: base64(signature) }],
  });
  const made = signIn(world, wish, {
    bytes: preAuthEncoding(payloadType, payload),
    envelope: { payload, payloadType },
    wrap: (signature) => JSON.stringify(envelope(signature)),
    // The newer log takes envelopes as hashedrekord over the encoding that is signed; sigstore-go rebuilds no other entry.
    entry: { rekor: 'dsse', tiles: 'hashedrekord-0.0.2' },
  });
  return { ...packed(made, wish, { dsseEnvelope: envelope(made.signature) }), predicateType };
}

function packed(made: Signature, packing: Packing, content: Partial<BundleJson>): Made {
  const version = packing.version ?? '0.3';
  const mediaType =
    version === '0.3'
      ? 'application/vnd.dev.sigstore.bundle.v0.3+json'
      : `application/vnd.dev.sigstore.bundle+json;version=${version}`;
  const bundle: BundleJson = {
    mediaType,
    verificationMaterial: {
      ...signerMaterial(made, packing, version),
      tlogEntries: made.entry === undefined ? [] : [entryFor(version, made.entry)],
      ...(made.timestamp && {
        timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64(made.timestamp) }] },
      }),
    },
    ...content,
  };
  packing.edit?.(bundle);
  return {
    format: 'sigstore-bundle',
    mediaType: BUNDLE,
    content: Buffer.from(JSON.stringify(bundle)),
    annotations: {},
    signature: made,
  };
}

export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

function signerMaterial({ key, certificate, chain }: Signature, packing: Packing, version: string): object {
  if (certificate === undefined) return { publicKey: { hint: key.fingerprint } };
  if (version === '0.3' && packing.chain === undefined) return { certificate: { rawBytes: base64(certificate.der) } };
  const above = { none: [], intermediate: chain.slice(0, -1), 'with-root': chain }[packing.chain ?? 'none'];
  const certificates = [certificate, ...above].map(({ der }) => ({ rawBytes: base64(der) }));
  return { x509CertificateChain: { certificates } };
}

/** Bundles of 0.1 know promises alone; later ones demand proofs. */
function entryFor(version: string, entry: NonNullable<Signature['entry']>): object {
  const { inclusionProof, ...promised } = entry;
  return version === '0.1' ? promised : { ...promised, inclusionProof };
}
