import type { Manifest } from '../../../model/manifest.ts';

/** A guard of another tool that stands at the base and would not after the merge. */
export interface GuardLost {
  /** The object as it stands at the base. */
  readonly guard: Manifest;
  /** Tells several losses of one object apart. */
  readonly key: string;
  readonly message: string;
  /** Is it weaker for sure, or something that only its own tool can compare? */
  readonly isCertain: boolean;
}
