import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../model/json.ts';
import type { Descriptor } from '../../ports/image-registry.ts';
import { isDigest } from './digest.ts';

/** The path of the first part that is not as it must be, from where it is looked for; undefined where all is. */
type Shape = (value: JsonValue | undefined, path: string) => string | undefined;

const MAX_PARTS = 1000;

/**
 * Where a document is not what the specification has there: the path of the first such place, undefined where there is none.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md, image-index.md and descriptor.md. By hand: a run that asks
 * for one image would spend longer on loading a library of schemas than on the image.
 */
export function faultIn(document: JsonObject, kind: 'manifest' | 'index'): string | undefined {
  return (kind === 'index' ? INDEX : MANIFEST)(document, '');
}

/** Of a value in which no fault was found; what the specification does not know is left out, so that nothing reads it. */
export function readDescriptor(value: JsonValue | undefined): Descriptor {
  const { artifactType, annotations, platform, size } = isObject(value) ? value : {};
  return Object.freeze({
    mediaType: textAt(value, 'mediaType'),
    digest: textAt(value, 'digest'),
    size: Number(size),
    ...(artifactType === undefined ? {} : { artifactType: textAt(value, 'artifactType') }),
    ...(annotations === undefined ? {} : { annotations: readTexts(annotations) }),
    ...(platform === undefined ? {} : { platform: readPlatform(objectAt(value, 'platform')) }),
  });
}

export function readDescriptors(value: JsonValue | undefined): readonly Descriptor[] {
  return listAt({ value: value ?? [] }, 'value').map(readDescriptor);
}

/** The texts of an object by their keys; none where there is no object. */
export function readTexts(value: JsonValue | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entriesOf(isObject(value) ? value : {}).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

function readPlatform(platform: JsonObject): NonNullable<Descriptor['platform']> {
  return {
    os: textAt(platform, 'os'),
    architecture: textAt(platform, 'architecture'),
    ...(platform['variant'] === undefined ? {} : { variant: textAt(platform, 'variant') }),
  };
}

const TEXT = made((value) => typeof value === 'string');
const TEXTS = eachValue(TEXT);
const DESCRIPTOR = fields({
  mediaType: made((value) => typeof value === 'string' && value !== ''),
  digest: made((value) => typeof value === 'string' && isDigest(value)),
  size: made((value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0),
  artifactType: optional(TEXT),
  annotations: optional(TEXTS),
  platform: optional(fields({ os: TEXT, architecture: TEXT, variant: optional(TEXT) })),
});
const COMMON = {
  schemaVersion: made((value) => value === 2),
  mediaType: optional(TEXT),
  artifactType: optional(TEXT),
  subject: optional(DESCRIPTOR),
  annotations: optional(TEXTS),
};
const MANIFEST = fields({ ...COMMON, config: DESCRIPTOR, layers: listOf(DESCRIPTOR) });
const INDEX = fields({ ...COMMON, manifests: listOf(DESCRIPTOR) });

function made(isRight: (value: JsonValue | undefined) => boolean): Shape {
  return (value, path) => (isRight(value) ? undefined : path);
}

function optional(shape: Shape): Shape {
  return (value, path) => (value === undefined ? undefined : shape(value, path));
}

function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const known = Object.entries(shapes);
  return (value, path) =>
    isObject(value) ? firstFault(known, ([key, shape]) => shape(value[key], below(path, key))) : path;
}

function eachValue(shape: Shape): Shape {
  return (value, path) =>
    isObject(value) ? firstFault(entriesOf(value), ([key, one]) => shape(one, below(path, key))) : path;
}

/** No key that would become the prototype of what it is copied into. */
function entriesOf(value: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(value).filter(([key]) => key !== '__proto__');
}

function listOf(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return path;
    const items = listAt({ value }, 'value');
    const fault = firstFault([...items.entries()], ([index, one]) => shape(one, below(path, String(index))));
    return fault ?? (items.length > MAX_PARTS ? path : undefined);
  };
}

function firstFault<Item>(items: readonly Item[], fault: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
