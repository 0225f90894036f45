import { isProject } from '../discover/application-set.ts';
import { CONVENTIONS } from '../discover/index.ts';
import type { Definition, DiscoverContext } from '../discover/convention.ts';
import { declaredDefinitions, THIS_REPOSITORY } from '../discover/declared.ts';
import { definitionsIn } from '../discover/documents.ts';
import { type KustomizeGraph, kustomizeGraph, topsReaching } from '../discover/kustomize-graph.ts';
import { type Listing, readListing } from '../discover/listing.ts';
import { kustomizeRoot } from '../discover/plain.ts';
import { type App, isPlainRoot } from '../model/app.ts';
import { wantsOf } from '../model/content.ts';
import { canonicalJson, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { type Manifest, objectIdOf } from '../model/manifest.ts';
import { wantText } from '../model/remote-want.ts';
import { isElsewhere, singlesOf } from '../model/render-source.ts';
import { FORGETFUL } from '../ports/memo.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { RunContext } from './context.ts';
import { Collector, RANK } from './collector.ts';
import { isShown, type Rendered } from './render-app.ts';

/** Apps that come out of apps, this deep; the deepest that Argo CD's own examples show is three. */
const MAX_DEPTH = 10;
const MAX_APPS = 5000;

/** Everything of one side: its files, its apps by id, and what each renders to. */
export interface SideView {
  readonly listing: Listing;
  readonly graph: KustomizeGraph;
  readonly apps: ReadonlyMap<string, Rendered>;
  readonly definitions: readonly Definition[];
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
  // What a set generates stands where the set does; '' where the renderer cannot tell which file an object came from.
  const inSet = app.kind === 'ApplicationSet' ? app.definedIn : undefined;
  const definedIn = inSet ?? { file: origin.path ?? '', line: origin.line ?? 1 };
  return { object, definedIn, cluster: clusterInside(app), broughtBy: app.id };
}

/** What definitions refer to: their address may be the work of a patch. */
function isReferredTo(object: JsonObject): boolean {
  return /^source\.(toolkit|extensions)\.fluxcd\.io\//.test(textAt(object, 'apiVersion')) || isProject(object);
}

function definedBy(parents: readonly Rendered[]): readonly Definition[] {
  return parents.flatMap(({ app, manifests }) =>
    manifests.filter(({ object }) => definesApp(object) || isReferredTo(object)).map((one) => definitionOf(one, app)),
  );
}

export function definesApp(object: JsonObject): boolean {
  return CONVENTIONS.some((convention) => convention.defines(object));
}

/** Controller objects in the files that a kustomization names are what that kustomization makes of them. */
function split(
  definitions: readonly Definition[],
  graph: KustomizeGraph,
): { readonly free: readonly Definition[]; readonly carried: readonly Definition[] } {
  const isCarried = ({ definedIn }: Definition) => graph.carried.has(definedIn.file);
  return { free: definitions.filter((one) => !isCarried(one)), carried: definitions.filter(isCarried) };
}

/** Does the kustomization of this folder render the object, perhaps renamed? Naming its file is not yet applying it. */
function brings(roots: readonly Rendered[], folder: string, { object, definedIn }: Definition): boolean {
  const { kind, name } = objectIdOf(object);
  return roots
    .filter((root) => root.app.path === folder && isShown(root))
    .some(({ manifests }) =>
      manifests.some(
        ({ id, origin }) =>
          id.kind === kind && (id.name.includes(name) || origin.path?.replace(/^\//, '') === definedIn.file),
      ),
    );
}

/** A chart brings what belongs to itself; values of others come with folders of manifests. */
function mayBringValues(rendered: Rendered): boolean {
  return rendered.app.kind !== 'HelmRelease' && isElsewhere(rendered.app.source) && !isShown(rendered);
}

/** With the address, so that whoever takes values from it is touched when that moves. */
function withContent({ id, source }: App): string {
  const wants = singlesOf(source).flatMap(({ content }) => wantsOf(content));
  return `${id} of ${[...new Set(wants.map(wantText))].join(' and ')}`;
}

type ContextOf = (definitions: readonly Definition[]) => DiscoverContext;

function contextFor(listing: Listing, { ownUrls, baseBranch, policy }: RunContext, { rendered }: Collector): ContextOf {
  const objectsOf = (cluster: string) =>
    [...rendered.values()]
      .filter(({ app }) => !isPlainRoot(app) && app.cluster === cluster)
      .flatMap(({ manifests }) => manifests.map(({ object }) => object));
  const urls = [...ownUrls, THIS_REPOSITORY];
  const unseenIn = (cluster: string) =>
    [...rendered.values()]
      .filter(({ app }) => app.cluster === cluster)
      .filter(mayBringValues)
      .map(({ app }) => withContent(app));
  return (definitions) => ({ listing, ownUrls: urls, baseBranch, policy, definitions, objectsOf, unseenIn });
}

/** Values that one app takes from objects of another: this many apps in a row. */
const MAX_ROUNDS = 5;

/** Defines apps anew whose values come from what other apps bring, until nothing changes by it. */
async function settleValues(
  collector: Collector,
  known: readonly Definition[],
  context: ContextOf,
): Promise<readonly Definition[]> {
  let definitions = known;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const taking = definitions.filter(({ object }) => takesValues(object));
    const changed = appsFrom(taking, context(definitions)).filter((app) => isRedefined(app, collector));
    if (changed.length === 0) return definitions;
    const unique = [...new Map(changed.map((app) => [app.id, app])).values()];
    definitions = await grow(collector, await collector.again(unique), definitions, context);
  }
  return definitions;
}

function takesValues(object: JsonObject): boolean {
  const spec = objectAt(object, 'spec');
  return listAt(spec, 'valuesFrom').length > 0 || listAt(objectAt(spec, 'postBuild'), 'substituteFrom').length > 0;
}

function isRedefined({ id, definition, source }: App, { rendered }: Collector): boolean {
  const now = rendered.get(id)?.app;
  if (now === undefined || canonicalJson(now.definition) !== canonicalJson(definition)) return false;
  return canonicalJson(now.source) !== canonicalJson(source);
}

/** What these apps bring, and what that brings, until nothing is new. Answers with all definitions that were seen. */
async function grow(
  collector: Collector,
  start: readonly Rendered[],
  known: readonly Definition[],
  context: ContextOf,
): Promise<readonly Definition[]> {
  let definitions = known;
  let fresh = start;
  for (let depth = 0; depth < MAX_DEPTH && fresh.length > 0 && collector.rendered.size < MAX_APPS; depth += 1) {
    const roots = fresh.filter(({ app }) => isPlainRoot(app));
    const apps = fresh.filter(({ app }) => !isPlainRoot(app));
    const next: Rendered[] = [];
    for (const [parents, rank] of [[roots, RANK.root] as const, [apps, RANK.app] as const]) {
      const found = definedBy(parents);
      definitions = [...definitions, ...found];
      next.push(...(await collector.addChildren(appsFrom(found, context(definitions)), rank)));
    }
    fresh = next;
  }
  // An unfinished read is an error, not a shorter answer.
  for (const { app } of fresh)
    collector.fail(app, `apps of apps are nested deeper than ${MAX_DEPTH}, or more than ${MAX_APPS}`);
  return definitions;
}

export async function viewSide(tree: SourceTree, run: RunContext): Promise<SideView> {
  const listing = await readListing(tree);
  const { memo = FORGETFUL } = run;
  const [graph, inFiles] = await Promise.all([kustomizeGraph(listing, memo), definitionsIn({ ...run, listing, memo })]);
  const { free, carried } = split([...inFiles, ...declaredDefinitions(run.policy)], graph);
  const collector = new Collector(tree, run);
  const context = contextFor(listing, run, collector);

  const carriers = [...new Set(carried.flatMap(({ definedIn }) => topsReaching(definedIn.file, graph)))];
  const folders = carriers.map((folder) => kustomizeRoot(folder, run.policy));
  const roots = await collector.add(folders, RANK.file);
  // What no root is seen to carry is taken as it is written: better an app too many than a missing one.
  const stranded = carried.filter(
    (one) => !topsReaching(one.definedIn.file, graph).some((top) => brings(roots, top, one)),
  );
  const written = [...free, ...stranded];
  const apps = await collector.add(appsFrom(written, context([...written, ...definedBy(roots)])), RANK.file);
  const grown = await grow(collector, [...roots, ...apps], written, context);
  const definitions = await settleValues(collector, grown, context);
  for (const { app } of roots) collector.drop(app.id);
  return { listing, graph, apps: collector.rendered, definitions };
}

/**
 * The apps that these renders bring and that the side does not know, or knows otherwise. What stands in the file of a known app is
 * that app, as written before its parents change it.
 */
export async function childrenOf(
  parents: readonly Rendered[],
  { listing, apps, definitions }: SideView,
  run: RunContext,
): Promise<ReadonlyMap<string, Rendered>> {
  const collector = new Collector(listing.tree, run, apps);
  const found = definedBy(parents);
  const context = contextFor(listing, run, collector);
  const children = appsFrom(found, context([...definitions, ...found])).filter(
    ({ id, definedIn }) => definedIn?.file === '' || apps.get(id)?.app.definedIn?.file !== definedIn?.file,
  );
  const fresh = await collector.add(children, RANK.root);
  const grown = await grow(collector, fresh, [...definitions, ...found], context);
  await settleValues(collector, grown, context);
  return new Map([...collector.rendered].filter(([id, one]) => apps.get(id) !== one));
}
