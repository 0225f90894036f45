import { HttpError } from '../../ports/http.ts';
import type { Timer } from '../../ports/timer.ts';

export interface Bounds {
  readonly timeoutMs: number;
  readonly timer: Timer;
  /** Any of them ends the work. */
  readonly signals: readonly AbortSignal[];
}

/** Ends the work, names of hosts and slow drips included, when its time is over; throws what ended it. */
export async function within<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutMs, timer, signals } = bounds;
  for (const signal of signals) signal.throwIfAborted();
  const stop = new AbortController();
  const cancel = timer.after(timeoutMs, () => {
    stop.abort(new HttpError('TIMEOUT', `there was no whole answer within ${timeoutMs} ms`));
  });
  const listeners = signals.map((signal) => ({ signal, onAbort: () => stop.abort(signal.reason) }));
  for (const { signal, onAbort } of listeners) signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(stop.signal);
  } finally {
    cancel();
    for (const { signal, onAbort } of listeners) signal.removeEventListener('abort', onAbort);
  }
}

/** Throws what the signal says when that comes first. */
export function pause(delayMs: number, timer: Timer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = timer.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(signal.reason as Error);
    }
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
