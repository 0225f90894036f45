import type { Timer } from '../../ports/timer.ts';
import { pause } from './deadline.ts';
import type { Answer } from './exchange.ts';

/** Longer than that the queue waits, not a connection's owner. */
const MAX_WAIT_MS = 10_000;
const MAX_RETRIES = 2;

export interface Patience {
  readonly timer: Timer;
  /** Of the request's time. */
  leftMs(): number;
  readonly signal: AbortSignal;
}

/** Asks again where the server says when; what it asks for beyond our patience is its answer. */
export async function patiently(ask: () => Promise<Answer>, patience: Patience): Promise<Answer> {
  for (let retries = 0; ; retries += 1) {
    const answer = await ask();
    const waitMs = waitOf(answer);
    if (waitMs === undefined || retries === MAX_RETRIES || waitMs >= patience.leftMs()) return answer;
    answer.drop();
    await pause(waitMs, patience.timer, patience.signal);
  }
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110.html#field.retry-after */
function waitOf({ status, headers }: Answer): number | undefined {
  const text = headers.get('retry-after');
  if ((status !== 429 && status !== 503) || text === undefined) return undefined;
  // Other dates than these Date.parse would make up from anything: of `-1` a day in 2001.
  const date = /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  const waitMs = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : Math.max(date - Date.now(), 0);
  return waitMs <= MAX_WAIT_MS ? waitMs : undefined;
}
