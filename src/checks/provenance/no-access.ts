import { imageText } from '../../model/image-ref.ts';
import type { ProvenanceRow } from './row.ts';
import { unknownOf } from './unknown.ts';

/** DESIGN 8: advice only where the base could not be read either; all else without access is unknown. */
export const noAccess: ProvenanceRow = {
  id: 'provenance/no-access',
  alias: '',
  title: 'Images can be read',
  severity: 'low',
  enforcement: 'advice',
  why: 'Nobody can say who stands behind an image that presync may not read.',
  fix: 'Give presync credentials that can read the registry (docs/settings.md).',
  references: [],
  says(one) {
    const { place, evidence } = one;
    if (evidence.status !== 'no-access' || (!one.isStanding && unknownOf(one) !== undefined)) return [];
    const message = `${place.name} runs ${imageText(place.ref)}, which is not verified: no access, now as before (${evidence.reason})`;
    return [{ facets: [place.ref.repository], message }];
  },
};
