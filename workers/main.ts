import { handlersFor } from './handlers.ts';
import type { ServiceParts } from './parts.ts';
import { startReconciling } from './reconcile.ts';
import { startRefreshing } from './roots.ts';

/** Lost webhooks are found within this time; GitHub keeps what it could not deliver for three days. */
const RECONCILE_MS = 10 * 60_000;

/** Takes jobs until the answer is called; then lets running ones end, and stops them before the deadline. */
export async function startWorkers({
  queue,
  timer,
  log,
  workers,
  trustedRoots,
}: ServiceParts): Promise<(deadlineMs: number) => Promise<void>> {
  await queue.consume(handlersFor(workers));
  const stopReconciling = startReconciling({ queue, timer, log, everyMs: RECONCILE_MS });
  const stopRefreshing = startRefreshing(trustedRoots, timer);
  return async (deadlineMs) => {
    stopReconciling();
    stopRefreshing();
    await queue.close(deadlineMs);
  };
}
