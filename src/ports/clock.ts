export interface Clock {
  now(): Date;
  /** Monotonic milliseconds, for durations only. */
  elapsedMs(): number;
}
