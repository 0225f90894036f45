import { kustomizationIn } from '../discover/listing.ts';
import { chartRoot, kustomizeRoot, manifestsRoot, plainHome } from '../discover/plain.ts';
import type { App } from '../model/app.ts';
import { joinPath } from '../model/path.ts';
import { EngineError } from '../ports/engine.ts';
import type { RunContext } from './context.ts';
import type { SideView } from './side.ts';

/** A file that cannot be parsed counts as a manifest when it says what every object says first. */
const LOOKS_LIKE_MANIFEST = [/^\s*["']?apiVersion["']?\s*:/m, /^\s*["']?kind["']?\s*:/m];

async function looksLikeManifest(path: string, { listing: { tree, files } }: SideView): Promise<boolean> {
  const entry = files.get(path);
  if (entry === undefined) return false;
  const text = Buffer.from(await tree.read(entry.oid)).toString('utf8');
  return LOOKS_LIKE_MANIFEST.every((pattern) => pattern.test(text));
}

/** Does a file hold objects, or something that was meant to be one? */
async function holdsManifests(path: string, side: SideView, { engine, signal }: RunContext): Promise<boolean> {
  const mounts = [{ at: '/', tree: side.listing.tree }];
  try {
    const answer = await engine.run({ operation: 'yaml.parse', mounts, input: { paths: [`/${path}`] } }, signal);
    if (answer.objects.length > 0) return true;
    const broken = answer.problems.some(({ code }) => code === 'parse' || code === 'limit');
    return broken && (await looksLikeManifest(path, side));
  } catch (error) {
    if (error instanceof EngineError) return true;
    throw error;
  }
}

/** The plain roots that some paths of one side belong to: kustomizations, charts, and folders of loose manifests. */
export async function plainRootsOf(paths: readonly string[], side: SideView, run: RunContext): Promise<readonly App[]> {
  const roots = new Map<string, App>();
  const loose: string[] = [];
  for (const path of paths) {
    const home = plainHome(path, side.listing, side.graph);
    const apps = home.kind === 'KustomizeRoot' ? home.folders.map((folder) => kustomizeRoot(folder, run.policy)) : [];
    if (home.kind === 'Chart') apps.push(chartRoot(home.folder, run.policy));
    if (home.kind === 'Manifests') loose.push(path);
    for (const app of apps) roots.set(app.id, app);
  }
  return [...roots.values(), ...(await looseManifests(loose, side, run))];
}

/** One root a folder, of exactly those files that hold manifests: the folder's other files have their own readers. */
export async function looseManifests(
  paths: readonly string[],
  side: SideView,
  run: RunContext,
): Promise<readonly App[]> {
  const there = paths.filter((path) => side.listing.files.has(path));
  const held = await Promise.all(there.map((path) => holdsManifests(path, side, run)));
  const byFolder = Map.groupBy(
    there.filter((_, index) => held[index]),
    (path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))),
  );
  return [...byFolder].map(([folder, files]) => manifestsRoot(folder, files, run.policy));
}

/** What a broken kustomization names and that may still render by itself, as far as it leads to one of the paths. */
export function partsBelow(folder: string, side: SideView, paths: readonly string[]): readonly string[] {
  const { graph, listing } = side;
  const parts = (graph.names.get(folder) ?? []).filter(
    (node) => kustomizationIn(node, listing) !== undefined && !graph.components.has(node),
  );
  return parts.filter((part) => leadsTo(part, new Set(paths), side));
}

/** Does the kustomization of a folder, by whatever it names, come to one of the paths? */
export function leadsTo(folder: string, paths: ReadonlySet<string>, side: SideView, seen = new Set<string>()): boolean {
  if (seen.has(folder)) return false;
  seen.add(folder);
  const own = kustomizationIn(folder, side.listing);
  if (own !== undefined && paths.has(own)) return true;
  const names = side.graph.names.get(folder) ?? [];
  return names.some((node) => paths.has(node) || leadsTo(node, paths, side, seen));
}

/** The app as far as it is there on this side; undefined where it is not. */
export function onSide(app: App, { listing }: SideView): App | undefined {
  if (app.kind === 'KustomizeRoot') return kustomizationIn(app.path, listing) === undefined ? undefined : app;
  if (app.kind === 'Chart') return listing.files.has(joinPath(app.path, 'Chart.yaml')) ? app : undefined;
  if (app.source.type !== 'directory') return app;
  const named = app.source.input['files'] as readonly string[];
  const files = named.filter((file) => listing.files.has(file.slice(1)));
  return files.length === 0 ? undefined : { ...app, source: { ...app.source, input: { files } } };
}

/** Two sides may name different loose files of one folder: the root is made of all of them. */
export function unite(apps: readonly App[]): readonly App[] {
  const byId = Map.groupBy(apps, ({ id }) => id);
  return [...byId.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    if (first.source.type !== 'directory') return [first];
    const files = [first, ...rest].flatMap(({ source }) =>
      source.type === 'directory' ? (source.input['files'] as readonly string[]) : [],
    );
    return [{ ...first, source: { ...first.source, input: { files: [...new Set(files)].toSorted() } } }];
  });
}
