import type { JsonObject } from './json.ts';

/**
 * What to render, in the words of the controllers. The first four are operations of the engine; `input` is what that
 * operation takes besides `path` (engine/README.md). The last two are never rendered, and say why.
 */
export type RenderSource =
  | { readonly type: 'kustomize'; readonly path: string; readonly input: JsonObject }
  | { readonly type: 'helm'; readonly path: string; readonly input: JsonObject }
  | { readonly type: 'directory'; readonly path: string; readonly input: JsonObject }
  | { readonly type: 'flux'; readonly path: string; readonly input: JsonObject }
  /** Content that is not of this change: another repository, or another revision of this one. */
  | { readonly type: 'elsewhere'; readonly path: string; readonly where: string }
  | { readonly type: 'unknowable'; readonly path: string; readonly reason: string };
