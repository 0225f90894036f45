import { expect, test } from '@jest/globals';
import { FakeTimer, settled } from '../test/fakes/timer.ts';
import { startRefreshing } from './roots.ts';

const HOUR_MS = 60 * 60_000;

test('roots are refreshed when a day has passed, and no more once it is stopped', async () => {
  const timer = new FakeTimer();
  const refreshed: number[] = [];
  const isDue = () => timer.nowMs - (refreshed.at(-1) ?? Number.NEGATIVE_INFINITY) >= 24 * HOUR_MS;
  const stop = startRefreshing(
    {
      current: () => Promise.resolve({ roots: [], warnings: [], isDue: isDue() }),
      refresh: () => {
        refreshed.push(timer.nowMs);
        return Promise.resolve();
      },
    },
    timer,
  );
  await settled();
  await timer.pass(30 * HOUR_MS);
  expect(refreshed).toEqual([0, 24 * HOUR_MS]);
  stop();
  await timer.pass(48 * HOUR_MS);
  expect(refreshed).toHaveLength(2);
  expect(timer.pending).toBe(0);
});
