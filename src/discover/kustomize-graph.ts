import { load } from 'js-yaml';
import { isObject, type JsonObject, textAt, textsAt } from '../model/json.ts';
import { folderOf, normalPath } from '../model/path.ts';
import type { Memo } from '../ports/memo.ts';
import { isKustomization, isManifestName, kustomizationIn, type Listing } from './listing.ts';

/** Which kustomization names which files and folders. An edge too many costs a render; closures decide what was really read. */
export interface KustomizeGraph {
  /** Folders that hold a kustomization, sorted. */
  readonly folders: readonly string[];
  /** Those of kind Component, which no controller builds alone. */
  readonly components: ReadonlySet<string>;
  /** Folder -> folders of the kustomizations that name it or, for a file, name the file. */
  readonly namedBy: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Files that a kustomization names where it names objects; the rest of what it names is data to it. */
  readonly carried: ReadonlySet<string>;
}

/** Fields whose files become objects of the build, or part of one. */
const CARRYING = ['resources', 'bases', 'components', 'patches', 'patchesStrategicMerge', 'patchesJson6902'];

/** Fields whose files are themselves configuration that names more files. */
const CONFIGURING = ['generators', 'transformers', 'validators'];

/** Every text that may be a path: `name=path` of generators counts by its right side too. */
function pathsIn(value: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof value === 'string') return value.includes('=') ? [value, value.slice(value.indexOf('=') + 1)] : [value];
  // An alias is the same object again: written out, nine levels of nine aliases are 400 million texts (A10).
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value).flatMap((below: unknown) => pathsIn(below, seen));
}

/** What a file says of other files, wherever it lies; texts that can be no relative path are left out. */
interface Named extends JsonObject {
  readonly isComponent: boolean;
  readonly all: readonly string[];
  readonly carrying: readonly string[];
  readonly configuring: readonly string[];
}

const NOTHING: Named = { isComponent: false, all: [], carrying: [], configuring: [] };

function mayBePath(text: string): boolean {
  return text !== '' && !text.includes('\n') && !text.startsWith('/');
}

function namedIn(bytes: Uint8Array): Named {
  const content = parsed(bytes);
  const paths = (value: unknown) => [...new Set(pathsIn(value).filter(mayBePath))];
  if (!isObject(content)) return NOTHING;
  return {
    isComponent: textAt(content, 'kind') === 'Component',
    all: paths(content),
    carrying: [...new Set(CARRYING.flatMap((field) => paths(content[field])))],
    configuring: CONFIGURING.flatMap((field) => textsAt(content, field)).filter(mayBePath),
  };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return load(Buffer.from(bytes).toString('utf8'), { maxAliases: 1000 });
  } catch {
    // Broken files name nothing here; the render of their root says what is broken.
    return undefined;
  }
}

async function namedBy(path: string | undefined, { tree, files }: Listing, memo: Memo): Promise<Named> {
  const entry = files.get(path ?? '');
  if (entry === undefined) return NOTHING;
  try {
    return await memo.about(entry.oid, 'named/1', async () => namedIn(await tree.read(entry.oid)));
  } catch {
    // As with broken files: whoever renders it says why it cannot be read.
    return NOTHING;
  }
}

/** A named path to the node it means: the folder of a kustomization, or a file. */
function nodeOf(folder: string, text: string, listing: Listing): string | undefined {
  const path = normalPath(`${folder}/${text}`);
  if (path === undefined || path === folder) return undefined;
  return listing.files.has(path) || listing.folders.has(path) ? path : undefined;
}

function nodesOf(folder: string, texts: readonly string[], listing: Listing): readonly string[] {
  return texts.flatMap((text) => nodeOf(folder, text, listing) ?? []);
}

async function namesOf(folder: string, named: Named, listing: Listing, memo: Memo): Promise<readonly string[]> {
  const configs = nodesOf(folder, named.configuring, listing).filter(isManifestName);
  const indirect = await Promise.all(configs.map((path) => namedBy(path, listing, memo)));
  return [...new Set([named, ...indirect].flatMap(({ all }) => nodesOf(folder, all, listing)))];
}

export async function kustomizeGraph(listing: Listing, memo: Memo): Promise<KustomizeGraph> {
  const folders = [...new Set([...listing.files.keys()].filter(isKustomization).map(folderOf))].toSorted();
  const said = await Promise.all(folders.map((folder) => namedBy(kustomizationIn(folder, listing), listing, memo)));
  const names = new Map<string, readonly string[]>();
  const components = new Set<string>();
  const above = new Map<string, string[]>();
  const carried = new Set<string>();
  for (const [index, folder] of folders.entries()) {
    const named = said[index] ?? NOTHING;
    if (named.isComponent) components.add(folder);
    const nodes = await namesOf(folder, named, listing, memo);
    names.set(folder, nodes);
    for (const node of nodesOf(folder, named.carrying, listing)) carried.add(node);
    for (const node of nodes) above.set(node, [...(above.get(node) ?? []), folder]);
  }
  return { folders, components, namedBy: above, names, carried };
}

/** The topmost kustomizations from which `path` (a file, or a kustomization's folder) can be reached. */
export function topsReaching(path: string, graph: KustomizeGraph): readonly string[] {
  const seen = new Set<string>();
  const tops = new Set<string>();
  const queue = isKustomization(path) ? [folderOf(path)] : [...(graph.namedBy.get(path) ?? [])];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const above = graph.namedBy.get(node) ?? [];
    if (above.length === 0 && !graph.components.has(node)) tops.add(node);
    queue.push(...above);
  }
  // A ring names itself and has no top: each member stands for it.
  const ring = tops.size === 0 ? [...seen].filter((node) => !graph.components.has(node)) : [];
  return [...tops, ...ring].toSorted();
}
