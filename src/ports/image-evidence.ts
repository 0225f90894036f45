import type { ImageRef } from '../model/image-ref.ts';
import type { ImageEvidence, Trust } from '../model/provenance.ts';

export interface EvidenceWant {
  /** With a digest this digest is read, whatever the tag means now. */
  readonly ref: ImageRef;
  /** Ask also for what lies beside each platform of an index. */
  readonly platforms: boolean;
  /** GitHub repository whose attestations may speak of the image, `owner/name`, where one is known. */
  readonly repository?: string | undefined;
  /** Types of predicates whose statements are wanted, sorted. */
  readonly predicates?: readonly string[] | undefined;
  /** Repositories in which more of what speaks of it may lie. */
  readonly places?: readonly string[] | undefined;
  /** Look again where an answer is kept (`isKept`): for whoever would otherwise say that a signature is missing. */
  readonly isAfresh?: boolean | undefined;
}

/** Finds and verifies what stands behind an image. What goes wrong is in the answer; it throws only what the signal was aborted with. */
export interface ImageEvidenceSource {
  read(want: EvidenceWant, trust: Trust, signal: AbortSignal): Promise<ImageEvidence>;
}
