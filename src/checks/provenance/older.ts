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

function isOlder({ place, evidence, before }: Succession): Said | undefined {
  const [now, then] = [provenSince(evidence), before.map((one) => provenSince(one.evidence))];
  if (now === undefined || then.some((time) => time === undefined || Date.parse(time) <= Date.parse(now)))
    return undefined;
  if (before.some((one) => one.place.ref.repository !== place.ref.repository)) return undefined;
  const was = dayOf(then.flatMap((time) => time ?? [])[0]);
  const message = `${whoRan(place, before)} ran ${imagesText(before)}, signed on ${was}; ${imageText(place.ref)} is older: it was signed on ${dayOf(now)}`;
  return { facets: [evidence.digest], message };
}
