import { coversGlob } from '../../model/glob.ts';
import type { Comparison } from './weakening.ts';

/** What is read with credentials is shown to whoever sees the report of a pull request. */
export const registries: Comparison = (base, proposed) =>
  proposed.registries.credentials.flatMap((glob, index) => {
    if (base.registries.credentials.some((other) => coversGlob(other, glob))) return [];
    const message = `registries.credentials: ${glob} is new; the operator's credentials would be used to read images, charts and artifacts there`;
    return [{ key: `registries credentials ${glob}`, path: ['registries', 'credentials', index], message }];
  });
