import { base64, hashed, KEY_DETAILS, sha256 } from './keys.ts';
import type { EntryBody, Logged, Verifier } from './rekor.ts';

/** What is written into a log, by kind: https://github.com/sigstore/rekor/tree/main/pkg/types and https://github.com/sigstore/rekor-tiles/tree/main/pkg/types. */
export const ENTRIES = {
  hashedrekord: ({ verifier, signature, signed }) =>
    entry('hashedrekord', '0.0.1', {
      data: { hash: { algorithm: verifier.key.hash, value: hashed(verifier.key.hash, signed).toString('hex') } },
      signature: { content: base64(signature), publicKey: { content: base64(pemOf(verifier)) } },
    }),
  dsse: ({ verifier, signature, envelope }) =>
    entry('dsse', '0.0.1', {
      envelopeHash: hex(envelope?.json ?? ''),
      payloadHash: hex(envelope?.payload ?? ''),
      signatures: [{ signature: base64(signature), verifier: base64(pemOf(verifier)) }],
    }),
  /** As cosign writes it for `.att`: neither envelope nor signature is in it. */
  'intoto-0.0.1': ({ verifier, envelope }) =>
    entry('intoto', '0.0.1', {
      content: { hash: hex(envelope?.json ?? ''), payloadHash: hex(envelope?.payload ?? '') },
      publicKey: base64(pemOf(verifier)),
    }),
  'intoto-0.0.2': ({ verifier, signature, envelope }) =>
    entry('intoto', '0.0.2', {
      content: {
        envelope: {
          payloadType: envelope?.payloadType,
          signatures: [{ publicKey: base64(pemOf(verifier)), sig: base64(base64(signature)) }],
        },
        hash: hex(envelope?.json ?? ''),
        payloadHash: hex(envelope?.payload ?? ''),
      },
    }),
  'hashedrekord-0.0.2': ({ verifier, signature, signed }) =>
    entry('hashedrekord', '0.0.2', {
      hashedRekordV002: {
        data: { algorithm: `SHA2_${verifier.key.hash.slice(3)}`, digest: base64(hashed(verifier.key.hash, signed)) },
        signature: { content: base64(signature), verifier: tiledVerifier(verifier) },
      },
    }),
  'dsse-0.0.2': ({ verifier, signature, envelope }) =>
    entry('dsse', '0.0.2', {
      dsseV002: {
        payloadHash: { algorithm: 'SHA2_256', digest: base64(sha256(envelope?.payload ?? '')) },
        signatures: [{ content: base64(signature), verifier: tiledVerifier(verifier) }],
      },
    }),
} as const satisfies Readonly<Record<string, (logged: Logged) => EntryBody>>;

export type EntryKind = keyof typeof ENTRIES;

function entry(kind: string, apiVersion: string, spec: object): EntryBody {
  return { kind, apiVersion, spec };
}

function hex(bytes: Uint8Array | string): { readonly algorithm: string; readonly value: string } {
  return { algorithm: 'sha256', value: sha256(bytes).toString('hex') };
}

function pemOf({ key, certificate }: Verifier): string {
  return certificate?.pem ?? key.pem;
}

function tiledVerifier({ key, certificate }: Verifier): object {
  const keyDetails = KEY_DETAILS[key.kind];
  if (certificate === undefined) return { keyDetails, publicKey: { rawBytes: base64(key.spki) } };
  return { keyDetails, x509Certificate: { rawBytes: base64(certificate.der) } };
}
