import type { Timer } from '../src/ports/timer.ts';
import type { TrustedRoots } from '../src/ports/trusted-roots.ts';

/** How often it is looked whether a day has passed. */
const EVERY_MS = 60 * 60_000;

/** Keeps the roots fresh beside all jobs, none of which waits for it, until the answer is called. */
export function startRefreshing(roots: TrustedRoots, timer: Timer): () => void {
  const stopped = new AbortController();
  const next: { cancel?: () => void } = {};
  const look = async (): Promise<void> => {
    if ((await roots.current()).isDue) await roots.refresh(stopped.signal);
    if (!stopped.signal.aborted) next.cancel = timer.after(EVERY_MS, () => void look());
  };
  void look();
  return () => {
    stopped.abort();
    next.cancel?.();
  };
}
