import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Log } from '../ports/log.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { LANDING_PAGE } from './page.ts';
import { webhook, type WebhookParts } from './webhook.ts';

export interface ServerParts extends WebhookParts {
  readonly queue: Pick<JobQueue, 'enqueue' | 'cancel' | 'ready'>;
  readonly store: Pick<Store, 'sawDelivery' | 'rememberDelivery' | 'ready'>;
}

/** GitHub sends nothing larger (W5). */
const MAX_PAYLOAD = '25mb';

type HealthParts = Pick<ServerParts, 'queue' | 'store' | 'log'>;

/** What a worker answers: whether it lives, and whether it reaches what it needs. */
export function createHealthApp(parts: HealthParts): Express {
  return closed(open(parts), parts);
}

/** The HTTP edge: the webhook, two answers for whoever runs it, and a page for people. */
export function createApp(parts: ServerParts): Express {
  const app = open(parts);
  // Bytes, not JSON: the signature is over what was sent. With express.json before it, every forged event would get 202.
  const raw = express.raw({ type: 'application/json', limit: MAX_PAYLOAD, inflate: false });
  app.post('/webhook', raw, webhook(parts));
  app.get('/', (_request, response) => {
    response.type('html').send(LANDING_PAGE);
  });
  return closed(app, parts);
}

function open(parts: HealthParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders);
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  app.get('/readyz', readiness(parts));
  return app;
}

/** Whatever nobody answered, and whatever went wrong. */
function closed(app: Express, { log }: HealthParts): Express {
  app.use((_request, response) => {
    response.status(404).json({ error: 'there is nothing here' });
  });
  app.use(failures(log));
  return app;
}

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Strict-Transport-Security': 'max-age=31536000',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cache-Control': 'no-store',
  });
  next();
};

function readiness({ queue, store }: HealthParts): RequestHandler {
  return async (_request, response) => {
    const [isQueueReady, isStoreReady] = await Promise.all([reached(queue.ready()), reached(store.ready())]);
    const isReady = isQueueReady && isStoreReady;
    response.status(isReady ? 200 : 503).json({ queue: isQueueReady, store: isStoreReady });
  };
}

async function reached(answer: Promise<boolean>): Promise<boolean> {
  return await answer.catch(() => false);
}

/** Of what went wrong the sender hears no more than the status. */
function failures(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    log.warn({ status }, 'a request failed');
    response.status(status).json({ error: SENTENCES[status] ?? 'the request could not be answered' });
  };
}

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'the request is malformed',
  413: 'the payload is larger than 25 MB',
  415: 'the payload has an encoding that is not accepted',
};

/** Errors of the body reader carry the status that fits them. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
