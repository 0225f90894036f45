import { inputAt, type Renderer } from './renderer.ts';

export const helm: Renderer = { type: 'helm', operation: 'helm.template', input: inputAt };
