import { type ImageRef, parseImageRef } from './image-ref.ts';
import { isKubernetesObject, type Manifest, groupOf } from './manifest.ts';
import { isObject, type JsonObject, type JsonValue, listAt, objectAt, pointer, textAt } from './json.ts';
import { sentenceOf } from './error.ts';
import { customFields, type Tokens } from './image-fields.ts';
import type { ImageFields } from './policy.ts';

/** One place of an object that names an image. */
export interface ImagePlace {
  readonly manifest: Manifest;
  readonly text: string;
  readonly pointer: string;
  /** The pointer with names in place of indexes: it stays the same when lists are reordered. */
  readonly key: string;
  readonly ref: ImageRef | undefined;
  /** Why `ref` is none. */
  readonly wrong: string;
  /** Is it left to a controller to put the image in: a parameter, a blank? */
  readonly isFilledLater: boolean;
}

/** Groups whose objects the API server itself understands; elsewhere a text may be a template of the controller's own. */
const BUILT_IN = new Set(['', 'apps', 'batch', 'extensions']);
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'];
/** Annotations from which an injector takes the image of the container that it adds: of Istio, Vault and Dapr. */
const INJECTED_IMAGES = ['sidecar.istio.io/proxyImage', 'vault.hashicorp.com/agent-image', 'dapr.io/sidecar-image'];
const TEMPLATE = /\{\{|\$\(|\$\{/;

/**
 * Every image of a manifest (P-G2): containers, init and ephemeral containers and image volumes of whatever looks like a pod spec,
 * at any depth and in any kind, also in objects inside objects; the annotations that injectors obey; the fields that known custom
 * resources have for it, and `more` (imageFields of the policy).
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export function imagesIn(manifest: Manifest, more: readonly ImageFields[]): readonly ImagePlace[] {
  const found = new Map<string, { readonly tokens: Tokens; readonly text: string; readonly left: string }>();
  const note: Note = (tokens, value, left = '') => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const isObjectElsewhere = typeof value === 'object' && !BUILT_IN.has(groupOf(manifest.id.apiVersion));
    if (value !== null && !isObjectElsewhere) found.set(pointer(...tokens), { tokens, text, left });
  };
  collect(manifest.object, [], { owner: manifest.object, note, more });
  return [...found].map(([place, { tokens, text, left }]) => ({
    manifest,
    text,
    pointer: place,
    key: stableKey(manifest.object, tokens),
    ...(left === '' ? read(text, manifest) : { ref: undefined, wrong: left, isFilledLater: true }),
  }));
}

/** `left` says who puts the image there, or a part of it. */
type Note = (tokens: Tokens, value: JsonValue, left?: string) => void;

const INJECTED = '"auto" stands for the proxy that Istio puts there';

/** https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#customizing-injection: the charts of its gateways write it. */
function isOfIstio(container: JsonObject): boolean {
  return container['name'] === 'istio-proxy' && container['image'] === 'auto';
}

/** `owner` is the nearest Kubernetes object around the value. */
interface Walk {
  readonly owner: JsonObject;
  readonly note: Note;
  readonly more: readonly ImageFields[];
}

function collect(value: JsonValue, tokens: Tokens, around: Walk): void {
  const { owner, note, more } = around;
  if (Array.isArray(value)) {
    (value as readonly JsonValue[]).forEach((item, index) => collect(item, [...tokens, index], around));
  }
  if (!isObject(value)) return;
  const isOwner = isKubernetesObject(value);
  if (isOwner)
    for (const field of customFields(value, more)) note([...tokens, ...field.tokens], field.value, field.left);
  notePodSpec(value, tokens, note);
  noteAnnotations(value, tokens, note);
  const walk: Walk = { owner: isOwner ? value : owner, note, more };
  for (const [key, child] of Object.entries(value)) {
    const isCollection = typeof child === 'object' && child !== null;
    if (isCollection && !isChartValues(key, tokens, walk)) collect(child, [...tokens, key], walk);
  }
}

function notePodSpec(value: JsonObject, tokens: Tokens, note: Note): void {
  for (const list of CONTAINER_LISTS) {
    listAt(value, list).forEach((container, index) => {
      if (!isObject(container) || container['image'] === undefined) return;
      note([...tokens, list, index, 'image'], container['image'], isOfIstio(container) ? INJECTED : '');
    });
  }
  listAt(value, 'volumes').forEach((volume, index) => {
    const image = isObject(volume) ? volume['image'] : undefined;
    const reference = isObject(image) ? image['reference'] : undefined;
    if (reference !== undefined) note([...tokens, 'volumes', index, 'image', 'reference'], reference);
  });
}

function noteAnnotations(value: JsonObject, tokens: Tokens, note: Note): void {
  const annotations = objectAt(value, 'annotations');
  for (const name of INJECTED_IMAGES) {
    const image = annotations[name];
    if (image !== undefined) note([...tokens, 'annotations', name], image);
  }
}

/** Values of a chart are no pod specs: what the chart makes of them is rendered and judged as an app of its own. */
function isChartValues(key: string, tokens: Tokens, { owner }: Walk): boolean {
  const group = groupOf(textAt(owner, 'apiVersion'));
  if (group === 'helm.toolkit.fluxcd.io') return key === 'values' && tokens.at(-1) === 'spec';
  return group === 'argoproj.io' && key === 'valuesObject' && tokens.at(-1) === 'helm';
}

function stableKey(object: JsonObject, tokens: Tokens): string {
  const [, ...names] = tokens.reduce<readonly [JsonValue | undefined, ...(string | number)[]]>(
    ([here, ...path], token) => {
      if (typeof token === 'string') return [isObject(here) ? here[token] : undefined, ...path, token];
      const item = Array.isArray(here) ? (here as readonly JsonValue[])[token] : undefined;
      return [item, ...path, textAt(item, 'name') || token];
    },
    [object],
  );
  return pointer(...names);
}

function read(text: string, { id }: Manifest): Pick<ImagePlace, 'ref' | 'wrong' | 'isFilledLater'> {
  const isTemplate = !BUILT_IN.has(groupOf(id.apiVersion)) && TEMPLATE.test(text);
  const isFilledLater = isTemplate || text.trim() === '';
  try {
    return { ref: parseImageRef(text), wrong: '', isFilledLater: false };
  } catch (error) {
    return { ref: undefined, wrong: sentenceOf(error), isFilledLater };
  }
}

/** The same image by its digest; the tag stays, for those who read it. */
export function pinnedText(text: string, digest: string): string {
  return `${text}@${digest}`;
}

/** `container "web"`, or where else the image stands. */
export function placeName(place: Pick<ImagePlace, 'key' | 'pointer'>): string {
  const [, list, name] =
    /.*\/(initContainers|containers|ephemeralContainers|volumes|steps|sidecars)\/([^/]+)\//.exec(place.key) ?? [];
  if (list === undefined || name === undefined) return place.pointer;
  return `${list
    .replace(/([A-Z])/g, ' $1')
    .replace(/s$/, '')
    .toLowerCase()} ${JSON.stringify(name)}`;
}
