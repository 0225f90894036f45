import type { App } from './app.ts';
import type { Manifest } from './manifest.ts';

export type Side = 'base' | 'merged';

/** Apps and their objects on one side: those that the change affects, or all. */
export interface World {
  readonly side: Side;
  readonly apps: readonly App[];
  readonly manifests: readonly Manifest[];
}
