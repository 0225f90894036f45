import type { StopReason } from '../ports/queue.ts';

/** A stop that presync asked for; handlers see it as the reason of their signal. */
export class Stop extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`the job was stopped: ${reason}`);
    this.name = 'Stop';
    this.reason = reason;
  }
}

/** Why the signal fired, undefined while it has not, or where something else than the queue fired it. */
export function stopReason(signal: AbortSignal): StopReason | undefined {
  return signal.aborted && signal.reason instanceof Stop ? signal.reason.reason : undefined;
}
