import { imageText, type ImageRef, repositoryName } from '../../model/image-ref.ts';
import { inObject, type Place, placeKey } from './place.ts';

/** An image of the merge result, and what ran there before. */
export interface Succession {
  readonly place: Place;
  /** Lines that it continues: a loss in any of them is one. None: nothing ran there. */
  readonly before: readonly Line[];
  /** What the base runs of its repository elsewhere, where none of the lines holds any: in its cluster, else in any. */
  readonly elsewhere: Line;
  /** The base names the same image at the same place. */
  readonly isStanding: boolean;
}

export type Line = readonly Place[];

/**
 * Who comes after whom. A new name must not shake off the past: what has no place in the base comes after what is gone from its app
 * and was of its repository, else bore its key, ran in its object where it is the only image, or had the last part of its name. A
 * new app comes after those that are gone. And whoever takes the place of another repository also comes after what its app ran from
 * its own: an image that nobody signed is not let in through the place of one that never was. Nor is it through a new app: where
 * its app knows nothing of its repository, the image comes after what the base runs of that in `others`.
 */
export function successions(
  base: readonly Place[],
  merged: readonly Place[],
  others: readonly Place[],
): readonly Succession[] {
  const past = pastOf(base, merged);
  const byRepository = Map.groupBy([...base, ...others], ({ ref }) => repositoryName(ref));
  return merged.map((place) => {
    const same = past.byPlace.get(placeKey(place)) ?? [];
    const isStanding = same.some(({ ref }) => imageText(ref) === imageText(place.ref));
    const before = isStanding ? [] : linesOf(place, same, past);
    const isKnown = isStanding || before.flat().some((one) => isOfRepository(one, place));
    const elsewhere = isKnown ? [] : nearest(place, byRepository.get(repositoryName(place.ref)) ?? []);
    return { place, before, elsewhere, isStanding };
  });
}

/** A repository of a thousand tags is not read through: fewer images before ask for no less of the new one. */
const MAX_ELSEWHERE = 20;

/** Each image once; what runs beside it says more than what runs in another cluster. */
function nearest({ cluster }: Place, all: readonly Place[]): Line {
  const here = all.filter((one) => one.cluster === cluster);
  const chosen = here.length > 0 ? here : all;
  const byImage = new Map(chosen.map((one) => [one.ref.digest ?? imageText(one.ref), one]));
  return [...byImage.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_ELSEWHERE)
    .map(([, one]) => one);
}

interface Past {
  readonly byPlace: ReadonlyMap<string, readonly Place[]>;
  readonly byObject: ReadonlyMap<string, readonly Place[]>;
  /** The same of the merge result. */
  readonly now: ReadonlyMap<string, readonly Place[]>;
  /** What an app has run, and what of it has no place any more. */
  readonly byApp: ReadonlyMap<string, { readonly all: readonly Place[]; readonly gone: readonly Place[] }>;
  /** Of apps that have nothing left. */
  readonly orphans: readonly Place[];
}

function pastOf(base: readonly Place[], merged: readonly Place[]): Past {
  const [standing, apps] = [new Set(merged.map(placeKey)), new Set(merged.map(({ app }) => app))];
  const isGone = (place: Place) => !standing.has(placeKey(place));
  const byApp = [...Map.groupBy(base, ({ app }) => app)];
  return {
    byPlace: Map.groupBy(base, placeKey),
    byObject: Map.groupBy(base, inObject),
    now: Map.groupBy(merged, inObject),
    byApp: new Map(byApp.map(([app, all]) => [app, { all, gone: all.filter(isGone) }])),
    orphans: base.filter(({ app }) => !apps.has(app)),
  };
}

function linesOf(place: Place, same: readonly Place[], past: Past): readonly Line[] {
  const { all, gone } = past.byApp.get(place.app) ?? { all: past.orphans, gone: past.orphans };
  const first = same.length > 0 ? inPlace(place, same, past) : heirOf(place, gone, past);
  const own = first.some((one) => isOfRepository(one, place)) ? [] : all.filter((one) => isOfRepository(one, place));
  return [first, own].filter((line) => line.length > 0);
}

function isOfRepository(one: Place, { ref }: Place): boolean {
  return repositoryName(one.ref) === repositoryName(ref);
}

/** Lists without names have places by number: where only the order is another, each follows itself. */
function inPlace(place: Place, same: readonly Place[], { byObject, now }: Past): Line {
  const isByNumber = place.key === place.pointer && /\/\d+(?:\/|$)/.test(place.key);
  if (!isByNumber || same.some((one) => isOfRepository(one, place))) return same;
  const [before, after] = [byObject, now].map((side) => side.get(inObject(place)) ?? []);
  const isReordered = repositories(before) === repositories(after);
  return isReordered ? (before ?? []).filter((one) => isOfRepository(one, place)) : same;
}

function repositories(places: readonly Place[] = []): string {
  return places
    .map(({ ref }) => repositoryName(ref))
    .toSorted()
    .join(' ');
}

function heirOf(place: Place, gone: readonly Place[], past: Past): Line {
  // An app has one chart or artifact as a rule, and another one follows it whatever it is called.
  if (place.object === null) return gone.filter((one) => one.object === null && one.name === place.name);
  const running = gone.filter(({ object }) => object !== null);
  const ofRepository = running.filter((one) => isOfRepository(one, place));
  const [before, now] = [past.byObject, past.now].map((side) => side.get(inObject(place)) ?? []);
  const isAlone = now?.length === 1;
  const choices = [
    ofRepository.filter(({ key }) => key === place.key),
    ofRepository,
    running.filter(({ key }) => key === place.key),
    isAlone ? (before ?? []) : [],
    running.filter(({ ref }) => lastPart(ref) === lastPart(place.ref)),
  ];
  return choices.find((line) => line.length > 0) ?? [];
}

function lastPart({ repository }: ImageRef): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}
