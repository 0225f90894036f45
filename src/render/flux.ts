import { inputAt, type Renderer } from './renderer.ts';

export const flux: Renderer = { type: 'flux', operation: 'flux.build', input: inputAt };
