import type { VerifyWant } from '../../ports/signature-verifier.ts';
import { readBundle } from './read-bundle.ts';
import { readCosignAttestation, readCosignSignature } from './read-cosign.ts';
import { malformed } from './refusal.ts';
import type { Signed } from './signed.ts';

/** Proofs that a signature carries: each costs a verification, and honest ones have one or two (P-C4, P-E1). */
const MAX_PROOFS = 8;
const MAX_CERTIFICATES = 10;

/** Takes an attachment apart, strictly: what two readers may understand differently is malformed (P-B9). */
export function readAttachment(want: VerifyWant): Signed {
  const signed = parts(want);
  if (signed.entries.length > MAX_PROOFS || signed.timestamps.length > MAX_PROOFS)
    throw malformed(`it has more than ${MAX_PROOFS} log entries or timestamps`);
  if (signed.certificates.length > MAX_CERTIFICATES)
    throw malformed(`it has more than ${MAX_CERTIFICATES} certificates`);
  return signed;
}

function parts({ attachment, artifacts }: VerifyWant): Signed {
  switch (attachment.format) {
    case 'cosign-signature':
      return readCosignSignature(attachment);
    case 'cosign-attestation':
      return readCosignAttestation(attachment);
    case 'sigstore-bundle':
      return readBundle(attachment.content, artifacts ?? []);
  }
}
