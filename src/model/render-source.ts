import { type Content, isOurs } from './content.ts';
import type { JsonObject } from './json.ts';

/** How one source of an app is rendered: each is an operation of the engine, src/render/index.ts. */
export type RenderType = 'kustomize' | 'helm' | 'directory' | 'flux' | 'argocd' | 'set' | 'release';

/** Content at another place of the engine's file system than `/`. */
export interface Beside {
  readonly at: string;
  readonly content: Content;
}

/**
 * One render, in the words of the controllers. `input` is what the operation takes besides `path` (engine/README.md), `content` what
 * lies at `/`; a path is relative to it.
 */
export interface SingleSource {
  readonly type: RenderType;
  readonly path: string;
  readonly input: JsonObject;
  readonly content: Content;
  readonly beside?: readonly Beside[];
}

export type RenderSource =
  | SingleSource
  /** What all of them render, in this order. */
  | { readonly type: 'several'; readonly path: string; readonly sources: readonly SingleSource[] }
  /** Never rendered, and says why. */
  | { readonly type: 'unknowable'; readonly path: string; readonly reason: string };

/** The renders that it takes; none where it cannot be rendered. */
export function singlesOf(source: RenderSource): readonly SingleSource[] {
  if (source.type === 'unknowable') return [];
  return source.type === 'several' ? source.sources : [source];
}

/** Is all that it renders content from elsewhere? Values files of this repository may go into it. */
export function isElsewhere(source: RenderSource): boolean {
  const singles = singlesOf(source);
  return singles.length > 0 && singles.every(({ content }) => !isOurs(content));
}
