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
}

function parents(path: string, into: Set<string>): void {
  for (let folder = folderOf(path); !into.has(folder); folder = folderOf(folder)) into.add(folder);
}

export function listingOf(tree: SourceTree): Listing {
  const folders = new Set<string>(['']);
  for (const { path } of tree.entries) parents(path, folders);
  return { tree, files: new Map(tree.entries.map((entry) => [entry.path, entry])), folders };
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
