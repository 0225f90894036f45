import { imageText } from '../../model/image-ref.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Policy } from '../../model/policy.ts';
import type { ImageResult } from '../../model/verdict.ts';
import { type ImagePlace, imagesIn } from '../../model/image-places.ts';

/** Each image once, in its normal form, with the apps that run it; one that cannot be read stands there as it is written. */
export function inventory(
  manifests: readonly Manifest[],
  { imageFields }: Pick<Policy, 'imageFields'>,
): readonly ImageResult[] {
  const places = manifests.flatMap((manifest) => imagesIn(manifest, imageFields));
  const byText = Map.groupBy(places, ({ ref, text }) => (ref === undefined ? text : imageText(ref)));
  return [...byText]
    .map(([ref, alike]) => result(ref, alike))
    .toSorted((a, b) => (a.ref < b.ref ? -1 : Number(a.ref > b.ref)));
}

function result(ref: string, places: readonly ImagePlace[]): ImageResult {
  const [parsed] = places.map((place) => place.ref);
  const apps = [...new Set(places.map(({ manifest }) => manifest.app))].toSorted();
  return {
    ref,
    digest: parsed?.digest ?? null,
    status: parsed === undefined ? 'errored' : 'not-required',
    signer: null,
    apps,
  };
}
