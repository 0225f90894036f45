import { imageText } from '../../model/image-ref.ts';
import type { ImageRow } from './row.ts';
import { placeName } from '../../model/image-places.ts';

export const latest: ImageRow = {
  id: 'images/latest',
  alias: '',
  title: 'No image is whatever is newest',
  severity: 'medium',
  enforcement: 'advice',
  why: 'Each node may run another build, a restart may bring a new one, and a rollback brings none back.',
  fix: 'Name a version, best with its digest.',
  references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  says(image) {
    const { ref } = image;
    if (ref === undefined || ref.digest !== undefined || (ref.tag ?? 'latest') !== 'latest') return undefined;
    const how = ref.tag === undefined ? 'without a tag, which means latest' : 'by the tag latest';
    return { facet: imageText(ref), message: `${placeName(image)} runs ${ref.repository} ${how}` };
  },
};
