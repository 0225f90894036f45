import { imageText } from '../../model/image-ref.ts';
import { comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { dayOf, provenSince } from './standing.ts';
import { imagesText, whoRan } from './words.ts';

/** A good signature never ends, so an old image with known holes is as well signed as a new one (P-D5). */
export const older: ProvenanceRow = {
  id: 'provenance/older',
  alias: '',
  title: 'An image is not older than the one before it',
  severity: 'medium',
  enforcement: 'advice',
  why: 'Going back is often meant; it is also how holes come back that were closed.',
  fix: 'Use a newer build; where an old one is never right, set maxAge under images: in .presync.yaml.',
  references: [],
  says: comparing(isOlder),
};

function isOlder(one: Succession): Said | undefined {
  const { place, evidence, before, isElsewhere } = one;
  // What other apps run of the repository may be of any age.
  if (isElsewhere) return undefined;
  const [now, then] = [provenSince(evidence), before.map((past) => provenSince(past.evidence))];
  if (now === undefined || then.some((time) => time === undefined || Date.parse(time) <= Date.parse(now)))
    return undefined;
  if (before.some((past) => past.place.ref.repository !== place.ref.repository)) return undefined;
  const was = dayOf(then.flatMap((time) => time ?? [])[0]);
  const message = `${whoRan(one, before)} ran ${imagesText(before)}, signed on ${was}; ${imageText(place.ref)} is older: it was signed on ${dayOf(now)}`;
  return { facets: [evidence.digest], message };
}
