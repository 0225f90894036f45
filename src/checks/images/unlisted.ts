import type { ImageRow } from './row.ts';
import { placeName } from '../../model/image-places.ts';

/** DESIGN 8: an image that matches no entry is a finding; what nobody thought of must not pass as fine. */
export const unlisted: ImageRow = {
  id: 'images/unlisted',
  alias: '',
  title: 'Every image is listed in the policy',
  severity: 'high',
  enforcement: 'required',
  why: 'The policy says what must hold for images, and nothing of it applies to this one.',
  fix: 'Use an image that the policy lists, or add an entry for it (require: {} asks for nothing).',
  references: [],
  says(image, entries, { images }) {
    const { ref } = image;
    if (ref === undefined || images.length === 0 || entries.length > 0) return undefined;
    return {
      facet: ref.repository,
      message: `${placeName(image)} runs ${ref.repository}, which matches no entry under images: of the policy`,
    };
  },
};
