import { inputAt, type Renderer } from './renderer.ts';

export const kustomize: Renderer = { type: 'kustomize', operation: 'kustomize.build', input: inputAt };
