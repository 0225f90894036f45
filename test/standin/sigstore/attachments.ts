import type { Attachment, AttachmentFormat } from '../../../src/model/provenance.ts';
import { base64, sha256 } from './keys.ts';
import { type SigningWish, type Signature, signIn } from './signing.ts';
import { aStatement, type StatementWish } from './statements.ts';
import type { SigningWorld } from './world.ts';

/** What can be put beside an image. */
export interface Made {
  readonly format: AttachmentFormat;
  readonly mediaType: string;
  readonly content: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
  readonly predicateType?: string | undefined;
  readonly signature: Signature;
}

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE = 'application/vnd.dsse.envelope.v1+json';
export const IN_TOTO = 'application/vnd.in-toto+json';

/** As discovery would hand it to the verifier. */
export function attachmentOf(made: Made, beside: string): Attachment {
  const { format, content, annotations } = made;
  const digest = `sha256:${sha256(content).toString('hex')}`;
  return { format, place: `referrer ${digest}`, digest, beside, content, annotations };
}

export interface SimpleSigningWish extends SigningWish {
  /** Digest of the image. */
  readonly subject: string;
  readonly dockerReference?: string | undefined;
  readonly type?: string | undefined;
  readonly optional?: object | null | undefined;
  /** The payload as it shall stand there. */
  readonly payload?: Uint8Array | undefined;
  /** Instead of, or besides, what belongs there; `undefined` takes one away. */
  readonly annotations?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A layer of the tag `.sig`: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export function cosignSignature(world: SigningWorld, wish: SimpleSigningWish): Made {
  const content = wish.payload ?? Buffer.from(JSON.stringify(simpleSigning(wish)));
  const entry = { rekor: 'hashedrekord', tiles: 'hashedrekord-0.0.2' } as const;
  const signature = signIn(world, wish, { bytes: content, entry });
  const annotations = { ...cosignAnnotations(signature, base64(signature.signature)), ...wish.annotations };
  return {
    format: 'cosign-signature',
    mediaType: SIMPLE_SIGNING,
    content,
    annotations: present(annotations),
    signature,
  };
}

function simpleSigning({ subject, dockerReference, type, optional }: SimpleSigningWish): object {
  return {
    critical: {
      identity: { 'docker-reference': dockerReference ?? 'registry.example/acme/shop' },
      image: { 'docker-manifest-digest': subject },
      type: type ?? 'cosign container image signature',
    },
    optional: optional ?? null,
  };
}

export interface StatementSigningWish extends SigningWish {
  readonly statement: StatementWish | Uint8Array;
  readonly payloadType?: string | undefined;
  /** Of the tag `.att`: as with signatures. */
  readonly annotations?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A layer of the tag `.att`: https://github.com/sigstore/cosign/blob/main/specs/ATTESTATION_SPEC.md */
export function cosignAttestation(world: SigningWorld, wish: StatementSigningWish): Made {
  const { payload, payloadType, predicateType } = payloadOf(wish);
  const wrap = (bytes: Uint8Array) => envelopeJson(payloadType, payload, bytes);
  const entry = { rekor: 'intoto-0.0.1', tiles: 'hashedrekord-0.0.2' } as const;
  const bytes = preAuthEncoding(payloadType, payload);
  // https://github.com/sigstore/cosign/blob/main/pkg/cosign/verify.go (VerifyRFC3161Timestamp): the whole layer is stamped.
  const what = { bytes, envelope: { payload, payloadType }, wrap, entry, stamps: 'envelope' } as const;
  const signature = signIn(world, wish, what);
  const annotations = { ...cosignAnnotations(signature, ''), predicateType, ...wish.annotations };
  const content = Buffer.from(wrap(signature.signature));
  const format = 'cosign-attestation';
  return { format, mediaType: DSSE, content, annotations: present(annotations), predicateType, signature };
}

export function payloadOf({ statement, payloadType = IN_TOTO }: StatementSigningWish): {
  readonly payload: Uint8Array;
  readonly payloadType: string;
  readonly predicateType: string | undefined;
} {
  if (statement instanceof Uint8Array) return { payload: statement, payloadType, predicateType: undefined };
  const payload = Buffer.from(JSON.stringify(aStatement(statement)));
  return { payload, payloadType, predicateType: statement.predicateType };
}

/** https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

function envelopeJson(payloadType: string, payload: Uint8Array, signature: Uint8Array): string {
  return JSON.stringify({ payloadType, payload: base64(payload), signatures: [{ keyid: '', sig: base64(signature) }] });
}

function cosignAnnotations(made: Signature, signature: string): Readonly<Record<string, string | undefined>> {
  const { certificate, chain, entry, timestamp } = made;
  return {
    'dev.cosignproject.cosign/signature': signature,
    'dev.sigstore.cosign/certificate': certificate?.pem,
    'dev.sigstore.cosign/chain': certificate && chain.map(({ pem }) => pem).join(''),
    'dev.sigstore.cosign/bundle': entry && JSON.stringify(rekorBundle(entry)),
    'dev.sigstore.cosign/rfc3161timestamp': timestamp && JSON.stringify({ SignedRFC3161Timestamp: base64(timestamp) }),
  };
}

function rekorBundle(entry: NonNullable<Signature['entry']>): object {
  return {
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp ?? '',
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  };
}

function present(all: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
}
