import type { ImageRow } from './row.ts';
import { placeName } from '../../model/image-places.ts';

/** What cannot be read cannot be judged, and is never green. */
export const malformed: ImageRow = {
  id: 'images/malformed',
  alias: '',
  title: 'Every image can be read',
  severity: 'high',
  enforcement: 'required',
  why: 'A text that container runtimes refuse starts nothing, and nothing can be said of what it might become.',
  fix: 'Write registry/name:tag or registry/name@sha256:….',
  references: ['https://github.com/distribution/reference'],
  says(image, _entries, { images }) {
    const { ref, wrong, isFilledLater, text } = image;
    if (ref !== undefined) return undefined;
    if (!isFilledLater) return { facet: text, message: `${placeName(image)}: ${wrong}` };
    const message = `${placeName(image)} gets its image only in the cluster (${JSON.stringify(text.slice(0, 200))}); it cannot be judged here`;
    // With requirements on images, one that is not known meets none of them.
    return { facet: text, message, enforcement: images.length > 0 ? 'required' : 'advice' };
  },
};
