import type { Clock } from '../../ports/clock.ts';
import type { Timer } from '../../ports/timer.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
};

export const systemTimer: Timer = {
  after(delayMs, act) {
    const timeout = setTimeout(act, delayMs);
    return () => {
      clearTimeout(timeout);
    };
  },
};
