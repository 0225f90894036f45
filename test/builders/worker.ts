import { externalId } from '../../src/model/external-id.ts';
import { type CommitSha, parseCommitSha } from '../../src/model/ids.ts';
import type { Conclusion } from '../../src/model/outcome.ts';
import type { Annotation, PullRequest, ReviewComment } from '../../src/ports/change-host.ts';
import type { JudgeInput, RunReport, WorkerDeps } from '../../workers/deps.ts';
import { FakeChangeHost } from '../fakes/change-host.ts';
import { FakeLog } from '../fakes/log.ts';
import { FakeQueue } from '../fakes/queue.ts';
import { FakeStore } from '../fakes/store.ts';
import { FakeTimer } from '../fakes/timer.ts';
import { aHunk } from './hunk.ts';
import { BASE, HEAD, RULES } from './job.ts';
import { aVerdict } from './verdict.ts';

export function aSha(digit: string): CommitSha {
  return parseCommitSha(digit.repeat(40));
}

export function aPull(overrides: Partial<PullRequest> = {}): PullRequest {
  return { number: 1, open: true, head: HEAD, base: BASE, baseBranch: 'main', fromFork: false, ...overrides };
}

export function aRunId({ head = HEAD, base = BASE, attempt = 1 } = {}): string {
  return externalId({ head, base, rules: RULES, attempt });
}

export function anAnnotation(line: number): Annotation {
  return {
    path: 'app.yaml',
    startLine: line,
    endLine: line,
    level: 'failure',
    title: 'rbac/wildcard',
    message: 'too much',
  };
}

export function aComment(overrides: Partial<ReviewComment> = {}): ReviewComment {
  return { path: 'app.yaml', line: 10, startLine: 10, body: 'grants everything', ...overrides };
}

const CONCLUSIONS = { passed: 'success', failed: 'failure', errored: 'failure' } as const;

/** Everything a worker needs, in memory: by default the judge passes each change, and nothing is said on lines. */
export interface FakeWorker extends WorkerDeps {
  readonly host: FakeChangeHost;
  readonly store: FakeStore;
  readonly queue: FakeQueue;
  readonly timer: FakeTimer;
  readonly log: FakeLog;
  readonly judgements: JudgeInput[];
  /** What the judge says next, by pull request number; default passed. */
  readonly conclusions: Map<number, Conclusion>;
  annotations: readonly Annotation[];
  comments: readonly ReviewComment[];
}

export function aWorker(overrides: Partial<WorkerDeps> = {}): FakeWorker {
  const worker: FakeWorker = {
    host: new FakeChangeHost(),
    store: new FakeStore(),
    queue: new FakeQueue(),
    timer: new FakeTimer(),
    log: new FakeLog(),
    judgements: [],
    conclusions: new Map(),
    annotations: [],
    comments: [],
    rules: RULES,
    validateDeadlineMs: 600_000,
    judge: async (input) => {
      worker.judgements.push(input);
      const { head, base, number } = input.pull;
      const conclusion = worker.conclusions.get(number) ?? 'passed';
      return { verdict: aVerdict({ head, base, conclusion }), policyDigest: 'p', hunks: [aHunk()] };
    },
    report: (verdict): RunReport => ({
      conclusion: CONCLUSIONS[verdict.conclusion],
      report: {
        title: verdict.conclusion,
        summary: verdict.notes.join('\n') || 'summary',
        text: '',
        annotations: worker.annotations,
      },
      comments: worker.comments,
      reviewBody: 'presync looked at this',
    }),
    ...(overrides as object),
  };
  worker.host.pulls = [aPull()];
  return worker;
}

/** A signal that never fires. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}
