import type { ImageRef } from './image-ref.ts';
import type { Side } from './world.ts';

/** A chart or an artifact of a registry that an app was rendered from. */
export interface Artifact {
  readonly side: Side;
  readonly app: string;
  readonly cluster: string;
  readonly content: 'chart' | 'artifact';
  /** As it is written, with the digest that was rendered. */
  readonly ref: ImageRef;
}
