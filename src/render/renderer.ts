import type { JsonObject } from '../model/json.ts';
import type { RenderSource } from '../model/render-source.ts';
import type { Operation } from '../ports/engine.ts';

export type RenderType = Exclude<RenderSource['type'], 'elsewhere' | 'unknowable'>;

/** One way from a source to objects: an operation of the engine, and its input. */
export interface Renderer {
  readonly type: RenderType;
  readonly operation: Operation;
  input(source: RenderSource & { readonly type: RenderType }): JsonObject;
}

/** What every operation takes: where, in the engine's file system, and what discovery read. */
export function inputAt(source: RenderSource & { readonly type: RenderType }): JsonObject {
  return { ...source.input, path: `/${source.path}` };
}
