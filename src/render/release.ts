import { inputAsItIs, type Renderer } from './renderer.ts';

export const release: Renderer = { type: 'release', operation: 'helmrelease.render', input: inputAsItIs };
