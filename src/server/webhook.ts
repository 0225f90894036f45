import { Webhooks } from '@octokit/webhooks';
import type { Request, Response } from 'express';
import { PresyncError } from '../model/error.ts';
import type { Log } from '../ports/log.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { isKnownEvent, planFor } from './events.ts';
import type { Plan } from './plan.ts';

export interface WebhookParts {
  /** The secret, then those that it replaced and that may still be in use. */
  readonly secrets: readonly [string, ...string[]];
  readonly appId: number;
  readonly queue: Pick<JobQueue, 'enqueue' | 'cancel'>;
  readonly store: Pick<Store, 'sawDelivery' | 'rememberDelivery'>;
  readonly log: Log;
}

/** A refusal, with what the sender hears. */
interface Refused {
  readonly status: 400 | 401 | 415;
  readonly sentence: string;
}

interface Accepted {
  readonly event: string;
  readonly delivery: string;
  readonly body: string;
}

type Verify = (body: string, signature: string) => Promise<boolean>;

/** Raw bytes to queued jobs: verified before anything of it is read, remembered only once it is safely queued (W4). */
export function webhook(parts: WebhookParts): (request: Request, response: Response) => Promise<void> {
  const verify = verifier(parts.secrets);
  return async (request, response) => {
    const accepted = await accept(request, verify);
    if ('status' in accepted) {
      parts.log.warn({ status: accepted.status }, 'a webhook was refused');
      response.status(accepted.status).json({ error: accepted.sentence });
      return;
    }
    const plan = planOf(accepted, parts.appId);
    if (plan === undefined) {
      response.status(400).json({ error: 'the payload is not one of this event' });
      return;
    }
    await answer(parts, { accepted, plan, response });
  };
}

/** GitHub calls it a GUID and promises no form. */
const DELIVERY = /^[0-9A-Za-z-]{1,64}$/;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

async function accept(request: Request, verify: Verify): Promise<Accepted | Refused> {
  const event = request.get('x-github-event') ?? '';
  const delivery = request.get('x-github-delivery') ?? '';
  const signature = request.get('x-hub-signature-256') ?? '';
  if (event === '' || !DELIVERY.test(delivery)) return refused(400, 'X-GitHub-Event or X-GitHub-Delivery is missing');
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes)) return refused(415, 'the webhook has to send application/json');
  if (bytes.length === 0) return refused(400, 'the payload is empty');
  // The older sha1 header is not looked at (A25). Bytes that are no UTF-8 change when they are read, and so fail.
  const body = bytes.toString('utf8');
  const isSigned = SIGNATURE.test(signature) && (await verify(body, signature));
  return isSigned
    ? { event, delivery, body }
    : refused(401, 'X-Hub-Signature-256 is missing or does not fit the payload');
}

function refused(status: Refused['status'], sentence: string): Refused {
  return { status, sentence };
}

const silent = (): void => undefined;

function verifier(secrets: readonly string[]): Verify {
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const all = secrets.map((secret) => new Webhooks({ secret, log }));
  return async (body, signature) => {
    const answers = await Promise.all(all.map((each) => each.verify(body, signature)));
    return answers.includes(true);
  };
}

/** Undefined where a payload is not what its event says it is. */
function planOf({ event, body }: Accepted, appId: number): Plan | undefined {
  try {
    return planFor(event, JSON.parse(body), appId);
  } catch {
    // Foreign bytes end here: no JSON, another shape, ids that are no ids, nesting without end.
    return undefined;
  }
}

interface Delivery {
  readonly accepted: Accepted;
  readonly plan: Plan;
  readonly response: Response;
}

async function answer(parts: WebhookParts, { accepted, plan, response }: Delivery): Promise<void> {
  const { queue, store, log } = parts;
  const facts = { event: accepted.event, delivery: accepted.delivery };
  if (!isKnownEvent(accepted.event) || plan.jobs.length + plan.cancel.length === 0) {
    response.status(202).json({ queued: 0 });
    return;
  }
  // A store that does not answer costs a second look at a repeated delivery, never an event.
  if (await store.sawDelivery(accepted.delivery).catch(() => false)) {
    response.status(202).json({ queued: 0, repeated: true });
    return;
  }
  try {
    for (const scope of plan.cancel) await queue.cancel(scope);
    for (const { job, supersede } of plan.jobs) await queue.enqueue(job, { supersede });
  } catch (error) {
    log.error({ ...facts, code: error instanceof PresyncError ? error.code : null }, 'an event could not be queued');
    response.status(503).json({ error: 'the queue does not take jobs at the moment' });
    return;
  }
  await store.rememberDelivery(accepted.delivery).catch(() => false);
  log.info({ ...facts, jobs: plan.jobs.length }, 'an event was queued');
  response.status(202).json({ queued: plan.jobs.length });
}
