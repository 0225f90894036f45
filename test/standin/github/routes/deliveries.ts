import type { Answer, Call, Route } from '../call.ts';
import { numberIn } from '../call.ts';
import { notFound } from '../refusal.ts';
import type { Delivery, Json } from '../types.ts';
import { repositoryOf } from '../world.ts';
import { deliver } from '../webhooks.ts';

const APP = { as: 'app' } as const;
/** W3. */
const WINDOW_MS = 3 * 24 * 60 * 60 * 1000;

export const DELIVERIES: readonly Route[] = [
  { key: 'GET /app/hook/deliveries', need: APP, serve: listDeliveries },
  { key: 'GET /app/hook/deliveries/{delivery_id}', need: APP, serve: showDelivery },
  { key: 'POST /app/hook/deliveries/{delivery_id}/attempts', need: APP, serve: redeliver },
];

/** W2: newest first, by cursor; there are no page numbers. */
function listDeliveries(call: Call): Answer {
  const { query } = call;
  const size = Math.min(Number(query.get('per_page') ?? 30) || 30, 100);
  const cursor = query.get('cursor');
  const status = query.get('status');
  const wanted = recent(call)
    .filter(({ id }) => cursor === null || id < Number(cursor))
    .filter(({ statusCode }) => status === null || (status === 'success') === isSuccess(statusCode));
  const items = wanted.slice(0, size);
  const next = new URL(call.href);
  next.searchParams.set('cursor', String(items.at(-1)?.id ?? ''));
  const headers = wanted.length > size ? { link: `<${next.href}>; rel="next"` } : {};
  return { status: 200, body: items.map((delivery) => shown(call, delivery)), headers };
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function recent({ world }: Call): readonly Delivery[] {
  const kept = world.deliveries.filter(({ deliveredAt }) => Date.parse(deliveredAt) > world.now() - WINDOW_MS);
  return kept.toReversed();
}

function shown({ world }: Call, delivery: Delivery): Json {
  const { payload } = delivery;
  const repository = payload['repository'] as Json | undefined;
  const installation = payload['installation'] as Json | undefined;
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: 0.02,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: installation?.['id'] ?? null,
    repository_id: repository ? repositoryOf(world, String(repository['full_name'])).id : null,
    throttled_at: null,
  };
}

function deliveryIn(call: Call): Delivery {
  const id = numberIn(call, 'delivery_id');
  const found = recent(call).find((delivery) => delivery.id === id);
  if (!found) throw notFound();
  return found;
}

function showDelivery(call: Call): Answer {
  const delivery = deliveryIn(call);
  const request = {
    headers: { 'X-GitHub-Event': delivery.event, 'X-GitHub-Delivery': delivery.guid },
    payload: delivery.payload,
  };
  return { status: 200, body: { ...shown(call, delivery), request, response: { headers: {}, payload: null } } };
}

/** W4: the same GUID again, behind the answer 202. */
function redeliver(call: Call): Answer {
  const { world } = call;
  const { guid, event, payload } = deliveryIn(call);
  const sent = deliver(world, { name: event, payload }, { guid });
  const done = sent.catch(() => undefined).finally(() => world.pending.delete(done));
  world.pending.add(done);
  return { status: 202, body: {} };
}
