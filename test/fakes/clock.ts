import type { Clock } from '../../src/ports/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass; a negative step turns the wall clock back, the monotonic one never runs backwards. */
  advance(ms: number): void;
}

/** Stands still until it is told: `aClock('2026-11-24T00:00:00Z')`. */
export function aClock(start = '2026-01-01T00:00:00Z'): FakeClock {
  const state = { wall: Date.parse(start), elapsed: 0 };
  return {
    now: () => new Date(state.wall),
    elapsedMs: () => state.elapsed,
    advance(ms) {
      state.wall += ms;
      state.elapsed += Math.max(ms, 0);
    },
  };
}
