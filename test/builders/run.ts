import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import type { RunContext } from '../../src/pipeline/context.ts';
import { noRemotes } from '../../src/pipeline/remotes.ts';
import { anEngine } from '../fakes/engine.ts';

/** A run on `https://github.com/acme/clusters` that goes into `main`, without content from elsewhere. */
export function aRun(given: Partial<RunContext> = {}): RunContext {
  return {
    engine: anEngine(),
    policy: DEFAULT_POLICY,
    ownUrls: ['https://github.com/acme/clusters'],
    baseBranch: 'main',
    remotes: noRemotes('tests have no network'),
    defersElsewhere: false,
    signal: new AbortController().signal,
    ...given,
  };
}
