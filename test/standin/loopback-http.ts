import { request as open } from 'node:http';
import { type Http, HttpError, type HttpRequest, type HttpResponse } from '../../src/ports/http.ts';

const MAX_REDIRECTS = 5;

/** The transport without its guard, for servers of a test on loopback: plain node:http, Authorization gone with a redirect. */
export function loopbackHttp(): Http & { readonly asked: readonly HttpRequest[] } {
  const asked: HttpRequest[] = [];
  return {
    asked,
    async request(request, signal) {
      asked.push(request);
      const deadline = AbortSignal.timeout(request.timeoutMs);
      const both = AbortSignal.any([signal, deadline]);
      try {
        return await follow(request, both, MAX_REDIRECTS);
      } catch (error) {
        if (error instanceof HttpError) throw error;
        signal.throwIfAborted();
        const [code, what] = deadline.aborted
          ? (['TIMEOUT', 'took too long'] as const)
          : (['UNREACHABLE', 'did not answer'] as const);
        throw new HttpError(code, `${new URL(request.url).host} ${what}`, { cause: error });
      }
    },
    pin: (url) => {
      const { hostname, port } = new URL(url);
      return Promise.resolve({ host: hostname, port: Number(port), address: '127.0.0.1' });
    },
  };
}

async function follow(request: HttpRequest, signal: AbortSignal, left: number): Promise<HttpResponse> {
  const response = await once(request, signal);
  const location = response.headers.get('location');
  if (request.redirects === 'refuse' || location === undefined || ![301, 302, 303, 307, 308].includes(response.status))
    return response;
  if (left === 0) throw new HttpError('DENIED', 'too many redirects');
  const next = new URL(location, request.url);
  const isSame = next.origin === new URL(request.url).origin;
  return follow(
    { ...request, url: next.href, authorization: isSame ? request.authorization : undefined },
    signal,
    left - 1,
  );
}

function once(
  { url, method = 'GET', headers, authorization, maxBytes }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  if (!url.startsWith('http://127.0.0.1:') && !url.startsWith('http://localhost:'))
    return Promise.reject(new HttpError('DENIED', `${new URL(url).host} is not on loopback`));
  return new Promise((resolve, reject) => {
    const sent = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
    const asking = open(url, { method, headers: sent, signal, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).length <= maxBytes) return;
        reject(new HttpError('TOO_LARGE', `${url} is larger than ${maxBytes} bytes`));
        asking.destroy();
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const fields = Object.entries(answer.headers).map(
          ([name, value]) => [name, [value].flat().join(', ')] as const,
        );
        resolve({
          status: answer.statusCode ?? 0,
          headers: new Map(fields),
          body: new Uint8Array(Buffer.concat(chunks)),
          url,
        });
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}
