import { type Http, HttpError, type HttpRequest, type HttpResponse, type PinnedHost } from '../../ports/http.ts';
import type { Timer } from '../../ports/timer.ts';
import { addressesOf, type Lookup, systemLookup } from './addresses.ts';
import { within } from './deadline.ts';
import { type Answer, exchange } from './exchange.ts';
import { follow, type Hop } from './follow.ts';
import { headersOf } from './headers.ts';
import { patiently } from './patience.ts';
import { Pool } from './pool.ts';
import { type HostRules, parseTarget } from './target.ts';

export interface GuardedHttpOptions extends HostRules {
  /** `presync/<version>` */
  readonly userAgent: string;
  /** Absent: the system's. */
  readonly lookup?: Lookup;
  /** PEM; instead of the authorities that Node trusts. */
  readonly ca?: readonly string[];
  readonly timer?: Timer;
}

export interface GuardedHttp extends Http {
  /** Ends what still runs, and every connection. */
  close(): Promise<void>;
}

/** A resolver gives up after that many, by itself; it shall not be waited for longer. */
const LOOKUP_MS = 10_000;
const TIMER: Timer = {
  after(delayMs, act) {
    const timeout = setTimeout(act, delayMs);
    return () => clearTimeout(timeout);
  },
};

/** The one way of presync to hosts that a repository names; its rules stand with the port. */
export function guardedHttp(options: GuardedHttpOptions): GuardedHttp {
  const { lookup = systemLookup, timer = TIMER } = options;
  const line: Line = { options, lookup, timer, pool: new Pool(options.ca), closing: new AbortController() };
  const running = new Set<Promise<unknown>>();
  const tracked = async <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  };
  return {
    request: (request, signal) => tracked(requestOn(line, request, signal)),
    pin: (url, signal) => tracked(pinOn(line, url, signal)),
    async close() {
      line.closing.abort(new HttpError('UNREACHABLE', 'presync is closing its connections'));
      await Promise.allSettled(running);
      line.pool.close();
    },
  };
}

interface Line {
  readonly options: GuardedHttpOptions;
  readonly lookup: Lookup;
  readonly timer: Timer;
  readonly pool: Pool;
  readonly closing: AbortController;
}

async function requestOn(line: Line, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { options, timer } = line;
  const { timeoutMs } = request;
  const first = { target: parseTarget(request.url, options), headers: headersOf(request, options.userAgent) };
  const startedAt = performance.now();
  const leftMs = () => timeoutMs - (performance.now() - startedAt);
  return await within({ timeoutMs, timer, signals: [signal, line.closing.signal] }, (inner) =>
    follow(first, request, options, (hop) =>
      patiently(() => askOn(line, request, hop, inner), { timer, leftMs, signal: inner }),
    ),
  );
}

async function askOn(line: Line, request: HttpRequest, hop: Hop, signal: AbortSignal): Promise<Answer> {
  const { method = 'GET', maxBytes, headers = {} } = request;
  const addresses = await addressesOf(hop.target, line.lookup, signal);
  // Whoever says how the answer may be packed wants it so: a chart's digest is that of the packed bytes.
  const unpacks = !Object.keys(headers).some((name) => name.toLowerCase() === 'accept-encoding');
  return await exchange({ ...hop, addresses, method, maxBytes, unpacks }, line.pool, signal);
}

async function pinOn(line: Line, url: string, signal: AbortSignal): Promise<PinnedHost> {
  const { options, timer, lookup } = line;
  const target = parseTarget(url, options);
  const bounds = { timeoutMs: LOOKUP_MS, timer, signals: [signal, line.closing.signal] };
  const [address] = await within(bounds, (inner) => addressesOf(target, lookup, inner));
  return { host: target.host, port: target.port, address };
}
