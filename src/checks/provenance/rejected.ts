import { imageText } from '../../model/image-ref.ts';
import type { ProvenanceRow } from './row.ts';
import { plain } from './text.ts';

/** One good signature beside it settles it: anybody may put something beside an image of theirs. */
export const rejected: ProvenanceRow = {
  id: 'provenance/rejected',
  alias: '',
  title: 'What lies beside an image proves something',
  severity: 'medium',
  enforcement: 'advice',
  why: 'Somebody has signed something else, or with a name that nobody vouches for; a reader who sees a signature is led astray.',
  fix: 'Sign the image anew; where its signer is one of your own, name the key or the root under images: and trust: in .presync.yaml.',
  references: [],
  says({ place, evidence }) {
    if (evidence.status !== 'read' || evidence.believed.length > 0) return [];
    const text = imageText(place.ref);
    return evidence.rejected.slice(0, 1).map((first) => {
      const more = evidence.rejected.length > 1 ? `, and ${evidence.rejected.length - 1} more like it` : '';
      const message = `${place.name} runs ${text}; ${plain(first.place)} proves nothing: ${plain(first.reason)}${more}`;
      return { facets: [evidence.digest, ...evidence.rejected.map(({ digest }) => digest)], message };
    });
  },
};
