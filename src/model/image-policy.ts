import type { ImageRef } from './image-ref.ts';
import type { Manifest, ObjectId } from './manifest.ts';

/** What a policy of another tool, whose expressions were evaluated, says of an object. */
export interface PolicyAnswer {
  /** `ImageValidatingPolicy signed`. */
  readonly policy: string;
  /** Does its tool keep the object out, or only report it? */
  readonly mode: 'block' | 'advise';
  /** `unknown`: it depends on what neither Git nor a registry says. */
  readonly verdict: 'fail' | 'unknown';
  /** The policy's own words, or what is not known. */
  readonly message: string;
  /** The images that it judged, as they are written. */
  readonly images: readonly string[];
}

/** Answers by what an object says and where it goes: an object that was not judged has none. What passes is not in it. */
export interface PolicyAnswers {
  of(manifest: Manifest, namespace: string): readonly PolicyAnswer[];
  /** Does a policy that keeps objects out judge the image? */
  wants(ref: ImageRef): boolean;
  /** Policies that could not be evaluated at all. */
  readonly unread: readonly { readonly object: ObjectId; readonly app: string; readonly reason: string }[];
}
