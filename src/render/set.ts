import { inputAsItIs, type Renderer } from './renderer.ts';

export const set: Renderer = { type: 'set', operation: 'applicationset.generate', input: inputAsItIs };
