import { load } from 'js-yaml';
import { isObject, textAt, textsAt } from '../model/json.ts';
import { folderOf, normalPath } from '../model/path.ts';
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

async function parsed(path: string, { tree, files }: Listing): Promise<unknown> {
  const entry = files.get(path);
  if (entry === undefined) return undefined;
  try {
    return load(Buffer.from(await tree.read(entry.oid)).toString('utf8'), { maxAliases: 1000 });
  } catch {
    // Broken files name nothing here; the render of their root says what is broken.
    return undefined;
  }
}

/** A named path to the node it means: the folder of a kustomization, or a file. */
function nodeOf(folder: string, text: string, listing: Listing): string | undefined {
  if (text === '' || text.includes('\n') || text.startsWith('/')) return undefined;
  const path = normalPath(`${folder}/${text}`);
  if (path === undefined || path === folder) return undefined;
  return listing.files.has(path) || listing.folders.has(path) ? path : undefined;
}

async function namesOf(folder: string, content: unknown, listing: Listing): Promise<readonly string[]> {
  if (!isObject(content)) return [];
  const resolve = (value: unknown) =>
    pathsIn(value)
      .map((text) => nodeOf(folder, text, listing))
      .filter((node) => node !== undefined);
  const configs = CONFIGURING.flatMap((field) => textsAt(content, field))
    .map((text) => nodeOf(folder, text, listing))
    .filter((node) => node !== undefined && isManifestName(node));
  const indirect = await Promise.all(configs.map(async (path) => resolve(await parsed(path ?? '', listing))));
  return [...new Set([...resolve(content), ...indirect.flat()])].filter((node) => node !== folder);
}

function carriedBy(folder: string, content: unknown, listing: Listing): readonly string[] {
  if (!isObject(content)) return [];
  return CARRYING.flatMap((field) => pathsIn(content[field])).flatMap((text) => nodeOf(folder, text, listing) ?? []);
}

function isComponent(content: unknown): boolean {
  return isObject(content) && textAt(content, 'kind') === 'Component';
}

export async function kustomizeGraph(listing: Listing): Promise<KustomizeGraph> {
  const folders = [...new Set([...listing.files.keys()].filter(isKustomization).map(folderOf))].toSorted();
  const names = new Map<string, readonly string[]>();
  const components = new Set<string>();
  const namedBy = new Map<string, string[]>();
  const carried = new Set<string>();
  const contents = await Promise.all(folders.map((folder) => parsed(kustomizationIn(folder, listing) ?? '', listing)));
  for (const [index, folder] of folders.entries()) {
    if (isComponent(contents[index])) components.add(folder);
    const nodes = await namesOf(folder, contents[index], listing);
    names.set(folder, nodes);
    for (const node of carriedBy(folder, contents[index], listing)) carried.add(node);
    for (const node of nodes) namedBy.set(node, [...(namedBy.get(node) ?? []), folder]);
  }
  return { folders, components, namedBy, names, carried };
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
