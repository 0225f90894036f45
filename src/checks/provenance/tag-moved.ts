import { imageText } from '../../model/image-ref.ts';
import type { ProvenanceRow } from './row.ts';

/** What was judged is the image of the first judgement (DESIGN 6, P-D1). */
export const tagMoved: ProvenanceRow = {
  id: 'provenance/tag-moved',
  alias: '',
  title: 'A tag means the image that was judged',
  severity: 'high',
  enforcement: 'required',
  why: 'What was judged is the older image; what the cluster pulls after the merge is the newer.',
  fix: 'Name the digest; or push the branch again to have the newer image judged.',
  references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  says({ place, moved }) {
    if (moved === undefined) return [];
    const { was, is } = moved;
    const message = `${place.name}: ${imageText(place.ref)} has moved from ${was} to ${is} since this commit was judged first`;
    const fix = `Name the image that was judged, ${imageText({ ...place.ref, digest: was })}; or push the branch again to have the newer one judged.`;
    return [{ facets: [imageText(place.ref), is], message, fix }];
  },
};
