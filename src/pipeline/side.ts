import { CONVENTIONS } from '../discover/index.ts';
import type { Definition, DiscoverContext } from '../discover/convention.ts';
import { definitionsIn } from '../discover/documents.ts';
import { type KustomizeGraph, kustomizeGraph, topsReaching } from '../discover/kustomize-graph.ts';
import { type Listing, listingOf } from '../discover/listing.ts';
import { kustomizeRoot } from '../discover/plain.ts';
import { type App, isPlainRoot } from '../model/app.ts';
import { canonicalJson, type JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { RunContext } from './context.ts';
import { failed, type Rendered, renderApp } from './render-app.ts';

/** Apps that come out of apps, this deep; the deepest that Argo CD's own examples show is three. */
const MAX_DEPTH = 10;
const MAX_APPS = 5000;

/** Everything of one side: its files, its apps by id, and what each renders to. */
export interface SideView {
  readonly listing: Listing;
  readonly graph: KustomizeGraph;
  readonly apps: ReadonlyMap<string, Rendered>;
}

function appsFrom(definitions: readonly Definition[], context: DiscoverContext): readonly App[] {
  return definitions.flatMap((definition) =>
    CONVENTIONS.filter((convention) => convention.defines(definition.object)).map((convention) =>
      convention.toApp(definition, context),
    ),
  );
}

/** The cluster that Flux objects rendered by this app are in: the app's own; of a plain root, its folder. */
function clusterInside(app: App): string {
  return app.cluster || app.path;
}

function definitionOf({ object, origin }: Manifest, app: App): Definition {
  // '' where the renderer cannot tell which file an object came from.
  const file = origin.path?.replace(/^\//, '') ?? '';
  return { object, definedIn: { file, line: origin.line ?? 1 }, cluster: clusterInside(app) };
}

export function definesApp(object: JsonObject): boolean {
  return CONVENTIONS.some((convention) => convention.defines(object));
}

function collision(app: App, other: App): App {
  const where = [app, other].map(({ definedIn, path }) => definedIn?.file ?? path).toSorted();
  const reason = `two definitions share its id: ${where.join(' and ')}; give one another name, or declare their clusters in .presync.yaml`;
  return { ...app, source: { type: 'unknowable', path: app.path, reason } };
}

/** From one file, or from a file that the renderer could not name. */
function mayBeOneObject(app: App, other: App): boolean {
  const files = [app, other].map(({ definedIn }) => definedIn?.file ?? '');
  return files[0] === files[1] || files.includes('');
}

function isSame(app: App, other: App): boolean {
  return canonicalJson(app.source) === canonicalJson(other.source);
}

/**
 * Collects the apps of one side. An app that another one renders replaces its own file: what is applied is the rendered object
 * (a base of an overlay is not an app, DESIGN 5).
 */
class Collector {
  readonly rendered = new Map<string, Rendered>();
  readonly #tree: SourceTree;
  readonly #run: RunContext;

  constructor(tree: SourceTree, run: RunContext) {
    this.#tree = tree;
    this.#run = run;
  }

  /** Renders those that are new; of two with one id, `overrides` says that the later one is what is applied. */
  async add(apps: readonly App[], overrides: boolean): Promise<readonly Rendered[]> {
    const wanted = new Map<string, App>();
    for (const app of apps) {
      const known = wanted.get(app.id) ?? this.rendered.get(app.id)?.app;
      if (known === undefined) wanted.set(app.id, app);
      else if (!isSame(known, app))
        wanted.set(app.id, overrides && mayBeOneObject(app, known) ? app : collision(app, known));
    }
    const results = await Promise.all([...wanted.values()].map((app) => renderApp(app, this.#tree, this.#run)));
    for (const result of results) this.rendered.set(result.app.id, result);
    return results;
  }

  fail(app: App, reason: string): void {
    this.rendered.set(app.id, failed(app, { code: 'limit', reason }));
  }

  drop(id: string): void {
    this.rendered.delete(id);
  }
}

/** Controller objects in the files that a kustomization names are what that kustomization makes of them. */
function split(
  definitions: readonly Definition[],
  graph: KustomizeGraph,
): { readonly free: readonly Definition[]; readonly carried: readonly Definition[] } {
  const isCarried = ({ definedIn }: Definition) => graph.namedBy.has(definedIn.file);
  return { free: definitions.filter((one) => !isCarried(one)), carried: definitions.filter(isCarried) };
}

export async function viewSide(tree: SourceTree, run: RunContext): Promise<SideView> {
  const listing = listingOf(tree);
  const [graph, inFiles] = await Promise.all([kustomizeGraph(listing), definitionsIn(listing, run.engine, run.signal)]);
  const { free, carried } = split(inFiles, graph);
  const collector = new Collector(tree, run);
  const context = (definitions: readonly Definition[]): DiscoverContext => ({
    listing,
    ownUrls: run.ownUrls,
    baseBranch: run.baseBranch,
    policy: run.policy,
    definitions,
  });

  const carriers = [...new Set(carried.flatMap(({ definedIn }) => topsReaching(definedIn.file, graph)))];
  const roots = await collector.add(
    carriers.map((folder) => kustomizeRoot(folder, run.policy)),
    false,
  );
  const broken = new Set(roots.filter(({ failure }) => failure !== undefined).map(({ app }) => app.path));
  // What only broken roots carry is taken as it is written: better an app too many than a missing one.
  const stranded = carried.filter(({ definedIn }) =>
    topsReaching(definedIn.file, graph).every((top) => broken.has(top)),
  );
  let fresh = [...roots, ...(await collector.add(appsFrom([...free, ...stranded], context(inFiles)), false))];

  let definitions: readonly Definition[] = inFiles;
  for (let depth = 0; depth < MAX_DEPTH && fresh.length > 0 && collector.rendered.size < MAX_APPS; depth += 1) {
    const found = fresh.flatMap(({ app, manifests }) =>
      manifests.filter(({ object }) => definesApp(object)).map((one) => definitionOf(one, app)),
    );
    definitions = [...definitions, ...found];
    const children = appsFrom(found, context(definitions));
    for (const child of children) replaceFileApp(child, collector);
    fresh = [...(await collector.add(children, true))];
  }
  // An unfinished read is an error, not a shorter answer.
  for (const { app } of fresh)
    collector.fail(app, `apps of apps are nested deeper than ${MAX_DEPTH}, or more than ${MAX_APPS}`);
  for (const { app } of roots) collector.drop(app.id);
  return { listing, graph, apps: collector.rendered };
}

/** The same object, found in its file under another cluster, is the one that the parent applies. */
function replaceFileApp(child: App, collector: Collector): void {
  for (const { app } of collector.rendered.values()) {
    const same = app.kind === child.kind && app.name === child.name && app.namespace === child.namespace;
    if (same && !isPlainRoot(app) && app.id !== child.id && mayBeOneObject(app, child)) collector.drop(app.id);
  }
}
