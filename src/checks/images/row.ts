import type { Problem } from '../../model/finding.ts';
import type { ImageRule, Policy } from '../../model/policy.ts';
import { type ImageRef, isMeant } from '../../model/image-ref.ts';
import type { EvidenceBook } from '../../model/provenance.ts';
import type { Rule } from '../check.ts';
import type { ImagePlace } from '../../model/image-places.ts';

/** What a row says of one image. */
export interface Said {
  /** The fact in normal form: another one at the same place is something new. */
  readonly facet: string;
  readonly message: string;
  readonly enforcement?: Problem['enforcement'];
  readonly fix?: string;
}

/** One row of the family: looks at one image at a time. `entries` are those of the policy that match it. */
export interface ImageRow extends Omit<Rule, 'hits'> {
  /** `book`, where somebody was asked, says which digests the tags mean. */
  says(
    image: ImagePlace,
    entries: readonly ImageRule[],
    policy: Policy,
    book: EvidenceBook | undefined,
  ): Said | undefined;
}

/** A row that is about where an image comes from, so that it holds for charts and artifacts of registries too. */
export interface SourceRow extends ImageRow {
  /** `subject` begins the sentence: `container "web" runs`, `the chart is`. */
  saysOf(subject: string, ref: ImageRef, entries: readonly ImageRule[], policy: Policy): Said | undefined;
}

/** The entries of the policy that match the image; every one of them must hold. What is no reference matches none. */
export function entriesFor({ ref }: Pick<ImagePlace, 'ref'>, { images }: Policy): readonly ImageRule[] {
  return ref === undefined ? [] : images.filter(({ match }) => isMeant(match, ref));
}
