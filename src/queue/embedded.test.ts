import { expect, test } from '@jest/globals';
import { aValidateJob } from '../../test/builders/job.ts';
import { FakeLog } from '../../test/fakes/log.ts';
import { FakeTimer, settled } from '../../test/fakes/timer.ts';
import { ChangeHostError } from '../ports/change-host.ts';
import type { JobHandler, JobHandlers } from '../ports/queue.ts';
import { EmbeddedQueue } from './embedded.ts';
import { lanesFor } from './lanes.ts';
import { RETRY } from './retry.ts';

const unreachable = new ChangeHostError('UNREACHABLE', 'no answer');

function aQueue({ maxWaiting = 100 } = {}) {
  const [timer, log] = [new FakeTimer(), new FakeLog()];
  return { timer, log, queue: new EmbeddedQueue({ lanes: lanesFor(1), retry: RETRY, timer, log, maxWaiting }) };
}

function handlers(run: JobHandler['run'], gaveUp: JobHandler['gaveUp'] = () => Promise.resolve()): JobHandlers {
  const handler: JobHandler = { run, gaveUp };
  return { announce: handler, validate: handler, publish: handler, reconcile: handler };
}

const fails = (): Promise<never> => Promise.reject(new TypeError('x'));

test('pauses before each try grow to minutes, then it gives up', async () => {
  const { queue, timer } = aQueue();
  const tries: number[] = [];
  const given: unknown[] = [];
  const run = (): Promise<void> => {
    tries.push(timer.nowMs / 1_000);
    return Promise.reject(unreachable);
  };
  await queue.consume(
    handlers(run, async (_job, error) => {
      given.push(error);
    }),
  );
  await queue.enqueue(aValidateJob());
  await timer.pass(0);
  await timer.pass(600_000);
  expect([tries, given]).toEqual([[0, 2, 10, 42, 170], [unreachable]]);
});

test('news end a pause', async () => {
  const { queue, timer } = aQueue();
  const tries: number[] = [];
  await queue.consume(
    handlers(() => {
      tries.push(timer.nowMs);
      return tries.length === 1 ? Promise.reject(unreachable) : Promise.resolve();
    }),
  );
  await queue.enqueue(aValidateJob());
  await timer.pass(500);
  await queue.enqueue(aValidateJob());
  await timer.pass(600_000);
  expect(tries).toEqual([0, 500]);
});

test('more jobs than it may hold are refused, and could be sent again', async () => {
  const { queue } = aQueue({ maxWaiting: 2 });
  await queue.enqueue(aValidateJob({ pull: 1 }));
  await queue.enqueue(aValidateJob({ pull: 2 }));
  await expect(queue.enqueue(aValidateJob({ pull: 3 }))).rejects.toMatchObject({ code: 'FULL', retryable: true });
});

test('a closing queue takes no jobs, and is not ready', async () => {
  const { queue } = aQueue();
  await queue.close(1_000);
  await expect(queue.enqueue(aValidateJob())).rejects.toMatchObject({ code: 'CLOSED' });
  expect(await queue.ready()).toBe(false);
});

test('closing waits for what runs, asks it to stop, and gives it up at the deadline', async () => {
  const { queue, timer } = aQueue();
  const signals: AbortSignal[] = [];
  await queue.consume(
    handlers((_job, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    }),
  );
  await queue.enqueue(aValidateJob());
  await settled();
  const progress: string[] = [];
  const closed = queue.close(1_000).then(() => progress.push('closed'));
  await timer.pass(749);
  progress.push(`aborted ${String(signals[0]?.aborted)}`);
  await timer.pass(1);
  progress.push(`aborted ${String(signals[0]?.aborted)}`);
  await timer.pass(250);
  await closed;
  expect(progress).toEqual(['aborted false', 'aborted true', 'closed']);
  expect(timer.pending).toBe(0);
});

test('a handler that cannot even report its failure leaves a line in the log', async () => {
  const { queue, log } = aQueue();
  await queue.consume(handlers(fails, fails));
  await queue.enqueue(aValidateJob());
  await settled();
  expect(log.lines).toMatchObject([{ level: 'error', facts: { job: 'validate/1/10/pull/1' } }]);
});
