import { imageText } from '../../model/image-ref.ts';
import type { ProvenanceRow } from './row.ts';
import { isSettled } from './unknown.ts';
import { whoRan } from './words.ts';

/** What is gone from its registry says no more who stood behind it, and never will again: that must not block for ever. */
export const notCompared: ProvenanceRow = {
  id: 'provenance/not-compared',
  alias: '',
  title: 'An image can be compared with the one before it',
  severity: 'medium',
  enforcement: 'advice',
  why: 'Whether somebody stood behind it, and whether it is still the same one, cannot be told.',
  fix: 'See for yourself who made the new image; require its signature under images: in .presync.yaml.',
  references: [],
  says(one) {
    const { place, evidence, unread } = one;
    const gone = unread.filter((before) => before.evidence?.status === 'not-found');
    if (evidence.status !== 'read' || gone.length === 0 || isSettled(one)) return [];
    const names = [...new Set(gone.map((before) => imageText(before.place.ref)))].join(' and ');
    const message = `${whoRan(one, gone)} ran ${names}, which is gone from its registry; ${imageText(place.ref)} has nothing to be compared with`;
    return [{ facets: [imageText(place.ref)], message }];
  },
};
