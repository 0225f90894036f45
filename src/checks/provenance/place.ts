import { destinationOf } from '../../model/app.ts';
import type { Artifact } from '../../model/artifact.ts';
import { type ImageRef, imageText } from '../../model/image-ref.ts';
import { imagesIn, type ImagePlace, placeName } from '../../model/image-places.ts';
import { identityKey, type ObjectId } from '../../model/manifest.ts';
import type { ImageFields } from '../../model/policy.ts';
import type { World } from '../../model/world.ts';

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
}

/** Each image of the side that can be read as one; what cannot is the finding images/malformed. */
export function placesOf(
  { side, apps, manifests }: World,
  { artifacts, imageFields }: { readonly artifacts: readonly Artifact[]; readonly imageFields: readonly ImageFields[] },
): readonly Place[] {
  const own = artifacts.filter((one) => one.side === side).map(artifactPlace);
  const destinations = new Map(apps.map((app) => [app.id, destinationOf(app)]));
  const running = manifests.flatMap((manifest) => {
    const namespace = manifest.id.namespace || (destinations.get(manifest.app) ?? '');
    return imagesIn(manifest, imageFields).flatMap((image) => imagePlace(image, namespace));
  });
  return [...running, ...own];
}

function imagePlace(image: ImagePlace, namespace: string): readonly Place[] {
  const { manifest, pointer, key, ref } = image;
  if (ref === undefined) return [];
  const { app, cluster, id } = manifest;
  return [{ app, cluster, object: id, namespace, pointer, key, name: placeName(image), ref }];
}

/** Its repository is its place: there is no other name for one of several. */
function artifactPlace({ app, cluster, content, ref }: Artifact): Place {
  const key = `${content} ${ref.repository}`;
  return { app, cluster, object: null, pointer: '', key, name: `the ${content}`, ref };
}

/** The same place on both sides. */
export function placeKey({ app, object, key }: Place): string {
  return [app, objectKey(object), key].join('\u0001');
}

function objectKey(object: ObjectId | null): string {
  return object === null ? '' : identityKey(object);
}

function inObject({ app, object }: Place): string {
  return [app, objectKey(object)].join('\u0001');
}

/** An image of the merge result, and what ran there before. */
export interface Succession {
  readonly place: Place;
  /** None: nothing ran there. */
  readonly before: readonly Place[];
  /** The base names the same image at the same place. */
  readonly isStanding: boolean;
}

/**
 * Who comes after whom. A new name must not shake off the past: what has no place in the base comes after what its app ran from its
 * repository, else after what is gone from the app and bore its key or the last part of its name. A new app comes after those that
 * are gone.
 */
export function successions(base: readonly Place[], merged: readonly Place[]): readonly Succession[] {
  const past = pastOf(base, merged);
  return merged.map((place) => {
    const same = past.byPlace.get(placeKey(place)) ?? [];
    const isStanding = same.some(({ ref }) => imageText(ref) === imageText(place.ref));
    return { place, before: isStanding ? [] : predecessors(place, same, past), isStanding };
  });
}

interface Past {
  readonly byPlace: ReadonlyMap<string, readonly Place[]>;
  readonly byObject: ReadonlyMap<string, readonly Place[]>;
  /** What an app has run, and what of it has no place any more. */
  readonly byApp: ReadonlyMap<string, { readonly all: readonly Place[]; readonly gone: readonly Place[] }>;
  /** Of apps that have nothing left. */
  readonly orphans: readonly Place[];
  /** Objects that hold images of the same repositories as before, each as often. */
  readonly reordered: ReadonlySet<string>;
}

function pastOf(base: readonly Place[], merged: readonly Place[]): Past {
  const [standing, apps] = [new Set(merged.map(placeKey)), new Set(merged.map(({ app }) => app))];
  const [byObject, now] = [Map.groupBy(base, inObject), Map.groupBy(merged, inObject)];
  const isGone = (place: Place) => !standing.has(placeKey(place));
  const byApp = [...Map.groupBy(base, ({ app }) => app)];
  return {
    byPlace: Map.groupBy(base, placeKey),
    byObject,
    byApp: new Map(byApp.map(([app, all]) => [app, { all, gone: all.filter(isGone) }])),
    orphans: base.filter(({ app }) => !apps.has(app)),
    reordered: new Set(
      [...byObject.keys()].filter((key) => repositories(byObject.get(key)) === repositories(now.get(key))),
    ),
  };
}

function repositories(places: readonly Place[] = []): string {
  return places
    .map(({ ref }) => ref.repository)
    .toSorted()
    .join(' ');
}

function predecessors(place: Place, same: readonly Place[], past: Past): readonly Place[] {
  const isOfRepository = (other: Place) => other.ref.repository === place.ref.repository;
  if (same.length > 0) {
    // Lists without names have places by number: where only the order is another, each follows itself.
    const isReordered = !same.some(isOfRepository) && past.reordered.has(inObject(place));
    return isReordered ? (past.byObject.get(inObject(place)) ?? []).filter(isOfRepository) : same;
  }
  const { all, gone } = past.byApp.get(place.app) ?? { all: past.orphans, gone: past.orphans };
  const known = all.filter(isOfRepository);
  return known.length > 0 ? known : likeIt(place, gone);
}

function likeIt({ key, name, object, ref }: Place, gone: readonly Place[]): readonly Place[] {
  // An app has one chart or artifact as a rule, and another one follows it whatever it is called.
  if (object === null) return gone.filter((other) => other.object === null && other.name === name);
  const sameKey = gone.filter((other) => other.object !== null && other.key === key);
  return sameKey.length > 0
    ? sameKey
    : gone.filter((other) => other.object !== null && lastPart(other.ref) === lastPart(ref));
}

function lastPart({ repository }: ImageRef): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}
