import type { App } from '../model/app.ts';
import { wantsOf } from '../model/content.ts';
import { sentenceOf } from '../model/error.ts';
import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt, textsAt } from '../model/json.ts';
import { identityKey, type Manifest, objectIdOf, type Origin } from '../model/manifest.ts';
import { type RenderType, type SingleSource, singlesOf } from '../model/render-source.ts';
import {
  type Bring,
  EngineError,
  type EngineErrorCode,
  type EngineRequest,
  type FileProblem,
  type Reads,
} from '../ports/engine.ts';
import { wantText } from '../model/remote-want.ts';
import { RemoteError } from '../ports/remote.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { RENDERERS } from '../render/index.ts';
import { bringFor, mountsOf, type PlacedMount, wantOf } from './contents.ts';
import type { RunContext } from './context.ts';
import { type Undeclared, undeclaredIn } from './undeclared.ts';

/** Why an app has no objects, or not all of them. `deferred`: it was not rendered yet, because nothing of the change reaches it. */
export interface RenderFailure {
  readonly code: EngineErrorCode | 'unknowable' | 'deferred';
  readonly reason: string;
  /** The manifests are there, but for what plugins would add or change. */
  readonly isPartial?: true;
}

/** What made objects of the files. */
export type Tool = 'kustomize' | 'helm' | 'directory' | 'set' | 'unknown';

/** What one render looked at, and in which trees. */
export interface Look {
  readonly tool: Tool;
  readonly reads: readonly Reads[];
  readonly mounts: readonly PlacedMount[];
}

/** An app with its objects, or with the reason why there are none or not all; never silently shorter than it should be. */
export interface Rendered {
  readonly app: App;
  readonly manifests: readonly Manifest[];
  /** Other forms of some of them: at another time, by other chance, at an upgrade. Checks judge these too; nobody is shown them. */
  readonly variants?: readonly Manifest[];
  /** What renders asked of the cluster that nobody declared. */
  readonly undeclared?: readonly Undeclared[];
  /** One for each render that it took. */
  readonly looks: readonly Look[];
  readonly uses: readonly string[];
  readonly warnings: readonly string[];
  readonly failure?: RenderFailure;
}

export function failed(app: App, failure: RenderFailure, looks: readonly Look[] = []): Rendered {
  return { app, manifests: [], looks, uses: [], warnings: [], failure };
}

function reasonOf(error: EngineError): string {
  const at =
    error.path === undefined || error.message.includes(error.path)
      ? ''
      : ` (${error.path}${error.line ? `:${error.line}` : ''})`;
  return `${error.message}${at}`;
}

/** Paths of the repository that these renders read. */
export function filesReadIn(rendered: readonly Rendered[]): ReadonlySet<string> {
  return new Set(rendered.flatMap(({ looks }) => looks.flatMap(ownFilesIn)));
}

/** Paths of the repository that one render read. */
export function ownFilesIn({ reads, mounts }: Look): readonly string[] {
  return reads.flatMap(({ at, files }) => {
    const mount = mounts.find((one) => one.at === at);
    return files.flatMap(([path]) => mount?.ownPath(path.replace(/^\//, '')) ?? []);
  });
}

/** Are there objects to look at? Those of a partial render are; its app stays errored. */
export function isShown({ failure }: Rendered): boolean {
  return failure === undefined || failure.isPartial === true;
}

/** A throw inside one app becomes that app's failure; only the end of the whole run is passed on. */
export async function renderApp(app: App, tree: SourceTree, run: RunContext): Promise<Rendered> {
  const { source } = app;
  if (source.type === 'unknowable') return failed(app, { code: 'unknowable', reason: source.reason });
  const all: Rendered[] = [];
  for (const single of singlesOf(source)) all.push(await renderSingle(app, single, tree, run));
  return inOne(app, all);
}

/** Several sources are one app: what one of them cannot render is missing in all. */
function inOne(app: App, all: readonly Rendered[]): Rendered {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const looks = all.flatMap((one) => one.looks);
  const broken = all.find(({ failure }) => failure !== undefined);
  if (broken?.failure !== undefined && !isShown(broken)) return failed(app, broken.failure, looks);
  return {
    app,
    manifests: lastOfEach(all.flatMap(({ manifests }) => manifests)),
    variants: all.flatMap(({ variants = [] }) => variants),
    undeclared: all.flatMap((one) => one.undeclared ?? []),
    looks,
    uses: [...new Set(all.flatMap(({ uses }) => uses))].toSorted(),
    warnings: all.flatMap(({ warnings }) => warnings),
    ...(broken?.failure === undefined ? {} : { failure: broken.failure }),
  };
}

/**
 * Where sources bring one object twice, the last one wins:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/
 */
function lastOfEach(manifests: readonly Manifest[]): readonly Manifest[] {
  const last = new Map(manifests.map((manifest) => [identityKey(manifest.id), manifest]));
  return manifests.filter((manifest) => last.get(identityKey(manifest.id)) === manifest);
}

async function renderSingle(app: App, source: SingleSource, tree: SourceTree, run: RunContext): Promise<Rendered> {
  const renderer = RENDERERS.find(({ type }) => type === source.type);
  if (renderer === undefined) return failed(app, { code: 'internal', reason: `no renderer for ${source.type}` });
  const mounts = await brought(source, mountsOf(source, tree, run), run.signal);
  if ('failure' in mounts) return failed(app, mounts.failure);
  const render: Render = { app, source, tree, mounts, run };
  const request = { operation: renderer.operation, mounts: [...mounts], input: renderer.input(source) };
  const whole = await attempt(request, render);
  const hasPlugins = source.type === 'kustomize' || source.type === 'argocd';
  return hasPlugins && whole.failure?.code === 'unsupported' ? withoutPlugins(whole, request, render) : whole;
}

interface Render {
  readonly app: App;
  readonly source: SingleSource;
  readonly tree: SourceTree;
  readonly mounts: readonly PlacedMount[];
  readonly run: RunContext;
}

async function brought(
  { content }: SingleSource,
  mounts: Promise<readonly PlacedMount[]>,
  signal: AbortSignal,
): Promise<readonly PlacedMount[] | { readonly failure: RenderFailure }> {
  try {
    return await mounts;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RemoteError)) throw error;
    const [want] = wantsOf(content);
    const sentence = sentenceOf(error);
    const reason =
      want === undefined || sentence.includes(want.url) ? sentence : `its content is ${wantText(want)}: ${sentence}`;
    return { failure: { code: 'remote', reason } };
  }
}

async function attempt(request: EngineRequest, render: Render): Promise<Rendered> {
  const { app, source, tree, mounts, run } = render;
  const more: PlacedMount[] = [];
  const bring = remember(bringFor(tree, run), more);
  const look = (reads: readonly Reads[], tool: Tool): readonly Look[] => [
    { tool, reads, mounts: [...mounts, ...more] },
  ];
  try {
    const { objects, value, reads, uses, warnings, problems } = await run.engine.run({ ...request, bring }, run.signal);
    const root = mounts.find(({ at }) => at === '/');
    const manifests = objects.map(({ manifest, origin, volatile }) => ({
      id: objectIdOf(manifest),
      object: manifest,
      app: app.id,
      cluster: app.cluster,
      origin: placed(origin, root),
      volatile,
    }));
    const missing = source.type === 'set' ? droppedApps(problems) : withoutValues(value);
    const variants = variantsOf(value, manifests, (origin) => ({
      app: app.id,
      cluster: app.cluster,
      origin: placed(origin, root),
      volatile: [],
    }));
    const undeclared = undeclaredIn(value);
    return {
      app,
      manifests,
      variants,
      undeclared,
      looks: look(reads, toolOf(source, value)),
      uses,
      warnings,
      ...missing,
    };
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof EngineError)
      return failed(app, { code: error.code, reason: reasonOf(error) }, look(error.reads, 'unknown'));
    return failed(app, { code: 'internal', reason: sentenceOf(error) });
  }
}

/**
 * `value.variants` of the engine: another form of the object at `index`, or none where only one of two renders has it; with an origin of
 * its own where it stands for none that is shown.
 */
function variantsOf(
  value: JsonValue | undefined,
  manifests: readonly Manifest[],
  unshown: (origin: Origin) => Omit<Manifest, 'id' | 'object'>,
): readonly Manifest[] {
  return listAt(value, 'variants').flatMap((variant) => {
    const object = isObject(variant) ? variant['manifest'] : undefined;
    if (!isObject(variant) || !isObject(object)) return [];
    const index = Number(variant['index']);
    const shown = index < 0 ? unshown(originOf(objectAt(variant, 'origin'))) : manifests[index];
    return shown === undefined ? [] : [{ ...shown, id: objectIdOf(object), object }];
  });
}

function originOf({ path, document, line }: JsonObject): Origin {
  if (typeof path !== 'string') return {};
  return { path, document: Number(document ?? 0), ...(line === undefined ? {} : { line: Number(line) }) };
}

const TOOLS: Readonly<Record<RenderType, Tool>> = {
  kustomize: 'kustomize',
  flux: 'kustomize',
  helm: 'helm',
  release: 'helm',
  directory: 'directory',
  set: 'set',
  argocd: 'unknown',
};

/** Of a source of Argo CD the engine says which tool its files ask for. */
function toolOf({ type }: SingleSource, value: JsonValue | undefined): Tool {
  const told = textAt(value, 'sourceType').toLowerCase();
  return told === 'kustomize' || told === 'helm' || told === 'directory' ? told : TOOLS[type];
}

/** Argo CD leaves out generated apps without a name or with the name of another, and goes on; a reviewer wants to know. */
function droppedApps(problems: readonly FileProblem[]): { readonly failure?: RenderFailure } {
  const reason = problems.map(({ message }) => message).join('; ');
  return reason === '' ? {} : { failure: { code: 'build', reason, isPartial: true } };
}

/** A document of values that is encrypted as a whole says nothing of what is in it: what was rendered lacks all of it. */
function withoutValues(value: JsonValue | undefined): { readonly failure?: RenderFailure } {
  const [first] = textsAt(objectAt(value, 'release'), 'unknownValues');
  if (first === undefined) return {};
  const reason = `its values from ${first} are encrypted as a whole, and it is shown without them; declare what they hold under flux.values in .presync.yaml`;
  return { failure: { code: 'unknowable', reason, isPartial: true } };
}

/** What is brought on the way was looked at like what was there before. */
function remember(bring: Bring, into: PlacedMount[]): Bring {
  return async (wanted, signal) => {
    const answer = await bring(wanted, signal);
    for (const { at, tree, isOwn } of 'mounts' in answer ? answer.mounts : []) {
      const wants = isOwn ? [] : wanted.filter((one) => one.at === at).map(wantOf);
      into.push({ at, tree, wants, ownPath: (path) => (isOwn ? path : undefined) });
    }
    return answer;
  };
}

/** Where in the repository that is judged; nowhere for what came from elsewhere. */
function placed({ path, ...rest }: Origin, root: PlacedMount | undefined): Origin {
  const own = path === undefined ? undefined : root?.ownPath(path.replace(/^\//, ''));
  return own === undefined ? {} : { path: own, ...rest };
}

/** What a kustomization renders besides its plugins; it keeps its failure, and stays as it was where the rest fails too. */
async function withoutPlugins(whole: Rendered, request: EngineRequest, render: Render): Promise<Rendered> {
  const rest = await attempt({ ...request, input: { ...request.input, withoutPlugins: true } }, render);
  if (rest.failure !== undefined || whole.failure === undefined) return whole;
  const reason = `${whole.failure.reason}; shown without what the plugin would add or change`;
  return { ...rest, looks: [...whole.looks, ...rest.looks], failure: { ...whole.failure, reason, isPartial: true } };
}
