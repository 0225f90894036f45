import { expect, test } from '@jest/globals';
import { parseInstallationId, parseRepositoryId } from '../src/model/ids.ts';
import { anAnnounceJob, aValidateJob, BASE, HEAD } from '../test/builders/job.ts';
import { aPull, aSha, aWorker, calm } from '../test/builders/worker.ts';
import { FakeLog } from '../test/fakes/log.ts';
import { FakeQueue } from '../test/fakes/queue.ts';
import { FakeTimer } from '../test/fakes/timer.ts';
import { settled } from '../test/fakes/timer.ts';
import { announce } from './announce.ts';
import { reconcile, startReconciling } from './reconcile.ts';

const REF = { installation: parseInstallationId(1), repository: parseRepositoryId(10) };
const SCOPE = { ...REF, base: null, rerun: null, by: null };
const job = (scope: Partial<typeof SCOPE> | { readonly base?: string; readonly rerun?: string }) =>
  ({ name: 'reconcile', version: 1, scope: { ...SCOPE, ...scope } }) as Parameters<typeof reconcile>[1];

test('a pass over everything becomes one over each repository', async () => {
  const worker = aWorker();
  worker.host.refs = [REF];
  await reconcile(worker, { name: 'reconcile', version: 1, scope: null }, calm());
  expect(worker.queue.jobs).toEqual([job({})]);
});

test('open pull requests without a run are queued', async () => {
  const worker = aWorker();
  worker.host.pulls = [aPull({ number: 1 }), aPull({ number: 2, open: false })];
  await reconcile(worker, job({}), calm());
  expect(worker.queue.jobs).toEqual([anAnnounceJob(), aValidateJob()]);
});

test.each([
  ['a finished run', 'success', {}, 0],
  ['a run that hangs', null, {}, 2],
  ['a run for an older base', 'success', { base: aSha('e') }, 2],
  ['a run for an older head', 'success', { head: aSha('d') }, 2],
] as const)('a pull request with %s is queued only if work is left', async (_name, conclusion, moved, jobs) => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  for (const run of worker.host.runs) run.conclusion = conclusion;
  worker.host.pulls = [aPull(moved)];
  await reconcile(worker, job({}), calm());
  expect(worker.queue.jobs).toHaveLength(jobs);
});

test('a run of other rules does not count as finished', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  for (const run of worker.host.runs) run.conclusion = 'success';
  await reconcile({ ...worker, rules: 'feedfacefeedface' }, job({}), calm());
  expect(worker.queue.jobs).toHaveLength(2);
});

test('after a push only pull requests onto that branch are looked at', async () => {
  const worker = aWorker();
  worker.host.pulls = [aPull({ number: 1, baseBranch: 'main' }), aPull({ number: 2, baseBranch: 'release' })];
  await reconcile(worker, job({ base: 'release' }), calm());
  expect(worker.queue.jobs).toEqual([anAnnounceJob({ pull: 2 }), aValidateJob({ pull: 2 })]);
});

test('a re-run is for every pull request with that head', async () => {
  const worker = aWorker();
  worker.host.pulls = [aPull({ number: 1 }), aPull({ number: 2 }), aPull({ number: 3, head: aSha('d') })];
  await reconcile(worker, job({ rerun: HEAD }), calm());
  expect(worker.queue.jobs).toEqual([1, 2].map((pull) => anAnnounceJob({ pull, why: 'rerun' })));
});

test('a re-run of a merge group is for the group', async () => {
  const worker = aWorker();
  worker.host.pulls = [];
  const subject = { kind: 'group', head: HEAD, base: BASE, baseBranch: 'main' } as const;
  await announce(worker, { ...anAnnounceJob(), subject }, calm());
  await reconcile(worker, job({ rerun: HEAD }), calm());
  expect(worker.queue.jobs).toEqual([{ ...anAnnounceJob({ why: 'rerun' }), subject }]);
});

test('a re-run of a commit that nothing stands on is for nobody', async () => {
  const worker = aWorker();
  await reconcile(worker, job({ rerun: aSha('f') }), calm());
  expect(worker.queue.jobs).toEqual([]);
});

test('passes come at the start and after each pause, until they are ended, whatever the queue does', async () => {
  const [queue, timer, log] = [new FakeQueue(), new FakeTimer(), new FakeLog()];
  const end = startReconciling({ queue, timer, log, everyMs: 1_000 });
  expect(queue.jobs).toHaveLength(1);
  queue.isDown = true;
  await timer.pass(1_000);
  queue.isDown = false;
  await timer.pass(1_000);
  expect(queue.jobs).toHaveLength(2);
  end();
  await timer.pass(10_000);
  await settled();
  expect(queue.jobs).toHaveLength(2);
});
