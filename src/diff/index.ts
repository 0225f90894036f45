import { isObject, type JsonObject, type JsonValue, pointer, valueAt } from '../model/json.ts';
import { maskObject } from '../model/mask.ts';
import { MASK, maskText } from '../model/secret-text.ts';
import type { Difference } from '../model/verdict.ts';
import { matchItems } from './match.ts';
import { isMetadataMap, isNoise, isVolatile } from './noise.ts';

/** Where a value stands: its tokens on each side, which part ways inside lists, and the words for a reader. */
interface Place {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly path: string;
}

/** What differs, before anything is masked. `order` stands in place of values that are equal but for their order. */
interface Raw {
  readonly place: Place;
  readonly has: { readonly before: boolean; readonly after: boolean };
  readonly order?: { readonly before: readonly string[]; readonly after: readonly string[] };
}

const ROOT: Place = { before: [], after: [], path: '' };

/**
 * What differs between two objects, deepest differing values first to last by path. List items are matched by what they are
 * (name, port, mount path, words of a rule), so that reordering is no difference unless order has a meaning. The objects are
 * compared as they are and shown masked: a Secret value that changed is `"********"` on both sides.
 * Noise, and what lies below a `volatile` pointer of either side, is marked, never left out.
 */
export function differences(
  before: JsonObject,
  after: JsonObject,
  { volatile = [] }: { readonly volatile?: readonly string[] } = {},
): readonly Difference[] {
  const found = [...compare(before, after, ROOT)];
  if (found.length === 0) return [];
  const [maskedBefore, maskedAfter] = [maskObject(before), maskObject(after)];
  return found
    .map((raw) => toDifference(raw, { before: maskedBefore, after: maskedAfter, volatile }))
    .toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
}

function* compare(before: JsonValue, after: JsonValue, place: Place): Generator<Raw> {
  if (Array.isArray(before) && Array.isArray(after)) yield* compareLists(before, after, place);
  else if (isObject(before) && isObject(after)) yield* compareMembers(before, after, place);
  else if (before !== after) yield { place, has: { before: true, after: true } };
}

function* compareMembers(before: JsonObject, after: JsonObject, place: Place): Generator<Raw> {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  for (const key of keys) {
    const inside: Place = {
      before: [...place.before, key],
      after: [...place.after, key],
      path: memberPath(place.path, key),
    };
    yield* compareOptional(ownValue(before, key), ownValue(after, key), inside);
  }
}

function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function* compareOptional(before: JsonValue | undefined, after: JsonValue | undefined, place: Place): Generator<Raw> {
  const lone = before === undefined ? after : before;
  if (before !== undefined && after !== undefined) yield* compare(before, after, place);
  else if (isMetadataMap(place.after) && isObject(lone) && Object.keys(lone).length > 0) {
    yield* compareMembers(isObject(before) ? before : {}, isObject(after) ? after : {}, place);
  } else if (lone !== undefined) yield { place, has: { before: before !== undefined, after: after !== undefined } };
}

function* compareLists(before: readonly JsonValue[], after: readonly JsonValue[], place: Place): Generator<Raw> {
  const { pairs, order } = matchItems(place.after, before, after);
  for (const pair of pairs) {
    const inside: Place = {
      before: [...place.before, String(pair.before ?? pair.after)],
      after: [...place.after, String(pair.after ?? pair.before)],
      path: `${place.path}[${pair.label}]`,
    };
    const [ours, theirs] = [itemAt(before, pair.before), itemAt(after, pair.after)];
    yield* compareOptional(ours, theirs, inside);
  }
  if (order !== undefined)
    yield { place: { ...place, path: `${place.path} (order)` }, has: { before: true, after: true }, order };
}

function itemAt(list: readonly JsonValue[], index: number | undefined): JsonValue | undefined {
  return index === undefined ? undefined : list[index];
}

/** `spec.template`, and `metadata.annotations["checksum/config"]` where a key is no plain word. */
function memberPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

interface Shown {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly volatile: readonly string[];
}

function toDifference({ place, has, order }: Raw, shown: Shown): Difference {
  const sides = [
    { name: 'before', path: pointer(...place.before), object: shown.before, names: order?.before },
    { name: 'after', path: pointer(...place.after), object: shown.after, names: order?.after },
  ].filter(({ name }) => (name === 'before' ? has.before : has.after));
  const values = sides.map(({ path, object, names }) => names?.map(maskText) ?? valueAt(object, path));
  // What one side hides the other must not show: a file that was encrypted and no longer is.
  const isHidden = values.includes(MASK);
  return {
    pointer: sides.at(-1)?.path ?? '',
    path: maskText(place.path),
    ...Object.fromEntries(sides.map(({ name }, index) => [name, isHidden ? MASK : values[index]])),
    noise: isNoise(place.after) || sides.some(({ path }) => isVolatile(path, shown.volatile)),
  };
}
