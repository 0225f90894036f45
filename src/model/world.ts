import type { App } from './app.ts';
import type { Manifest } from './manifest.ts';

export type Side = 'base' | 'merged';

/** The apps that the change affects, and their objects, on one side. */
export interface World {
  readonly side: Side;
  readonly apps: readonly App[];
  readonly manifests: readonly Manifest[];
}
