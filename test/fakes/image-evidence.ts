import { imageText, parseImageRef } from '../../src/model/image-ref.ts';
import type { ImageEvidence, Trust } from '../../src/model/provenance.ts';
import type { EvidenceWant, ImageEvidenceSource } from '../../src/ports/image-evidence.ts';
import type { TrustedRoots } from '../../src/ports/trusted-roots.ts';

/** A registry of images that are named by what they are: tags move, and what was asked is remembered. */
export class FakeEvidence implements ImageEvidenceSource {
  /** `repository:tag` and `repository@digest`, in normal form. */
  readonly #known = new Map<string, ImageEvidence>();
  readonly asked: EvidenceWant[] = [];
  readonly trusts: Trust[] = [];
  /** Thrown at the next questions. */
  failure: Error | undefined;

  /** Under its tag, and under its digest where it has one. */
  put(name: string, evidence: ImageEvidence): this {
    const ref = parseImageRef(name);
    this.#known.set(imageText(ref), evidence);
    if (evidence.digest !== undefined) this.#known.set(`${ref.repository}@${evidence.digest}`, evidence);
    return this;
  }

  get names(): readonly string[] {
    return this.asked.map(({ ref }) => imageText(ref)).toSorted();
  }

  async read(want: EvidenceWant, trust: Trust, signal: AbortSignal): Promise<ImageEvidence> {
    signal.throwIfAborted();
    this.asked.push(want);
    this.trusts.push(trust);
    if (this.failure !== undefined) throw this.failure;
    const { ref } = want;
    const byDigest = ref.digest === undefined ? undefined : this.#known.get(`${ref.repository}@${ref.digest}`);
    const found = byDigest ?? this.#known.get(imageText(ref));
    return found ?? { status: 'not-found', reason: `there is no ${imageText(ref)}` };
  }
}

/** Answers with what an earlier run kept, unless it is asked to look again; remembers which of both. */
export function keepingEvidence(
  kept: ImageEvidence,
  now: ImageEvidence,
): { readonly asked: boolean[]; readonly source: ImageEvidenceSource } {
  const asked: boolean[] = [];
  const read: ImageEvidenceSource['read'] = ({ isAfresh = false }) => {
    asked.push(isAfresh);
    return Promise.resolve(isAfresh ? now : kept);
  };
  return { asked, source: { read } };
}

/** No root at all: whoever needs one has a verifier that is a fake too. */
export const NO_ROOTS: TrustedRoots = {
  current: () => Promise.resolve({ roots: [], warnings: [], isDue: false }),
  refresh: () => Promise.resolve(),
};
