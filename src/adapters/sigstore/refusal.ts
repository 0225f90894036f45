import { VerificationError } from '@sigstore/verify';
import { PresyncError } from '../../model/error.ts';
import type { Attachment, MissingRoot, Rejected } from '../../model/provenance.ts';

/** Why an attachment proves nothing; `code` is the fault that is reported. */
export class Refusal extends PresyncError<Rejected['fault']> {}

/** Who issued its certificate is known, and the root that would tell whether that is true is not here. */
export class RootMissing extends Refusal {
  readonly root: string;
  constructor({ name, sentence }: MissingRoot) {
    super('invalid', sentence);
    this.root = name;
  }
}

export function malformed(sentence: string): Refusal {
  return new Refusal('malformed', sentence);
}

export function invalid(sentence: string): Refusal {
  return new Refusal('invalid', sentence);
}

const MAX_REASON = 400;

/** A throw of any class, of our code or of the library's, is a no (P-G1). */
export function rejectedFor({ format, place, digest }: Attachment, error: unknown): Rejected {
  const fault = error instanceof Refusal ? error.code : 'invalid';
  const rejected = { format, place, digest, fault, reason: sentenceFor(error) };
  return error instanceof RootMissing ? { ...rejected, needs: error.root } : rejected;
}

/** One line for a reader. What a parser says of foreign bytes helps nobody, so that only its class is named. */
export function sentenceFor(error: unknown): string {
  if (error instanceof Refusal) return plain(error.message);
  if (error instanceof VerificationError) return plain(`it does not hold: ${error.message}`);
  const name = error instanceof Error ? error.name : typeof error;
  return plain(`something in it has a form that cannot be verified (${name})`);
}

/** Names out of certificates and payloads stand in sentences. */
export function plain(text: string): string {
  const line = text.replace(/\p{C}/gu, '?');
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line;
}
