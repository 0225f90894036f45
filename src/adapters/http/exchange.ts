import { type Agent, type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import type { Addresses } from './addresses.ts';
import { readBody } from './body.ts';
import { codeOf, wireFailure } from './failure.ts';
import { type Headers, joinHeaders } from './headers.ts';
import type { Pool } from './pool.ts';
import { nameOf, type Target } from './target.ts';

export interface Order {
  readonly target: Target;
  readonly addresses: Addresses;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Headers;
  readonly maxBytes: number;
  /** The body is unpacked, and of the headers those are left out that speak of the packed one. */
  readonly unpacks: boolean;
}

/** Read it, or drop it. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  body(): Promise<Uint8Array>;
  drop(): void;
}

/** As much as Node's own servers take; real ones stay under 8 KiB. */
const MAX_HEADER_BYTES = 16 * 1024;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/** One request on the wire to one of the addresses, and the head of its answer. Throws HttpError, or what `signal` says. */
export async function exchange(order: Order, pool: Pool, signal: AbortSignal): Promise<Answer> {
  const message = await inOurWords(order, signal, () => send(order, pool, signal));
  const headers = joinHeaders(message.rawHeaders);
  const status = message.statusCode ?? 0;
  const coding = order.unpacks ? headers.get('content-encoding') : undefined;
  const rules = { host: nameOf(order.target), maxBytes: order.maxBytes, coding: plainOr(coding) };
  const isEmpty = order.method === 'HEAD' || WITHOUT_BODY.has(status);
  return {
    status,
    headers: rules.coding === undefined ? headers : ofUnpacked(headers),
    async body() {
      if (isEmpty) {
        message.resume();
        return new Uint8Array();
      }
      try {
        return await inOurWords(order, signal, () => readBody(message, rules));
      } finally {
        if (!message.readableEnded) message.destroy();
      }
    },
    drop: () => message.destroy(),
  };
}

function plainOr(coding: string | undefined): string | undefined {
  return coding === undefined || /^\s*(?:identity)?\s*$/i.test(coding) ? undefined : coding;
}

function ofUnpacked(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => name !== 'content-encoding' && name !== 'content-length'));
}

async function inOurWords<T>({ target }: Order, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw wireFailure(error, nameOf(target));
  }
}

class HungUpWhileIdle extends Error {}

/** A server may hang up an idle connection just as we write to it; then the question was never heard, and is put once more. */
async function send(order: Order, pool: Pool, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    return await sendBy(pool.agentOf(order.target), order, signal);
  } catch (error) {
    if (!(error instanceof HungUpWhileIdle) || signal.aborted) throw error;
    return await sendBy(pool.freshAgentOf(order.target), order, signal);
  }
}

function sendBy(agent: Agent, order: Order, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = order.target.hasTls ? requestTls : requestPlain;
    const request = start({ ...optionsOf(order), agent, signal });
    // All are kept; Node would drop some beyond 2,000 without a word. Their bytes have a limit.
    request.maxHeadersCount = 0;
    request.once('response', resolve);
    // A server that switches to another protocol gives no answer, and Node no error; every request closes.
    request.once('close', () => reject(new Error('closed without an answer')));
    // It stays: an error after the head is the body's reader's, and unheard here it would end the process.
    request.on('error', (error) => {
      const isStale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
      reject(isStale ? new HungUpWhileIdle(error.message, { cause: error }) : error);
    });
    request.end();
  });
}

function optionsOf({ target, addresses, method, headers }: Order): RequestOptions {
  return {
    method,
    host: target.url.hostname.replace(/^\[|\]$/g, ''),
    port: target.port,
    path: `${target.url.pathname}${target.url.search}`,
    // Certificate and Host are those of the name; only the way there is ours.
    headers: { ...headers, host: target.url.host },
    lookup: lookupOf(addresses),
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  };
}

function lookupOf(addresses: Addresses): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, all);
    else callback(null, addresses[0], isIPv6(addresses[0]) ? 6 : 4);
  };
}
