import { inputAt, type Renderer } from './renderer.ts';

export const directory: Renderer = { type: 'directory', operation: 'directory.load', input: inputAt };
