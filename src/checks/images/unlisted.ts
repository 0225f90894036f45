import type { SourceRow } from './row.ts';
import { placeName } from '../../model/image-places.ts';

/** DESIGN 8: an image that matches no entry is a finding; what nobody thought of must not pass as fine. */
export const unlisted: SourceRow = {
  id: 'images/unlisted',
  alias: '',
  title: 'Every image is listed in the policy',
  severity: 'high',
  enforcement: 'required',
  why: 'The policy says what must hold for images, and nothing of it applies to this one.',
  fix: 'Use an image that the policy lists, or add an entry for it (require: {} asks for nothing).',
  references: [],
  says: (image, entries, policy) =>
    image.ref && unlisted.saysOf(`${placeName(image)} runs`, image.ref, entries, policy),
  saysOf(subject, ref, entries, { images }) {
    if (images.length === 0 || entries.length > 0) return undefined;
    const message = `${subject} ${ref.repository}, which matches no entry under images: of the policy`;
    return { facet: ref.repository, message };
  },
};
