import { coversGlob } from '../../model/glob.ts';
import { isThisRepository } from '../../model/repository-url.ts';
import type { Comparison } from './weakening.ts';

export const weakened: Comparison = ({ policy: before }, { policy: after }) => {
  if (after.weakened === 'block' || before.weakened === 'advise') return [];
  const message =
    'policy.weakened goes from block to advise; later changes could weaken every rule without being stopped';
  return [{ key: 'policy weakened', path: ['policy', 'weakened'], message }];
};

export const ignore: Comparison = (base, proposed) =>
  proposed.ignore.flatMap((glob, index) => {
    if (base.ignore.some((other) => coversGlob(other, glob))) return [];
    const message = `ignore: ${glob} is new; manifests there that no app reads would not be judged`;
    return [{ key: `ignore ${glob}`, path: ['ignore', index], message }];
  });

/** Apps that point to another repository are not of this change; calling it this one lets its content be taken for ours. */
export const urls: Comparison = (base, proposed) =>
  proposed.repository.urls.flatMap((url, index) => {
    if (isThisRepository(url, base.repository.urls)) return [];
    const message = `repository.urls: ${url} is new; apps that point there would be judged by the files of this repository`;
    return [{ key: `urls ${url}`, path: ['repository', 'urls', index], message }];
  });
