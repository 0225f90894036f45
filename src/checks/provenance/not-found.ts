import { imageText } from '../../model/image-ref.ts';
import type { ProvenanceRow } from './row.ts';

export const notFound: ProvenanceRow = {
  id: 'provenance/not-found',
  alias: '',
  title: 'Every image is there',
  severity: 'high',
  enforcement: 'required',
  why: 'Nodes that do not have it already cannot start it: the pod waits in ImagePullBackOff.',
  fix: 'Correct the name, or push the image before this is merged.',
  references: ['https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff'],
  says({ place, evidence }) {
    if (evidence.status !== 'not-found') return [];
    const text = imageText(place.ref);
    return [
      { facets: [text], message: `${place.name} runs ${text}, which its registry does not have: ${evidence.reason}` },
    ];
  },
};
