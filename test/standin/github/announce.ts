import { deliver, eventFor } from './webhooks.ts';
import type { Event } from './types.ts';
import { repositoryOf, type World } from './world.ts';

/** Sends an event that a request caused, behind its answer, as GitHub does; `settled()` waits for it. */
export function announce(world: World, repo: string, event: Event): void {
  if (world.hook.url === undefined) return;
  const sent = eventFor(world, repositoryOf(world, repo), event).then((complete) => deliver(world, complete, {}));
  const done = sent.catch(() => undefined).finally(() => world.pending.delete(done));
  world.pending.add(done);
}
