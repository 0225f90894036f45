// A whole worker process on Redis, for the test that kills it in the middle of a publication.
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { redisValues } from '../../src/adapters/redis/values.ts';
import { sealedStore } from '../../src/adapters/store/sealed-store.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import { lanesFor } from '../../src/queue/lanes.ts';
import { handlersFor } from '../../workers/handlers.ts';
import { FakeLog } from '../fakes/log.ts';
import { judgeThat, withMany, workerParts } from './worker-parts.ts';

const [, , given = '{}'] = process.argv;
const { redis, prefix, github } = JSON.parse(given);
const clock = systemClock();
const queue = new BullQueue({
  url: redis,
  prefix,
  lanes: lanesFor(1),
  retry: { attempts: 5, firstPauseMs: 50, factor: 2 },
  recovery: { lockMs: 500, stalledMs: 200 },
  clock,
  timer: systemTimer(),
  log: new FakeLog(),
});
const values = redisValues({ url: redis, prefix, maxValueBytes: 1_000_000, onTrouble: () => undefined });
const store = sealedStore({ values, key: Buffer.alloc(32, 1), clock });
await queue.consume(handlersFor(withMany(workerParts({ github, store, queue, judge: judgeThat('failed') }))));
