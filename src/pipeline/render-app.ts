import type { App } from '../model/app.ts';
import { sentenceOf } from '../model/error.ts';
import { type Manifest, objectIdOf } from '../model/manifest.ts';
import { EngineError, type EngineErrorCode, type EngineRequest, type Reads } from '../ports/engine.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { RENDERERS } from '../render/index.ts';
import type { RunContext } from './context.ts';

/** Why an app has no objects, or not all of them. */
export interface RenderFailure {
  readonly code: EngineErrorCode | 'elsewhere' | 'unknowable';
  readonly reason: string;
  /** The manifests are there, but for what plugins would add or change. */
  readonly isPartial?: true;
}

/** An app with its objects, or with the reason why there are none or not all; never silently shorter than it should be. */
export interface Rendered {
  readonly app: App;
  readonly manifests: readonly Manifest[];
  readonly reads: readonly Reads[];
  readonly uses: readonly string[];
  readonly warnings: readonly string[];
  readonly failure?: RenderFailure;
}

export function failed(app: App, failure: RenderFailure, reads: readonly Reads[] = []): Rendered {
  return { app, manifests: [], reads, uses: [], warnings: [], failure };
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
  const reads = rendered.flatMap((one) => one.reads).filter(({ at }) => at === '/');
  return new Set(reads.flatMap(({ files }) => files.map(([path]) => path.replace(/^\//, ''))));
}

/** Are there objects to look at? Those of a partial render are; its app stays errored. */
export function isShown({ failure }: Rendered): boolean {
  return failure === undefined || failure.isPartial === true;
}

/** A throw inside one app becomes that app's failure; only the end of the whole run is passed on. */
export async function renderApp(app: App, tree: SourceTree, run: RunContext): Promise<Rendered> {
  const { source } = app;
  if (source.type === 'unknowable') return failed(app, { code: 'unknowable', reason: source.reason });
  if (source.type === 'elsewhere') {
    return failed(app, {
      code: 'elsewhere',
      reason: `its content is ${source.where}, which presync does not fetch yet`,
    });
  }
  const renderer = RENDERERS.find(({ type }) => type === source.type);
  if (renderer === undefined) return failed(app, { code: 'internal', reason: `no renderer for ${source.type}` });
  const request = { operation: renderer.operation, mounts: [{ at: '/', tree }], input: renderer.input(source) };
  const whole = await attempt(app, request, run);
  if (source.type !== 'kustomize' || whole.failure?.code !== 'unsupported') return whole;
  return withoutPlugins(whole, request, run);
}

async function attempt(app: App, request: EngineRequest, { engine, signal }: RunContext): Promise<Rendered> {
  try {
    const { objects, reads, uses, warnings } = await engine.run(request, signal);
    const manifests = objects.map(({ manifest, origin, volatile }) => ({
      id: objectIdOf(manifest),
      object: manifest,
      app: app.id,
      cluster: app.cluster,
      origin,
      volatile,
    }));
    return { app, manifests, reads, uses, warnings };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) return failed(app, { code: error.code, reason: reasonOf(error) }, error.reads);
    return failed(app, { code: 'internal', reason: sentenceOf(error) });
  }
}

/** What a kustomization renders besides its plugins; it keeps its failure, and stays as it was where the rest fails too. */
async function withoutPlugins(whole: Rendered, request: EngineRequest, run: RunContext): Promise<Rendered> {
  const rest = await attempt(whole.app, { ...request, input: { ...request.input, withoutPlugins: true } }, run);
  if (rest.failure !== undefined || whole.failure === undefined) return whole;
  const reason = `${whole.failure.reason}; shown without what the plugin would add or change`;
  return { ...rest, reads: [...whole.reads, ...rest.reads], failure: { ...whole.failure, reason, isPartial: true } };
}
