import { loadAll } from 'js-yaml';
import { isObject, type JsonObject, objectAt, pointer, textAt } from '../../../model/json.ts';
import { isKubernetesObject, type Manifest } from '../../../model/manifest.ts';

/** An object that lies as text in a ConfigMap or Secret, and where. */
export interface Carried {
  readonly object: JsonObject;
  readonly pointer: string;
}

/** All of them, or why they cannot be told; after "its". */
export type Content = { readonly carried: readonly Carried[] } | { readonly unread: string };

const SECRET_TYPE = 'addons.cluster.x-k8s.io/resource-set';

/** Manifests never change, and each is asked for on several worlds. */
const READ = new WeakMap<Manifest, Content>();

export function contentOf(map: Manifest): Content {
  const known = READ.get(map) ?? readContent(map);
  READ.set(map, known);
  return known;
}

function readContent({ id, object }: Manifest): Content {
  if (id.kind === 'ConfigMap') return fromTexts(Object.entries(objectAt(object, 'data')), 'data');
  // Another type is refused by the controller, so nothing of it is applied.
  if (textAt(object, 'type') !== SECRET_TYPE) return { carried: [] };
  const encoded = Object.entries(objectAt(object, 'data')).map(([key, value]) => [key, decoded(value)] as const);
  const [data, plain] = [
    fromTexts(encoded, 'data'),
    fromTexts(Object.entries(objectAt(object, 'stringData')), 'stringData'),
  ];
  if ('unread' in data) return data;
  return 'unread' in plain ? plain : { carried: [...data.carried, ...plain.carried] };
}

function decoded(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(value), (one) => one.charCodeAt(0)));
  } catch {
    // Not base64 or no text: encrypted in Git, most likely.
    return undefined;
  }
}

/** Every value is applied: https://github.com/kubernetes-sigs/cluster-api/blob/main/internal/controllers/clusterresourceset/clusterresourceset_scope.go */
function fromTexts(entries: readonly (readonly [key: string, text: unknown])[], field: string): Content {
  const carried: Carried[] = [];
  for (const [key, text] of entries) {
    const found = typeof text === 'string' ? documentsOf(text) : undefined;
    if (found === undefined) return { unread: 'content is no YAML that can be read' };
    carried.push(...found.map((object) => ({ object, pointer: pointer(field, key) })));
  }
  return { carried };
}

/** Written out, aliases of aliases have no end; no set that is in use has so many parts. */
const MAX_PARTS = 200_000;

function documentsOf(text: string): readonly JsonObject[] | undefined {
  const documents = parsed(text);
  if (documents === undefined || !isPlain(documents)) return undefined;
  return documents.flatMap((one) => itemsOf(one)).filter(isKubernetesObject);
}

function parsed(text: string): readonly unknown[] | undefined {
  try {
    return loadAll(text);
  } catch {
    return undefined;
  }
}

/** A list is applied item by item. */
function itemsOf(document: unknown): readonly unknown[] {
  if (!isObject(document) || !textAt(document, 'kind').endsWith('List')) return [document];
  const { items } = document;
  return Array.isArray(items) ? items : [];
}

function isPlain(documents: readonly unknown[]): boolean {
  const waiting: unknown[] = [...documents];
  let parts = 0;
  for (let next = waiting.pop(); waiting.length > 0 || next !== undefined; next = waiting.pop()) {
    parts += 1;
    if (parts + waiting.length > MAX_PARTS) return false;
    if (typeof next !== 'object' || next === null) continue;
    // A merge key: what it brings in is not read.
    if (Object.hasOwn(next, '<<')) return false;
    for (const below of Object.values(next)) waiting.push(below);
  }
  return true;
}
