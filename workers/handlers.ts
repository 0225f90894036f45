import { PresyncError } from '../src/model/error.ts';
import type { Job, JobHandler, JobHandlers } from '../src/ports/queue.ts';
import { announce } from './announce.ts';
import type { WorkerDeps } from './deps.ts';
import { publish } from './publish.ts';
import { reconcile } from './reconcile.ts';
import { validate, validateGaveUp } from './validate.ts';

type Run<Kind extends Job> = (deps: WorkerDeps, job: Kind, signal: AbortSignal) => Promise<void>;

/** Every kind of job and what does it. */
export function handlersFor(deps: WorkerDeps): JobHandlers {
  return {
    announce: repaired(deps, announce),
    validate: {
      run: (job, signal) => validate(deps, job, signal),
      gaveUp: (job, error) => validateGaveUp(deps, job, error),
    },
    publish: repaired(deps, publish),
    reconcile: repaired(deps, reconcile),
  };
}

/** What a failed job of these kinds leaves undone, the next reconcile pass finds. */
function repaired<Kind extends Job>(deps: WorkerDeps, run: Run<Kind>): JobHandler<Kind> {
  return {
    run: (job, signal) => run(deps, job, signal),
    gaveUp: async ({ name }, error) => {
      deps.log.error({ job: name, code: error instanceof PresyncError ? error.code : null }, 'a job was given up');
    },
  };
}
