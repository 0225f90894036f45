import { baseNameOf, folderOf, isWithin, joinPath } from '../model/path.ts';
import { MODES, type TreeEntry } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';

/** https://github.com/kubernetes-sigs/kustomize/blob/master/api/konfig/general.go */
export const KUSTOMIZATION_NAMES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A tree with the two questions that discovery asks again and again answered by look-up. */
export interface Listing {
  readonly tree: SourceTree;
  readonly files: ReadonlyMap<string, TreeEntry>;
  /** Every folder that holds a file, however deep below. */
  readonly folders: ReadonlySet<string>;
  /** Paths of symbolic links. */
  readonly links: readonly string[];
  /** Folders whose `.gitattributes` make other bytes of manifests when git checks them out. */
  readonly recoded: readonly string[];
}

/** Manifests and what they are made of; what a script or a picture becomes changes no render. */
const RENDERED = /\.(ya?ml|json|tpl|txt|jsonnet|libsonnet)$/i;

/** Does a pattern of attributes reach files that a render reads? Its last part says so: `*.png` and `model.bin` do not. */
function reachesManifests(pattern: string): boolean {
  const name = baseNameOf(pattern);
  const isOther = /\.[a-z0-9]+$/i.test(name) || !/[*?[]/.test(name);
  return RENDERED.test(name) || isKustomization(name) || !isOther;
}

/**
 * The folder below which a line of `.gitattributes` makes other files of manifests when git checks them out, as in Argo CD:
 * `working-tree-encoding=ASCII//TRANSLIT` makes `cluster-admin` of look-alike letters, `filter=lfs` anything of a pointer.
 * https://git-scm.com/docs/gitattributes
 */
function recodes(line: string, folder: string): readonly string[] {
  const [pattern = '', ...attributes] = line.trim().split(/\s+/);
  if (pattern.startsWith('#') || !attributes.some((one) => /^(working-tree-encoding|filter)=/.test(one))) return [];
  if (pattern.startsWith('[attr]')) return [folder];
  const literal = folderOf(pattern.replace(/[*?[].*$/, '')).replace(/^\/+/, '');
  return reachesManifests(pattern) ? [literal === '' ? folder : joinPath(folder, literal)] : [];
}

async function recodings(tree: SourceTree): Promise<readonly string[]> {
  const files = tree.entries.filter(({ path }) => baseNameOf(path) === '.gitattributes');
  const texts = await Promise.all(files.map(async ({ oid }) => Buffer.from(await tree.read(oid)).toString('utf8')));
  return files.flatMap(({ path }, index) =>
    (texts[index] ?? '').split('\n').flatMap((line) => recodes(line, folderOf(path))),
  );
}

function parents(path: string, into: Set<string>): void {
  for (let folder = folderOf(path); !into.has(folder); folder = folderOf(folder)) into.add(folder);
}

export function listingOf(tree: SourceTree): Listing {
  const folders = new Set<string>(['']);
  for (const { path } of tree.entries) parents(path, folders);
  const files = new Map(tree.entries.map((entry) => [entry.path, entry]));
  const links = tree.entries.filter(({ mode }) => mode === MODES.link).map(({ path }) => path);
  return { tree, files, folders, links, recoded: [] };
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
  return { ...listingOf(tree), recoded: await recodings(tree) };
}

/** The recoded folder that a path lies in or holds, if any. */
export function recodedIn({ recoded }: Listing, path: string): string | undefined {
  return recoded.find((folder) => isWithin(path, folder) || isWithin(folder, path));
}
