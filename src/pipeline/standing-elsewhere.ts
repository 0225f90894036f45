import { isManifestName } from '../discover/listing.ts';
import { bounded } from '../model/bounded.ts';
import { matchesGlob } from '../model/glob.ts';
import { imagesIn } from '../model/image-places.ts';
import { repositoryName } from '../model/image-ref.ts';
import type { Manifest } from '../model/manifest.ts';
import { MODES, type TreeEntry } from '../model/tree.ts';
import { RepositoryError } from '../ports/repository.ts';
import type { AppPair } from './affected.ts';
import type { RunContext } from './context.ts';
import { plainRootsOf } from './plain-roots.ts';
import { filesReadIn, isShown, renderApp } from './render-app.ts';
import type { SideView } from './side.ts';

/** Of each repository: what these run says enough of it, and a name like `nginx` stands in many. */
const MAX_FILES = 20;
const AT_ONCE = 16;

export interface Standing {
  /** Every app of both sides. */
  readonly pairs: readonly AppPair[];
  readonly touched: readonly AppPair[];
  readonly base: SideView;
}

/**
 * The objects of the base that run what the change brings into an app which did not run it: the same repositories, in any app.
 * What no app is known to read is looked for in the files: an unchanged folder that a controller elsewhere syncs runs too.
 */
export async function standingElsewhere(standing: Standing, run: RunContext): Promise<readonly Manifest[]> {
  const brought = new Set(standing.touched.flatMap((pair) => broughtBy(pair, run)));
  if (brought.size === 0) return [];
  const runsAny = (manifest: Manifest) => repositoriesIn(manifest, run).some((name) => brought.has(name));
  const known = standing.pairs.flatMap(({ base }) => base?.manifests ?? []).filter(runsAny);
  const found = new Set(known.flatMap((manifest) => repositoriesIn(manifest, run)));
  const missing = [...brought].filter((name) => !found.has(name));
  const written = missing.length === 0 ? [] : await inFiles(missing, standing, run);
  return [...known, ...written.filter(runsAny)];
}

function broughtBy({ base, merged }: AppPair, run: RunContext): readonly string[] {
  const before = new Set((base?.manifests ?? []).flatMap((manifest) => repositoriesIn(manifest, run)));
  return (merged?.manifests ?? [])
    .flatMap((manifest) => repositoriesIn(manifest, run))
    .filter((name) => !before.has(name));
}

function repositoriesIn(manifest: Manifest, { policy }: RunContext): readonly string[] {
  return imagesIn(manifest, policy.imageFields).flatMap(({ ref }) => (ref === undefined ? [] : repositoryName(ref)));
}

/** What the plain roots of the files that hold these names run. */
async function inFiles(names: readonly string[], standing: Standing, run: RunContext): Promise<readonly Manifest[]> {
  const paths = await pathsThatName(names, unreadFiles(standing, run), standing.base);
  return objectsOfFiles(paths, standing.base, run);
}

/** Files of the base that may be manifests and that no app is known to read. */
export function unreadFiles({ pairs, base }: Pick<Standing, 'pairs' | 'base'>, run: RunContext): readonly TreeEntry[] {
  const read = filesReadIn(pairs.flatMap((pair) => pair.base ?? []));
  const isIgnored = (path: string) => run.policy.ignore.some((glob) => matchesGlob(glob, path));
  return [...base.listing.files.values()].filter(
    ({ path, mode }) =>
      isManifestName(path) && mode !== MODES.link && mode !== MODES.submodule && !read.has(path) && !isIgnored(path),
  );
}

/** Of the plain roots that they belong to. */
export async function objectsOfFiles(
  paths: readonly string[],
  base: SideView,
  run: RunContext,
): Promise<readonly Manifest[]> {
  const roots = await plainRootsOf(paths, base, run);
  const rendered = await bounded(roots, AT_ONCE, (app) => renderApp(app, base.listing.tree, run));
  return rendered.filter(isShown).flatMap(({ manifests }) => manifests);
}

export async function textOf({ oid }: TreeEntry, { listing: { tree } }: SideView): Promise<string> {
  return Buffer.from(await tree.read(oid).catch(nothingBeyondLimits)).toString('utf8');
}

async function pathsThatName(
  names: readonly string[],
  entries: readonly TreeEntry[],
  base: SideView,
): Promise<readonly string[]> {
  const wanted = names.map((name) => ({ pattern: writtenAs(name), paths: new Set<string>() }));
  await bounded(entries, AT_ONCE, async (entry) => {
    const text = await textOf(entry, base);
    for (const { pattern, paths } of wanted) if (pattern.test(text)) paths.add(entry.path);
  });
  return [...new Set(wanted.flatMap(({ paths }) => [...paths].toSorted().slice(0, MAX_FILES)))].toSorted();
}

/** Without its registry, which charts keep in a key of its own. */
function writtenAs(name: string): RegExp {
  const path = name.slice(name.indexOf('/') + 1).replace(/^library\//, '');
  return new RegExp(`(?<![\\w.-])${path.replaceAll('.', String.raw`\.`)}(?![\\w/-])`);
}

function nothingBeyondLimits(error: unknown): Uint8Array {
  if (error instanceof RepositoryError && error.code === 'TOO_LARGE') return new Uint8Array();
  throw error;
}
