import { type Http, HttpError, type HttpRequest, type HttpResponse, type PinnedHost } from '../../src/ports/http.ts';

export interface FakeAnswer {
  readonly status?: number;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export type FakeHandler = FakeAnswer | ((asked: FakeAsked) => FakeAnswer | Promise<FakeAnswer>);

/** One request of a chain, as a server hears it. */
export interface FakeAsked {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  /** Names in lower case, `authorization` among them. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Hosts in memory. One that nothing is served from is DENIED, as the guard would have it; another path on one that is known is a 404. */
export class FakeHttp implements Http {
  isDown = false;
  readonly asked: FakeAsked[] = [];
  readonly #served = new Map<string, FakeHandler>();

  serve(url: string, handler: FakeHandler): void {
    this.#served.set(new URL(url).href, handler);
  }

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    let url = this.#permitted(request.url);
    let headers = headersOf(request);
    for (let redirects = 0; redirects <= 5; redirects += 1) {
      signal.throwIfAborted();
      const answer = await this.#answer({ url: url.href, method: request.method ?? 'GET', headers }, signal);
      const location = request.redirects === 'follow' ? locationOf(answer) : undefined;
      if (location === undefined) return responseOf(answer, url, request);
      const next = this.#permitted(new URL(location, url).href);
      if (next.origin !== url.origin) headers = new Map([...headers].filter(([name]) => name.startsWith('accept')));
      url = next;
    }
    throw new HttpError('DENIED', `${url.host} redirects too often`);
  }

  async pin(url: string, signal: AbortSignal): Promise<PinnedHost> {
    signal.throwIfAborted();
    const { hostname, port, protocol } = this.#permitted(url);
    return { host: hostname, port: Number(port || (protocol === 'http:' ? 80 : 443)), address: '127.0.0.1' };
  }

  #permitted(text: string): URL {
    if (this.isDown) throw new HttpError('UNREACHABLE', 'the network is down');
    const url = URL.parse(text);
    if (url === null || url.hash !== '') throw new HttpError('MALFORMED', `${text} is no URL`);
    const isKnown = [...this.#served.keys()].some((served) => new URL(served).origin === url.origin);
    if (!isKnown || url.username !== '') throw new HttpError('DENIED', `${url.host} is not allowed`);
    return url;
  }

  async #answer(asked: FakeAsked, signal: AbortSignal): Promise<FakeAnswer> {
    this.asked.push(asked);
    const handler = this.#served.get(asked.url) ?? { status: 404 };
    if (typeof handler !== 'function') return handler;
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
    return await Promise.race([handler(asked), aborted.promise]);
  }
}

function locationOf({ status = 200, headers = {} }: FakeAnswer): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers['location'] : undefined;
}

function responseOf(answer: FakeAnswer, url: URL, { method, maxBytes }: HttpRequest): HttpResponse {
  const { status = 200, headers = {}, body = '' } = answer;
  const bytes = method === 'HEAD' ? new Uint8Array() : new Uint8Array(Buffer.from(body));
  if (!(bytes.length <= maxBytes))
    throw new HttpError('TOO_LARGE', `${url.host} answers with more than ${maxBytes} bytes`);
  return { status, headers: new Map(Object.entries(headers)), body: bytes, url: url.href };
}

function headersOf({ headers = {}, authorization }: HttpRequest): ReadonlyMap<string, string> {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return new Map(authorization === undefined ? given : [...given, ['authorization', authorization]]);
}
