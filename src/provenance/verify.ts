import { sentenceOf } from '../model/error.ts';
import type { Attachment, Believed, Rejected, Trust } from '../model/provenance.ts';
import { isBelieved, type SignatureVerifier, type VerifyWant } from '../ports/signature-verifier.ts';
import { bounded } from '../model/bounded.ts';
import { VERIFIED_AT_ONCE } from './limits.ts';

export interface Verified {
  readonly believed: readonly Believed[];
  readonly rejected: readonly Rejected[];
}

/** Every attachment, each with an answer of its own. */
export async function verifyAll(
  verifier: SignatureVerifier,
  attachments: readonly Attachment[],
  { trust, ...about }: Omit<VerifyWant, 'attachment'> & { readonly trust: Trust },
  signal: AbortSignal,
): Promise<Verified> {
  const answers = await bounded(onceEach(attachments), VERIFIED_AT_ONCE, async (attachment) => {
    const answer = await verifier.verify({ ...about, attachment }, trust, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return rejection(attachment, `it could not be verified: ${sentenceOf(error)}`);
    });
    // P-D6: an answer about something else is none about this.
    const isOfThis =
      answer.digest === attachment.digest && (!isBelieved(answer) || about.subjects.includes(answer.subject));
    const own = isOfThis
      ? answer
      : rejection(attachment, 'what came back from its verification speaks of something else');
    return attachment.isElsewhere === true ? { ...own, isElsewhere: true as const } : own;
  });
  return {
    believed: answers.filter(isBelieved),
    rejected: answers.filter((answer): answer is Rejected => !isBelieved(answer)),
  };
}

function rejection({ format, place, digest }: Attachment, reason: string): Rejected {
  return { format, place, digest, fault: 'invalid', reason };
}

/** The same may lie there twice, by the list of the registry and under a tag. */
function onceEach(attachments: readonly Attachment[]): readonly Attachment[] {
  const keys = attachments.map(
    (one) => [`${one.format} ${one.digest} ${one.beside} ${JSON.stringify(one.annotations)}`, one] as const,
  );
  return [...new Map(keys.toReversed()).values()].toReversed();
}
