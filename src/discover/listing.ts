import { baseNameOf, folderOf } from '../model/path.ts';
import type { TreeEntry } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';

/** https://github.com/kubernetes-sigs/kustomize/blob/master/api/konfig/general.go */
export const KUSTOMIZATION_NAMES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A tree with the two questions that discovery asks again and again answered by look-up. */
export interface Listing {
  readonly tree: SourceTree;
  readonly files: ReadonlyMap<string, TreeEntry>;
  /** Every folder that holds a file, however deep below. */
  readonly folders: ReadonlySet<string>;
  /** Folders whose `.gitattributes` make other bytes of manifests when git checks them out. */
  readonly recoded: readonly string[];
}

/** Manifests and what they are made of; the encoding of a script changes no render. */
const RENDERED = /\.(ya?ml|json|tpl|txt|jsonnet|libsonnet)$/i;

/**
 * `working-tree-encoding=ASCII//TRANSLIT` makes `cluster-admin` of look-alike letters, in Argo CD's checkout and not in ours:
 * https://git-scm.com/docs/gitattributes#_working_tree_encoding
 */
function recodes(line: string): boolean {
  const [pattern = ''] = line.trim().split(/\s/);
  const isOther = /\.[a-z0-9]+$/i.test(pattern) && !RENDERED.test(pattern);
  return !pattern.startsWith('#') && line.includes('working-tree-encoding=') && !isOther;
}

async function recodedIn(tree: SourceTree): Promise<readonly string[]> {
  const files = tree.entries.filter(({ path }) => baseNameOf(path) === '.gitattributes');
  const texts = await Promise.all(files.map(({ oid }) => tree.read(oid)));
  return files
    .filter((_, index) =>
      Buffer.from(texts[index] ?? [])
        .toString('utf8')
        .split('\n')
        .some(recodes),
    )
    .map(({ path }) => folderOf(path));
}

function parents(path: string, into: Set<string>): void {
  for (let folder = folderOf(path); !into.has(folder); folder = folderOf(folder)) into.add(folder);
}

export function listingOf(tree: SourceTree): Listing {
  const folders = new Set<string>(['']);
  for (const { path } of tree.entries) parents(path, folders);
  const files = new Map(tree.entries.map((entry) => [entry.path, entry]));
  return { tree, files, folders, recoded: [] };
}

export function isKustomization(path: string): boolean {
  return KUSTOMIZATION_NAMES.includes(baseNameOf(path));
}

export function kustomizationIn(folder: string, { files }: Listing): string | undefined {
  return KUSTOMIZATION_NAMES.map((name) => (folder === '' ? name : `${folder}/${name}`)).find((path) =>
    files.has(path),
  );
}

export function isManifestName(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path);
}

/** The listing with what only contents tell. */
export async function readListing(tree: SourceTree): Promise<Listing> {
  return { ...listingOf(tree), recoded: await recodedIn(tree) };
}
