import { createHmac, randomUUID } from 'node:crypto';
import { OWNER, userToken } from './peer.ts';
import type { DeliverOptions, Delivery, Event, Json, Repository } from './types.ts';
import { installationFor, type World } from './world.ts';

/** GitHub waits ten seconds for an answer and tries once (W1). */
const TIMEOUT_MS = 10_000;

/** Adds what every payload carries: repository, organisation, installation, sender. */
export async function eventFor(world: World, repository: Repository, event: Event): Promise<Event> {
  const shown = await world.peer.must('GET', `/repos/${repository.fullName}`, userToken(OWNER));
  const { owner } = shown.body as { readonly owner: Json };
  const installation = installationFor(world, repository);
  const payload = {
    ...event.payload,
    repository: shown.body,
    ...(owner['type'] === 'User' ? {} : { organization: { login: owner['login'], id: owner['id'] } }),
    ...(installation ? { installation: { id: installation.id, node_id: `I_${installation.id}` } } : {}),
    sender: event.payload['sender'] ?? (await senderOf(world, event.payload, owner)),
  };
  return { name: event.name, payload };
}

/** The person behind a pull request; the App's bot for its own writes. */
async function senderOf(world: World, payload: Json, owner: Json): Promise<unknown> {
  const pull = payload['pull_request'] as Json | undefined;
  const comment = payload['comment'] as Json | undefined;
  if ('check_run' in payload) {
    return (await world.peer.must('GET', `/users/${world.app.slug}[bot]`, userToken(OWNER))).body;
  }
  return pull?.['user'] ?? comment?.['user'] ?? { login: OWNER, id: owner['id'], type: 'User' };
}

export async function deliver(world: World, event: Event, options: DeliverOptions): Promise<Delivery> {
  const guid = options.guid ?? randomUUID();
  const redelivery = world.deliveries.some((earlier) => earlier.guid === guid);
  world.counters.delivery += 1;
  const id = 42_000_000_000 + world.counters.delivery;
  const statusCode = options.lost ? 0 : await post(world, event, { ...options, guid });
  const delivery: Delivery = {
    id,
    guid,
    event: event.name,
    action: typeof event.payload['action'] === 'string' ? event.payload['action'] : null,
    statusCode,
    status: statusText(statusCode),
    redelivery,
    deliveredAt: new Date(world.now()).toISOString(),
    payload: event.payload,
  };
  world.deliveries.push(delivery);
  return delivery;
}

function statusText(statusCode: number): string {
  if (statusCode === 0) return 'failed to connect to host';
  return statusCode < 300 ? 'OK' : `Invalid HTTP Response: ${statusCode}`;
}

/** The status of the answer; 0 when there was none in time. */
async function post(world: World, event: Event, options: DeliverOptions & { readonly guid: string }): Promise<number> {
  const { url, secret } = world.hook;
  if (url === undefined) return 0;
  const body = JSON.stringify(event.payload);
  const signature = createHmac('sha256', options.secret ?? secret)
    .update(body)
    .digest('hex');
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': event.name,
    'x-github-delivery': options.guid,
    'x-github-hook-id': '1',
    'x-github-hook-installation-target-id': String(world.app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${signature}`,
    ...options.headers,
  };
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
