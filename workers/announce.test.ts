import { expect, test } from '@jest/globals';
import { anAnnounceJob, aValidateJob, BASE, HEAD } from '../test/builders/job.ts';
import { aPull, aRunId, aSha, aWorker, calm, type FakeWorker } from '../test/builders/worker.ts';
import { ChangeHostError } from '../src/ports/change-host.ts';
import { announce } from './announce.ts';

function states({ host }: FakeWorker): readonly (readonly [string, string | null])[] {
  return host.runs.map(({ externalId, conclusion }) => [externalId, conclusion]);
}

async function complete(worker: FakeWorker, index = 0): Promise<void> {
  const run = worker.host.runs[index];
  if (run !== undefined) run.conclusion = 'success';
}

test('a new pull request gets one run in progress for its head and base', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  expect(states(worker)).toEqual([[aRunId(), null]]);
});

test('announcing twice changes nothing', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  await announce(worker, anAnnounceJob(), calm());
  await complete(worker);
  await announce(worker, anAnnounceJob(), calm());
  expect(states(worker)).toEqual([[aRunId(), 'success']]);
  expect(worker.queue.jobs).toEqual([]);
});

test('a push completes the run of the old head as cancelled (A29)', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  const head = aSha('d');
  worker.host.pulls = [aPull({ head })];
  await announce(worker, anAnnounceJob(), calm());
  expect(states(worker)).toEqual([
    [aRunId(), 'cancelled'],
    [aRunId({ head }), null],
  ]);
});

test('the run of an old head stays when another pull request waits for it', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  worker.host.pulls = [aPull({ head: aSha('d') }), aPull({ number: 2 })];
  await announce(worker, anAnnounceJob(), calm());
  expect(states(worker)[0]).toEqual([aRunId(), null]);
});

test('a moved base gets a run of its own, and the old one is not left hanging', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  const base = aSha('e');
  worker.host.pulls = [aPull({ base })];
  await announce(worker, anAnnounceJob(), calm());
  expect(states(worker)).toEqual([
    [aRunId(), 'cancelled'],
    [aRunId({ base }), null],
  ]);
});

test('a re-run of a finished run is a new run, and is validated (C2, C11)', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  await complete(worker);
  await announce(worker, anAnnounceJob({ why: 'rerun' }), calm());
  await announce(worker, anAnnounceJob({ why: 'rerun' }), calm());
  expect(states(worker)).toEqual([
    [aRunId(), 'success'],
    [aRunId({ attempt: 2 }), null],
  ]);
  expect(worker.queue.jobs).toEqual([aValidateJob(), aValidateJob()]);
});

test.each([
  ['a closed pull request', aPull({ open: false }), 'changed' as const],
  ['a pull request that is over', aPull(), 'ended' as const],
])('%s leaves no run in progress and starts none', async (_name, pull, why) => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  worker.host.pulls = [pull];
  await announce(worker, anAnnounceJob({ why }), calm());
  expect(states(worker)).toEqual([[aRunId(), 'cancelled']]);
});

test('a merge group is announced on its own head', async () => {
  const worker = aWorker();
  worker.host.pulls = [];
  const subject = { kind: 'group', head: HEAD, base: BASE, baseBranch: 'main' } as const;
  await announce(worker, { ...anAnnounceJob(), subject }, calm());
  await announce(worker, { ...anAnnounceJob({ why: 'ended' }), subject }, calm());
  expect(states(worker)).toEqual([[aRunId(), 'cancelled']]);
});

test('GitHub not answering is left to the queue', async () => {
  const worker = aWorker();
  worker.host.fail('startRun', new ChangeHostError('UNREACHABLE', 'no answer'));
  await expect(announce(worker, anAnnounceJob(), calm())).rejects.toThrow('no answer');
});
