import type { JsonObject } from '../model/json.ts';
import type { RenderType, SingleSource } from '../model/render-source.ts';
import type { Operation } from '../ports/engine.ts';

/** One way from a source to objects: an operation of the engine, and its input. */
export interface Renderer {
  readonly type: RenderType;
  readonly operation: Operation;
  input(source: SingleSource): JsonObject;
}

/** What most operations take: where, in the engine's file system, and what discovery read. */
export function inputAt(source: SingleSource): JsonObject {
  return { ...source.input, path: `/${source.path}` };
}

/** Of operations whose input names its paths itself. */
export function inputAsItIs(source: SingleSource): JsonObject {
  return source.input;
}
