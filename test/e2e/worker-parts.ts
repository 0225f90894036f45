import { githubHost } from '../../src/adapters/github/host.ts';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import type { Conclusion } from '../../src/model/outcome.ts';
import type { JobQueue } from '../../src/ports/queue.ts';
import type { Store } from '../../src/ports/store.ts';
import { checkRunReport } from '../../src/report/check-run.ts';
import type { Judge, RunReport, WorkerDeps } from '../../workers/deps.ts';
import { aHunk } from '../builders/hunk.ts';
import { RULES } from '../builders/job.ts';
import { aFinding, aVerdict } from '../builders/verdict.ts';
import { anAnnotation } from '../builders/worker.ts';
import { aClock } from '../fakes/clock.ts';
import { FakeLog } from '../fakes/log.ts';

export interface GitHubAt {
  readonly appId: number;
  readonly privateKey: string;
  readonly baseUrl: string;
}

/** Finds one thing on line 10 of app.yaml, which the change wrote, unless it is told to pass. */
export function judgeThat(conclusion: Conclusion): Judge {
  const finding = aFinding({ location: { file: 'app.yaml', line: 10, endLine: 10 } });
  const findings = conclusion === 'failed' ? [finding] : [];
  return async ({ pull: { head, base } }) => ({
    verdict: aVerdict({ head, base, conclusion, findings }),
    policyDigest: '',
    hunks: [aHunk()],
  });
}

interface Given {
  readonly github: GitHubAt;
  readonly store: Store;
  readonly queue: JobQueue;
  readonly judge: Judge;
}

/** The workers on a GitHub over HTTP; only the judge is a stand-in. */
export function workerParts({ github, store, queue, judge }: Given): WorkerDeps {
  return {
    host: githubHost({ ...github, pace: 'none', clock: aClock() }),
    store,
    queue,
    judge,
    timer: systemTimer(),
    log: new FakeLog(),
    report: checkRunReport,
    rules: RULES,
    validateDeadlineMs: 60_000,
  };
}

const MANY = Array.from({ length: 120 }, (_, at) => anAnnotation(at + 1));

/** 120 annotations instead of what the report would say. */
export function withMany(parts: WorkerDeps): WorkerDeps {
  return { ...parts, report: reportMany };
}

function reportMany(...[verdict, context]: Parameters<WorkerDeps['report']>): RunReport {
  const made = checkRunReport(verdict, context);
  return { ...made, report: { ...made.report, annotations: MANY } };
}
