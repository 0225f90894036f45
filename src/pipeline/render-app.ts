import type { App } from '../model/app.ts';
import { sentenceOf } from '../model/error.ts';
import { type Manifest, objectIdOf } from '../model/manifest.ts';
import { EngineError, type EngineErrorCode, type Reads } from '../ports/engine.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { RENDERERS } from '../render/index.ts';
import type { RunContext } from './context.ts';

/** Why an app has no objects. */
export interface RenderFailure {
  readonly code: EngineErrorCode | 'elsewhere' | 'unknowable';
  readonly reason: string;
}

/** An app with its objects, or with the reason why there are none; never shorter than it should be. */
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

/** A throw inside one app becomes that app's failure; only the end of the whole run is passed on. */
export async function renderApp(app: App, tree: SourceTree, { engine, signal }: RunContext): Promise<Rendered> {
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
  try {
    const request = { operation: renderer.operation, mounts: [{ at: '/', tree }], input: renderer.input(source) };
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
