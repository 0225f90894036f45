import { describe, expect, test } from '@jest/globals';
import { ChangeHostError } from '../src/ports/change-host.ts';
import { anAnnounceJob, aPublishJob, aValidateJob, BASE, HEAD } from '../test/builders/job.ts';
import {
  aComment,
  anAnnotation,
  aPull,
  aRunId,
  aSha,
  aWorker,
  calm,
  type FakeWorker,
} from '../test/builders/worker.ts';
import { announce } from './announce.ts';
import { publish } from './publish.ts';
import { validate } from './validate.ts';

const lost = new ChangeHostError('UNREACHABLE', 'the answer was lost');

async function judged(worker: FakeWorker, ...pulls: readonly number[]): Promise<void> {
  for (const pull of pulls) {
    await announce(worker, anAnnounceJob({ pull }), calm());
    await validate(worker, aValidateJob({ pull }), calm());
  }
  worker.queue.jobs.length = 0;
}

function conclusions({ host }: FakeWorker): readonly (string | null)[] {
  return host.runs.map(({ conclusion }) => conclusion);
}

function shared(base = aSha('e')): FakeWorker {
  const worker = aWorker();
  worker.host.pulls = [aPull({ number: 1 }), aPull({ number: 2, base, baseBranch: 'lax' })];
  return worker;
}

async function reviewed(worker: FakeWorker): Promise<void> {
  await judged(worker, 1);
  await publish(worker, aPublishJob(), calm());
}

const ANNOTATIONS = Array.from({ length: 120 }, (_, at) => anAnnotation(at + 1));

describe('a verdict', () => {
  test.each([
    ['passed', 'success'],
    ['failed', 'failure'],
    ['errored', 'failure'],
  ] as const)('that %s completes the run as %s', async (verdict, conclusion) => {
    const worker = aWorker();
    worker.conclusions.set(1, verdict);
    await judged(worker, 1);
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual([conclusion]);
  });

  test('that timed out says so', async () => {
    const worker = aWorker({ judge: () => new Promise(() => undefined) });
    await announce(worker, anAnnounceJob(), calm());
    const done = validate(worker, aValidateJob(), calm());
    await worker.timer.pass(0);
    await worker.timer.pass(600_000);
    await done;
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual(['timed_out']);
  });

  test('is published once, however often it is asked for', async () => {
    const worker = aWorker();
    worker.annotations = ANNOTATIONS;
    worker.comments = [aComment()];
    await judged(worker, 1);
    await publish(worker, aPublishJob(), calm());
    await publish(worker, aPublishJob(), calm());
    expect(worker.host.runs).toMatchObject([{ updates: 1, conclusion: 'success' }]);
    expect(worker.host.runs[0]?.annotations).toHaveLength(120);
    expect(worker.host.written).toHaveLength(1);
  });

  test.each([1, 2])('whose publication broke off after %i batches goes on where it stood (C2)', async (batches) => {
    const worker = aWorker();
    worker.annotations = ANNOTATIONS;
    await judged(worker, 1);
    for (let batch = 1; batch < batches; batch += 1) worker.host.fail('annotate', undefined as never);
    worker.host.fail('annotate', lost);
    await expect(publish(worker, aPublishJob(), calm())).rejects.toThrow(lost);
    expect(conclusions(worker)).toEqual([null]);
    await publish(worker, aPublishJob(), calm());
    expect(worker.host.runs).toMatchObject([{ conclusion: 'success', annotations: ANNOTATIONS }]);
  });

  test('goes to a run of its own when none was announced', async () => {
    const worker = aWorker();
    await validate(worker, aValidateJob(), calm());
    await publish(worker, aPublishJob(), calm());
    expect(worker.host.runs).toMatchObject([{ externalId: aRunId(), conclusion: 'success' }]);
  });

  test('completes a run that a lost answer doubled (C14)', async () => {
    const worker = aWorker();
    await judged(worker, 1);
    const [first] = worker.host.runs;
    if (first !== undefined) worker.host.runs.push({ ...first, id: 2, annotations: [] });
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual(['cancelled', 'success']);
  });

  test('of a head that moved on is not published: its run is cancelled (A29)', async () => {
    const worker = aWorker();
    worker.comments = [aComment()];
    await judged(worker, 1);
    worker.host.pulls = [aPull({ head: aSha('d') })];
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual(['cancelled']);
    expect(worker.host.written).toEqual([]);
  });

  test('of a pull request that was merged meanwhile is published without a review', async () => {
    const worker = aWorker();
    worker.comments = [aComment()];
    worker.conclusions.set(1, 'failed');
    await judged(worker, 1);
    worker.host.pulls = [aPull({ open: false })];
    await publish(worker, aPublishJob(), calm());
    expect([conclusions(worker), worker.host.written]).toEqual([['failure'], []]);
  });

  test('that the store lost is left to reconcile', async () => {
    const worker = aWorker();
    await judged(worker, 1);
    worker.store.verdicts.clear();
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual([null]);
  });

  test('of a merge group completes the run of the group', async () => {
    const worker = aWorker();
    worker.host.pulls = [];
    const subject = { kind: 'group', head: HEAD, base: BASE, baseBranch: 'main' } as const;
    await announce(worker, { ...anAnnounceJob(), subject }, calm());
    await validate(worker, { ...aValidateJob(), subject }, calm());
    await publish(worker, aPublishJob({ subject: `group/${HEAD}` }), calm());
    expect(conclusions(worker)).toEqual(['success']);
  });
});

describe('two pull requests with one head', () => {
  const second = aPublishJob({ subject: 'pull/2', base: aSha('e') });

  test.each([
    ['passed', 'passed', ['success', 'success']],
    ['failed', 'passed', ['failure', 'failure']],
    ['passed', 'failed', ['failure', 'failure']],
    ['errored', 'passed', ['failure', 'failure']],
  ] as const)('that %s and %s are published as one (DESIGN 4)', async (one, two, expected) => {
    const worker = shared();
    worker.conclusions.set(1, one).set(2, two);
    await judged(worker, 1, 2);
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual(expected);
    await publish(worker, second, calm());
    expect(worker.host.runs.map(({ updates }) => updates)).toEqual([1, 1]);
  });

  test('say in the run of the one that passed where it is that it did not', async () => {
    const worker = shared();
    worker.conclusions.set(2, 'failed');
    await judged(worker, 1, 2);
    await publish(worker, aPublishJob(), calm());
    expect(worker.host.runs[0]?.summary).toContain('#2');
    expect(worker.host.runs[1]?.summary).not.toContain('#1');
  });

  test('wait for each other before they pass, and the other is asked for', async () => {
    const worker = shared();
    await judged(worker, 1);
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual([null]);
    expect(worker.queue.jobs).toEqual([anAnnounceJob({ pull: 2 }), aValidateJob({ pull: 2 })]);
  });

  test('do not wait for each other to fail', async () => {
    const worker = shared();
    worker.conclusions.set(1, 'failed');
    await judged(worker, 1);
    await publish(worker, aPublishJob(), calm());
    expect(conclusions(worker)).toEqual(['failure']);
  });

  test('turn a success of the first into a failure when the second comes later and fails', async () => {
    const worker = aWorker();
    await judged(worker, 1);
    await publish(worker, aPublishJob(), calm());
    worker.host.pulls = shared().host.pulls;
    worker.conclusions.set(2, 'failed');
    await judged(worker, 2);
    await publish(worker, second, calm());
    expect(conclusions(worker)).toEqual(['failure', 'failure']);
  });

  test('with one base share the run, which is success only for both', async () => {
    const worker = shared(BASE);
    worker.conclusions.set(2, 'failed');
    await judged(worker, 1, 2);
    await publish(worker, aPublishJob(), calm());
    await publish(worker, aPublishJob({ subject: 'pull/2' }), calm());
    expect(conclusions(worker)).toEqual(['failure']);
  });
});

describe('a review', () => {
  test('is not written when there is nothing to say on lines (U2)', async () => {
    const worker = aWorker();
    await reviewed(worker);
    expect(worker.host.written).toEqual([]);
  });

  test.each([
    ['on a line that the change wrote', aComment({ line: 10 }), [{ line: 10, startLine: 10 }]],
    ['just before', aComment({ line: 9, startLine: 9 }), []],
    ['just after', aComment({ line: 11, startLine: 11 }), []],
    ['in another file', aComment({ path: 'other.yaml' }), []],
    ['that begins outside', aComment({ line: 10, startLine: 7 }), [{ line: 10, startLine: 10 }]],
  ])('has a comment only inside the hunks: %s (R2)', async (_name, comment, expected) => {
    const worker = aWorker();
    worker.comments = [comment];
    await reviewed(worker);
    expect(worker.host.written.flatMap(({ comments }) => comments)).toMatchObject(expected);
  });

  test('does not repeat after a push what it said before (U15)', async () => {
    const worker = aWorker();
    worker.comments = [aComment()];
    await reviewed(worker);
    const head = aSha('d');
    worker.host.pulls = [aPull({ head })];
    worker.comments = [aComment(), aComment({ body: 'something new' })];
    await judged(worker, 1);
    await publish(worker, aPublishJob({ head }), calm());
    expect(worker.host.written.map(({ comments }) => comments.map(({ body }) => body))).toEqual([
      ['grants everything'],
      ['something new'],
    ]);
  });

  test('that was written before the store was lost is not written again', async () => {
    const worker = aWorker();
    worker.comments = [aComment()];
    await reviewed(worker);
    worker.store.runs.clear();
    await announce(worker, anAnnounceJob(), calm());
    await publish(worker, aPublishJob(), calm());
    expect(worker.host.written).toHaveLength(1);
  });

  test('that GitHub refuses leaves the check run as it is (R3)', async () => {
    const worker = aWorker();
    worker.comments = [aComment()];
    worker.host.fail('review', new ChangeHostError('REFUSED', 'diff hunk'));
    await reviewed(worker);
    expect(conclusions(worker)).toEqual(['success']);
  });

  test('is tried again when GitHub did not answer', async () => {
    const worker = aWorker();
    worker.comments = [aComment()];
    worker.host.fail('review', lost);
    await judged(worker, 1);
    await expect(publish(worker, aPublishJob(), calm())).rejects.toThrow(lost);
    await publish(worker, aPublishJob(), calm());
    expect(worker.host.written).toHaveLength(1);
  });
});
