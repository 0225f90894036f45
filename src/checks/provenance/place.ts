import { destinationOf } from '../../model/destination.ts';
import type { Artifact } from '../../model/artifact.ts';
import { type ImageRef, imageText } from '../../model/image-ref.ts';
import { imagesIn, type ImagePlace, placeName } from '../../model/image-places.ts';
import { identityKey, type Manifest, type ObjectId } from '../../model/manifest.ts';
import type { ImageFields } from '../../model/policy.ts';
import type { World } from '../../model/world.ts';
import { type Admitted, admittedOf } from './admitted.ts';

/** Where an image stands: in a container of an object, or, of charts and artifacts, in the source of an app. */
export interface Place {
  readonly app: string;
  readonly cluster: string;
  readonly object: ObjectId | null;
  /** Its own, else that which its app goes to; '' where nobody says, absent where it stands in none. */
  readonly namespace?: string | undefined;
  readonly pointer: string;
  /** Tells the places of an object apart, stable when lists are reordered. */
  readonly key: string;
  /** `container "web"`, `the chart`. */
  readonly name: string;
  readonly ref: ImageRef;
  /** As it is written. */
  readonly text: string;
  /** What the API server is asked to let in so that it runs; undefined where that is not known. */
  readonly admitted?: readonly Admitted[] | undefined;
}

/** Each image of the side that can be read as one; what cannot is the finding images/malformed. */
export function placesOf(
  { side, apps, manifests }: World,
  { artifacts, imageFields }: { readonly artifacts: readonly Artifact[]; readonly imageFields: readonly ImageFields[] },
): readonly Place[] {
  const own = artifacts.filter((one) => one.side === side).map(artifactPlace);
  const namespaceOf = namespaceIn({ apps });
  const running = manifests.flatMap((manifest) => {
    const around = { namespace: namespaceOf(manifest), admitted: admittedOf(manifest) };
    return imagesIn(manifest, imageFields).flatMap((image) => imagePlace(image, around));
  });
  return [...running, ...own];
}

/** Where an object goes: its own namespace, else that of its app; '' where nobody says. */
export function namespaceIn({ apps }: Pick<World, 'apps'>): (manifest: Manifest) => string {
  const destinations = new Map(apps.map((app) => [app.id, destinationOf(app)]));
  return ({ id, app }) => id.namespace || (destinations.get(app) ?? '');
}

function imagePlace(image: ImagePlace, around: Pick<Place, 'namespace' | 'admitted'>): readonly Place[] {
  const { manifest, pointer, key, ref, text } = image;
  if (ref === undefined) return [];
  const { app, cluster, id } = manifest;
  return [{ app, cluster, object: id, ...around, pointer, key, name: placeName(image), ref, text }];
}

/** Its repository is its place: there is no other name for one of several. */
function artifactPlace({ app, cluster, content, ref }: Artifact): Place {
  const key = `${content} ${ref.repository}`;
  return { app, cluster, object: null, pointer: '', key, name: `the ${content}`, ref, text: imageText(ref) };
}

/** The same place on both sides. */
export function placeKey({ app, object, key }: Place): string {
  return [app, objectKey(object), key].join('\u0001');
}

function objectKey(object: ObjectId | null): string {
  return object === null ? '' : identityKey(object);
}

/** The object that it stands in. */
export function inObject({ app, object }: Place): string {
  return [app, objectKey(object)].join('\u0001');
}
