import { imageText } from '../../model/image-ref.ts';
import { type ImagePlace, pinnedText, placeName } from '../../model/image-places.ts';
import { valueAt } from '../../model/json.ts';
import type { EvidenceBook } from '../../model/provenance.ts';
import type { ImageRow, Said } from './row.ts';

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
  says(image, entries, _policy, book) {
    const { ref } = image;
    if (ref === undefined || ref.digest !== undefined) return undefined;
    const demands = entries.filter(({ require }) => require.digest);
    const demand = demands.find(({ mode }) => mode === 'block') ?? demands[0];
    const text = imageText(ref);
    const message = `${placeName(image)} runs ${text}, which is a tag and no digest`;
    const said = { facet: text, ...fixFor(image, book) };
    if (demand === undefined) return { ...said, message };
    const enforcement = demand.mode === 'block' ? 'required' : 'advice';
    return { ...said, message: `${message}; policy requires one for ${demand.match}`, enforcement };
  },
};

/** The image as it was judged, ready to be copied. */
function fixFor({ ref, text, manifest, pointer }: ImagePlace, book: EvidenceBook | undefined): Pick<Said, 'fix'> {
  const evidence = ref === undefined ? undefined : book?.of(ref);
  if (evidence?.status !== 'read') return {};
  const written = valueAt(manifest.object, pointer);
  if (typeof written === 'string' && !written.endsWith(text))
    return {
      fix: `Write the digest behind the tag, \`${pinnedText(written, evidence.digest)}\`: ${pointer} is a part of the image.`,
    };
  return { fix: `Write the digest behind the name: \`${pinnedText(text, evidence.digest)}\`.` };
}
