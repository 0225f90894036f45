import { inputAsItIs, type Renderer } from './renderer.ts';

export const argocd: Renderer = { type: 'argocd', operation: 'argocd.source', input: inputAsItIs };
