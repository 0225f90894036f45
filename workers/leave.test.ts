import { describe, expect, test } from '@jest/globals';
import { parseInstallationId, parseRepositoryId } from '../src/model/ids.ts';
import { ChangeHostError } from '../src/ports/change-host.ts';
import { aValidateJob, BASE, HEAD } from '../test/builders/job.ts';
import { aPull, aSha, aWorker, calm, type FakeWorker } from '../test/builders/worker.ts';
import { reconcile } from './reconcile.ts';
import { validate } from './validate.ts';

const REF = { installation: parseInstallationId(1), repository: parseRepositoryId(10) };
const MAINTAINER = { id: 7, login: 'maintainer' };
const OUTSIDER = { id: 8, login: 'outsider' };

function aForkWorker(): FakeWorker {
  const worker = aWorker();
  worker.host.pulls = [aPull({ fromFork: true })];
  worker.host.writers = [MAINTAINER.id];
  return worker;
}

async function rerun(worker: FakeWorker, by: typeof MAINTAINER | null): Promise<void> {
  const scope = { ...REF, base: null, rerun: HEAD, by };
  await reconcile(worker, { name: 'reconcile', version: 1, scope }, calm());
}

/** Whose leave the judge is given. */
async function leaveGiven(worker: FakeWorker, job = aValidateJob()): Promise<string | undefined> {
  await validate(worker, job, calm());
  return worker.judgements.at(-1)?.leave?.by.login;
}

describe('credentials for what a fork brings in', () => {
  test('may be used once somebody who may write has run the check again', async () => {
    const worker = aForkWorker();
    await rerun(worker, MAINTAINER);
    expect(await leaveGiven(worker)).toBe('maintainer');
    expect(worker.log.lines).toContainEqual({
      level: 'info',
      facts: { ...REF, pull: 1, head: HEAD, base: BASE, by: 'maintainer', byId: 7 },
      message: 'a re-run lets credentials be used for what a fork brings in',
    });
  });

  test.each([
    ['nobody', undefined],
    ['somebody who may not write', OUTSIDER],
    ['somebody who cannot be named', null],
    ['somebody with the login of another', { ...MAINTAINER, id: OUTSIDER.id }],
  ])('may not be used after a re-run by %s', async (_, by) => {
    const worker = aForkWorker();
    if (by !== undefined) await rerun(worker, by);
    expect(await leaveGiven(worker)).toBeUndefined();
    expect(worker.judgements).toHaveLength(1);
  });

  test('a re-run without leave runs all the same, and is told in the log', async () => {
    const worker = aForkWorker();
    await rerun(worker, OUTSIDER);
    expect(worker.queue.jobs).toHaveLength(1);
    expect(worker.store.leaves.size).toBe(0);
    expect(worker.log.lines).toMatchObject([
      {
        facts: { by: 'outsider', byId: 8 },
        message: 'a re-run by somebody without write permission lets no credentials be used',
      },
    ]);
  });

  test.each([
    ['a push to the fork', { head: aSha('d') }],
    ['a push to the base branch', { base: aSha('e') }],
    ['another pull request of the same head', { number: 2 }],
  ])('%s has no leave', async (_, change) => {
    const worker = aForkWorker();
    await rerun(worker, MAINTAINER);
    worker.host.pulls = [aPull({ fromFork: true, ...change })];
    expect(await leaveGiven(worker, aValidateJob({ pull: worker.host.pulls[0]?.number ?? 0 }))).toBeUndefined();
    expect(worker.judgements).toHaveLength(1);
  });

  test('the leave is for the head that was run again, not for the one that was pushed meanwhile', async () => {
    const worker = aForkWorker();
    worker.host.pulls = [aPull({ fromFork: true, head: aSha('d') })];
    await rerun(worker, MAINTAINER);
    expect(worker.store.leaves.size).toBe(0);
  });

  test('GitHub that does not answer is asked again: the job fails, and nothing is queued', async () => {
    const worker = aForkWorker();
    worker.host.fail('mayWrite', new ChangeHostError('UNREACHABLE', 'no answer'));
    await expect(rerun(worker, MAINTAINER)).rejects.toMatchObject({ retryable: true });
    expect(worker.queue.jobs).toEqual([]);
  });

  test('a branch of this repository needs no leave, and nobody is asked for one', async () => {
    const worker = aForkWorker();
    worker.host.pulls = [aPull()];
    worker.host.fail('mayWrite', new TypeError('asked'));
    await rerun(worker, MAINTAINER);
    expect(worker.store.leaves.size).toBe(0);
    await worker.store.putLeave({ ...REF, number: 1, head: HEAD, base: BASE }, { by: MAINTAINER });
    expect(await leaveGiven(worker)).toBeUndefined();
  });

  test('a merge group is judged as the repository itself: somebody who may write has queued it', async () => {
    const worker = aForkWorker();
    const subject = { kind: 'group', head: aSha('e'), base: BASE, baseBranch: 'main' } as const;
    expect(await leaveGiven(worker, { ...aValidateJob(), subject })).toBeUndefined();
    expect(worker.judgements[0]?.pull.fromFork).toBe(false);
  });
});
