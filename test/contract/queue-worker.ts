// A worker process that starts a validation and never ends it, for the test that kills it.
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import { lanesFor } from '../../src/queue/lanes.ts';
import { FakeLog } from '../fakes/log.ts';

const [, , url = '', prefix = ''] = process.argv;
const never = { run: () => new Promise<void>(() => undefined), gaveUp: () => Promise.resolve() };
const validate = {
  ...never,
  run: () => {
    process.stdout.write('started\n');
    return never.run();
  },
};
const queue = new BullQueue({
  url,
  prefix,
  clock: systemClock(),
  timer: systemTimer(),
  log: new FakeLog(),
  lanes: lanesFor(1),
  retry: { attempts: 3, firstPauseMs: 10, factor: 1 },
  recovery: { lockMs: 500, stalledMs: 200 },
});
await queue.consume({ announce: never, validate, publish: never, reconcile: never });
