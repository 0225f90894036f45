import type { Event } from './types.ts';
import { deliver, eventFor } from './webhooks.ts';
import { repositoryOf, type World } from './world.ts';

/** Sends an event that a request caused, behind its answer, one after the other; `settled()` waits for them. */
export function announce(world: World, repo: string, event: Event): void {
  if (world.hook.url === undefined) return;
  // A repository that was deleted meanwhile has no events.
  const sent = sendAfter([...world.pending], world, { repo, event }).catch(() => undefined);
  const done = sent.finally(() => world.pending.delete(done));
  world.pending.add(done);
}

async function sendAfter(
  earlier: readonly Promise<unknown>[],
  world: World,
  { repo, event }: { readonly repo: string; readonly event: Event },
): Promise<void> {
  await Promise.all(earlier);
  await deliver(world, await eventFor(world, repositoryOf(world, repo), event), {});
}
