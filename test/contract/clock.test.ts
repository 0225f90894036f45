import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { aClock } from '../fakes/clock.ts';

describe.each([
  ['the fake', () => aClock()],
  ['the system', systemClock],
])('a clock, %s', (_, make) => {
  test('tells a time and durations, neither of which runs backwards on its own', () => {
    const clock = make();
    const [time, elapsed] = [clock.now(), clock.elapsedMs()];
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(time.getTime());
    expect(clock.elapsedMs()).toBeGreaterThanOrEqual(elapsed);
  });

  test('hands out times that nobody else changes', () => {
    const clock = make();
    const time = clock.now();
    time.setFullYear(1999);
    expect(clock.now().getFullYear()).toBeGreaterThan(2000);
  });
});

test('the fake stands still until it is told, and its durations never shrink', () => {
  const clock = aClock('2026-11-24T00:00:00Z');
  clock.advance(1500);
  expect([clock.now().toISOString(), clock.elapsedMs()]).toEqual(['2026-11-24T00:00:01.500Z', 1500]);
  clock.advance(-500);
  expect([clock.now().toISOString(), clock.elapsedMs()]).toEqual(['2026-11-24T00:00:01.000Z', 1500]);
});
