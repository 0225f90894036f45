import { imageText } from '../../model/image-ref.ts';
import type { ImageRow } from './row.ts';
import { placeName } from '../../model/image-places.ts';

/** A tag can be moved after review; a digest cannot. */
export const digest: ImageRow = {
  id: 'images/digest',
  alias: '',
  title: 'Images are named by digest',
  severity: 'low',
  enforcement: 'advice',
  why: 'A tag can be moved after review, so that something else runs than what was looked at; a digest cannot.',
  fix: 'Write the digest behind the name: registry/name:tag@sha256:….',
  references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  says(image, entries) {
    const { ref } = image;
    if (ref === undefined || ref.digest !== undefined) return undefined;
    const demands = entries.filter(({ require }) => require.digest);
    const demand = demands.find(({ mode }) => mode === 'block') ?? demands[0];
    const text = imageText(ref);
    const message = `${placeName(image)} runs ${text}, which is a tag and no digest`;
    if (demand === undefined) return { facet: text, message };
    const enforcement = demand.mode === 'block' ? 'required' : 'advice';
    return { facet: text, message: `${message}; policy requires one for ${demand.match}`, enforcement };
  },
};
