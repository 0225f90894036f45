import type { SourceRow } from './row.ts';
import { placeName } from '../../model/image-places.ts';

/** The registry is parsed and compared on its own, whole: no pattern over the text can be satisfied by another host (P-A8). */
export const registry: SourceRow = {
  id: 'images/registry',
  alias: '',
  title: 'Images come from the registries that policy names',
  severity: 'high',
  enforcement: 'required',
  why: 'Who controls the registry controls what runs.',
  fix: 'Use an image from an allowed registry, or mirror this one there.',
  references: [],
  says: (image, entries, policy) =>
    image.ref && registry.saysOf(`${placeName(image)} runs`, image.ref, entries, policy),
  saysOf(subject, ref, entries) {
    const all = entries.filter(({ require }) => require.registries?.includes(ref.registry) === false);
    const broken = all.find(({ mode }) => mode === 'block') ?? all[0];
    if (broken === undefined) return undefined;
    const allowed = broken.require.registries?.join(', ') ?? '';
    const message = `${subject} ${ref.repository} from ${ref.registry}; policy allows ${allowed} for ${broken.match}`;
    return { facet: ref.repository, message, enforcement: broken.mode === 'block' ? 'required' : 'advice' };
  },
};
