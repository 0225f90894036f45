import { directory } from './directory.ts';
import { flux } from './flux.ts';
import { helm } from './helm.ts';
import { kustomize } from './kustomize.ts';
import type { Renderer } from './renderer.ts';

/** Every way to render a source. */
export const RENDERERS: readonly Renderer[] = [kustomize, helm, directory, flux];
