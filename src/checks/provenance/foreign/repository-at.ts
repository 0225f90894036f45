import { ImageRefError, parseImageRef } from '../../../model/image-ref.ts';
import { refuse } from './reading.ts';

/** A repository for signatures, in the form in which presync asks for it. */
export function repositoryAt(written: string): string {
  try {
    const { repository, tag, digest } = parseImageRef(written);
    return tag === undefined && digest === undefined ? repository : refuse(`${written} is an image and no repository`);
  } catch (error) {
    if (error instanceof ImageRefError) return refuse(`its signatures lie in ${written}, which is no repository`);
    throw error;
  }
}
