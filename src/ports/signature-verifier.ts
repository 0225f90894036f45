import type { Attachment, Believed, Rejected, Trust } from '../model/provenance.ts';

export interface VerifyWant {
  /** Digests that the attachment may speak of: the image, its index, its platforms. */
  readonly subjects: readonly string[];
  readonly attachment: Attachment;
  /** Bytes of the subjects, where they are at hand: a bundle with a bare signature (no statement) is over them and proves nothing without. */
  readonly artifacts?: readonly Uint8Array[] | undefined;
  /** Types of predicates whose statements are wanted. */
  readonly predicates?: readonly string[] | undefined;
}

/**
 * Is the attachment whole, does it speak of one of the subjects, who made it? It answers for every attachment and never takes an
 * exception for a yes: what throws, hangs or kills its process is rejected (P-G1). Whether the signer is the right one is for
 * policy to say.
 */
export interface SignatureVerifier {
  verify(want: VerifyWant, trust: Trust, signal: AbortSignal): Promise<Believed | Rejected>;
  /** Something will be asked soon: what takes time to start may start. Never throws, and nothing depends on it. */
  prepare(): void;
  close(): Promise<void>;
}

export function isBelieved(answer: Believed | Rejected): answer is Believed {
  return 'signer' in answer;
}
