import { argocd } from './argocd.ts';
import { directory } from './directory.ts';
import { flux } from './flux.ts';
import { helm } from './helm.ts';
import { kustomize } from './kustomize.ts';
import { release } from './release.ts';
import type { Renderer } from './renderer.ts';
import { set } from './set.ts';

/** Every way to render a source. */
export const RENDERERS: readonly Renderer[] = [kustomize, helm, directory, flux, argocd, set, release];
