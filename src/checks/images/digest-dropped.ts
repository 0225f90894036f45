import { imageText } from '../../model/image-ref.ts';
import { identityKey } from '../../model/manifest.ts';
import type { Rule } from '../check.ts';
import { type ImagePlace, placeName } from '../../model/image-places.ts';
import type { Said } from './row.ts';

/** A regression of trust (DESIGN 8): blocks without any policy. */
export const digestDropped: Omit<Rule, 'hits'> = {
  id: 'images/digest-dropped',
  alias: '',
  title: 'A digest is not turned into a tag',
  severity: 'critical',
  enforcement: 'required',
  why: 'Before, the bytes that run were part of the review; now whoever may push the tag decides them.',
  fix: 'Keep a digest: registry/name:tag@sha256:….',
  references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
};

/** The images of the merge result that were named by digest in the base, at the same place, or in the same app before a rename. */
export function droppedDigests(
  base: readonly ImagePlace[],
  merged: readonly ImagePlace[],
): readonly { readonly image: ImagePlace; readonly said: Said }[] {
  const byPlace = Map.groupBy(base, samePlace);
  const byRepository = Map.groupBy(base, sameRepository);
  return merged.flatMap((image) => {
    if (image.ref === undefined || image.ref.digest !== undefined) return [];
    const before = byPlace.get(samePlace(image)) ?? byRepository.get(sameRepository(image)) ?? [];
    const [pinned] = before;
    if (pinned?.ref === undefined || !before.every(({ ref }) => ref?.digest !== undefined)) return [];
    const text = imageText(image.ref);
    const message = `${placeName(image)} was named by digest (${imageText(pinned.ref)}) and is named by tag now: ${text}`;
    return [{ image, said: { facet: text, message } }];
  });
}

function samePlace({ manifest, key }: ImagePlace): string {
  return [manifest.app, identityKey(manifest.id), key].join('\u0001');
}

function sameRepository({ manifest, ref }: ImagePlace): string {
  return [manifest.app, ref?.repository ?? ''].join('\u0001');
}
