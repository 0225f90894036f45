import { expect, test } from '@jest/globals';
import { aKey, anAnnounceJob, aPublishJob, aValidateJob } from '../test/builders/job.ts';
import { aVerdict } from '../test/builders/verdict.ts';
import { aPull, aSha, aWorker, calm, type FakeWorker } from '../test/builders/worker.ts';
import { settled } from '../test/fakes/timer.ts';
import { EngineError } from '../src/ports/engine.ts';
import type { LockEntry } from '../src/model/lock.ts';
import type { ValidateJob } from '../src/ports/queue.ts';
import { RepositoryError } from '../src/ports/repository.ts';
import { QueueError } from '../src/ports/queue.ts';
import { announce } from './announce.ts';
import { validate, validateGaveUp } from './validate.ts';

function onlyVerdict({ store }: FakeWorker) {
  expect(store.verdicts.size).toBe(1);
  return [...store.verdicts.values()][0];
}

function anEntry(name: string, resolved = 'commit-1'): LockEntry {
  return { kind: 'git', ref: `https://git.example/${name}@main`, resolved, digest: 'sha256:a' };
}

/** A worker whose judge brings these from elsewhere, one list after the other, and remembers what it was given. */
function aLockingWorker(...locks: readonly (readonly LockEntry[])[]) {
  const given: (readonly LockEntry[])[] = [];
  const worker = aWorker({
    judge: ({ pull: { head, base }, lock }) => {
      const verdict = aVerdict({ head, base, lock: locks[given.length] ?? [] });
      given.push(lock);
      return Promise.resolve({ verdict, policyDigest: 'p', hunks: [] });
    },
  });
  return { worker, given };
}

function aGroupJob(): ValidateJob {
  const { installation, repository } = aValidateJob();
  const group = { kind: 'group', head: aSha('e'), base: aSha('b'), baseBranch: 'main' } as const;
  return { name: 'validate', version: 1, installation, repository, subject: group };
}

const never = (): Promise<never> => new Promise(() => undefined);

test('a change is judged, its verdict stored, and its publication queued', async () => {
  const worker = aWorker();
  await validate(worker, aValidateJob(), calm());
  expect(onlyVerdict(worker)).toMatchObject({ key: aKey(), ended: 'judged', policyDigest: 'p' });
  expect(worker.queue.jobs).toEqual([aPublishJob()]);
});

test('the judge gets a token for this repository, and it is revoked afterwards (T2)', async () => {
  const worker = aWorker();
  await validate(worker, aValidateJob(), calm());
  expect(worker.judgements[0]).toMatchObject({ token: 'ghs_0', pull: aPull() });
  expect(worker.host.tokens).toEqual([{ token: 'ghs_0', isRevoked: true }]);
});

test('the token is revoked also when the judge fails', async () => {
  const worker = aWorker({ judge: () => Promise.reject(new TypeError('x')) });
  await validate(worker, aValidateJob(), calm());
  expect(worker.host.tokens.map(({ isRevoked }) => isRevoked)).toEqual([true]);
});

test('what has a verdict is not judged again, only published', async () => {
  const worker = aWorker();
  await validate(worker, aValidateJob(), calm());
  await validate(worker, aValidateJob(), calm());
  expect(worker.judgements).toHaveLength(1);
  expect(worker.queue.jobs).toEqual([aPublishJob(), aPublishJob()]);
});

test.each([
  ['a new head', { head: aSha('d') }],
  ['a moved base', { base: aSha('e') }],
])('%s is judged anew', async (_name, change) => {
  const worker = aWorker();
  await validate(worker, aValidateJob(), calm());
  worker.host.pulls = [aPull(change)];
  await validate(worker, aValidateJob(), calm());
  expect(worker.judgements).toHaveLength(2);
});

test('a re-run is judged anew', async () => {
  const worker = aWorker();
  await announce(worker, anAnnounceJob(), calm());
  await validate(worker, aValidateJob(), calm());
  for (const run of worker.host.runs) run.conclusion = 'success';
  await announce(worker, anAnnounceJob({ why: 'rerun' }), calm());
  await validate(worker, aValidateJob(), calm());
  expect(worker.judgements).toHaveLength(2);
  expect(worker.queue.jobs.at(-1)).toEqual(aPublishJob({ attempt: 2 }));
});

test('a closed pull request is not judged', async () => {
  const worker = aWorker();
  worker.host.pulls = [aPull({ open: false })];
  await validate(worker, aValidateJob(), calm());
  expect([worker.judgements, worker.queue.jobs]).toEqual([[], []]);
});

test('an unexpected error is a verdict that could not be checked, with nothing of its message (C7)', async () => {
  const worker = aWorker({ judge: () => Promise.reject(new TypeError('token ghs_secret')) });
  await validate(worker, aValidateJob(), calm());
  const stored = onlyVerdict(worker);
  expect(stored?.verdict.conclusion).toBe('errored');
  expect(JSON.stringify(stored)).not.toContain('ghs_secret');
  expect(worker.queue.jobs).toEqual([aPublishJob()]);
});

test('an error of our own is told in its own words', async () => {
  const worker = aWorker({ judge: () => Promise.reject(new RepositoryError('SHALLOW', 'fetch more history')) });
  await validate(worker, aValidateJob(), calm());
  expect(onlyVerdict(worker)?.verdict.notes).toEqual(['fetch more history']);
});

test('an error that may pass is left to the queue, and no verdict is made of it', async () => {
  const worker = aWorker({ judge: () => Promise.reject(new EngineError('internal', 'the engine died')) });
  await expect(validate(worker, aValidateJob(), calm())).rejects.toThrow('the engine died');
  expect(worker.store.verdicts.size).toBe(0);
});

test('when the tries are used up, the verdict is that it could not be checked', async () => {
  const worker = aWorker();
  await validateGaveUp(worker, aValidateJob(), new QueueError('STALLED', 'the worker died each time'));
  expect(onlyVerdict(worker)?.verdict).toMatchObject({ conclusion: 'errored', notes: ['the worker died each time'] });
  expect(worker.queue.jobs).toEqual([aPublishJob()]);
});

test('a verdict of other commits is not believed (A29)', async () => {
  const verdict = aVerdict({ head: aSha('f') });
  const worker = aWorker({ judge: () => Promise.resolve({ verdict, policyDigest: '', hunks: [] }) });
  await validate(worker, aValidateJob(), calm());
  expect(onlyVerdict(worker)?.verdict.conclusion).toBe('errored');
});

test('a judge that does not end is timed out, heeding the signal or not (C8)', async () => {
  const worker = aWorker({ judge: never });
  const done = validate(worker, aValidateJob(), calm());
  await settled();
  await worker.timer.pass(600_000);
  await done;
  expect(onlyVerdict(worker)).toMatchObject({ ended: 'timed_out', verdict: { conclusion: 'errored' } });
  expect(worker.host.tokens.every(({ isRevoked }) => isRevoked)).toBe(true);
});

test('the deadline ends with the job', async () => {
  const worker = aWorker();
  await validate(worker, aValidateJob(), calm());
  expect(worker.timer.pending).toBe(0);
});

test('a stopped job makes no verdict', async () => {
  const worker = aWorker({ judge: never });
  const stop = new AbortController();
  const done = validate(worker, aValidateJob(), stop.signal);
  await settled();
  stop.abort(new Error('superseded'));
  await expect(done).rejects.toThrow('superseded');
  expect([worker.store.verdicts.size, worker.queue.jobs]).toEqual([0, []]);
});

test('a re-run of the same head is given its Lock, on a base that moved, too', async () => {
  const { worker, given } = aLockingWorker([anEntry('x')]);
  await validate(worker, aValidateJob(), calm());
  worker.host.pulls = [aPull({ base: aSha('e') })];
  await validate(worker, aValidateJob(), calm());
  expect(given).toEqual([[], [anEntry('x')]]);
});

test('another head, and another repository, are not given it', async () => {
  const { worker, given } = aLockingWorker([anEntry('x')]);
  await validate(worker, aValidateJob(), calm());
  await validate(worker, aValidateJob({ repository: 11 }), calm());
  worker.host.pulls = [aPull({ head: aSha('d') })];
  await validate(worker, aValidateJob(), calm());
  expect(given).toEqual([[], [], []]);
});

test('what a head was judged by first is kept, also where a later run has no need of it', async () => {
  const { worker, given } = aLockingWorker([anEntry('x'), anEntry('y')], [anEntry('z')]);
  for (const base of ['b', 'c', 'd']) {
    worker.host.pulls = [aPull({ base: aSha(base) })];
    await validate(worker, aValidateJob(), calm());
  }
  expect(given[2]).toEqual(['x', 'y', 'z'].map((name) => anEntry(name)));
});

test('a merge group is given what pull requests of its repository were judged by last, and adds nothing to it', async () => {
  const { worker, given } = aLockingWorker([anEntry('x'), anEntry('y')], [anEntry('x', 'commit-2')], [anEntry('z')]);
  await validate(worker, aValidateJob(), calm());
  worker.host.pulls = [aPull({ head: aSha('d') })];
  await validate(worker, aValidateJob(), calm());
  await validate(worker, aGroupJob(), calm());
  expect(given[2]).toEqual([anEntry('y'), anEntry('x', 'commit-2')]);
  expect([...worker.store.locks.keys()].toSorted()).toEqual([`1/10/${aSha('a')}`, `1/10/${aSha('d')}`, '1/10/queue']);
  expect(worker.store.locks.get('1/10/queue')).toEqual(given[2]);
});

test('of more references than a repository has, the newest are kept', async () => {
  const many = Array.from({ length: 2001 }, (_, index) => anEntry(String(index)));
  const { worker } = aLockingWorker(many);
  await validate(worker, aValidateJob(), calm());
  expect(worker.store.locks.get('1/10/queue')).toEqual(many.slice(1));
});

test('the Lock of a verdict of other commits is not kept (A29)', async () => {
  const verdict = aVerdict({ head: aSha('f'), lock: [anEntry('x')] });
  const worker = aWorker({ judge: () => Promise.resolve({ verdict, policyDigest: '', hunks: [] }) });
  await validate(worker, aValidateJob(), calm());
  expect(worker.store.locks.size).toBe(0);
});
