import type { ImageEvidenceSource } from '../ports/image-evidence.ts';

/** Where nobody is asked, each image is unreachable with this sentence. */
export function refusingEvidence(sentence: string): ImageEvidenceSource {
  return { read: () => Promise.resolve({ status: 'unreachable', reason: sentence }) };
}
