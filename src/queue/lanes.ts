import type { JobName } from '../ports/queue.ts';

/** How many jobs of a kind run at once in one process, and how many of them for one installation (A33). */
export interface LaneWidth {
  readonly concurrency: number;
  readonly perInstallation: number;
}

export type Lanes = Readonly<Record<JobName, LaneWidth>>;

/** Announcements and publications are a few requests each; validations render, so a part stays free for other installations. */
export function lanesFor(validations: number): Lanes {
  return {
    announce: { concurrency: 8, perInstallation: 4 },
    validate: { concurrency: validations, perInstallation: Math.max(2, Math.ceil(validations * 0.75)) },
    publish: { concurrency: 8, perInstallation: 4 },
    reconcile: { concurrency: 1, perInstallation: 1 },
  };
}

export const JOB_NAMES: readonly JobName[] = ['announce', 'validate', 'publish', 'reconcile'];
