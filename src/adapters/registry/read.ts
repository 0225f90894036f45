import { FAILURE_OF } from '../../ports/fetch-failure.ts';
import { type Http, HttpError, type HttpRequest, type HttpResponse } from '../../ports/http.ts';
import { RegistryError, type RegistryRepository } from '../../ports/image-registry.ts';
import { refusalOf } from './refusal.ts';
import { signIn, type SignInOptions } from './sign-in.ts';

export interface Reading {
  /** Below `/v2/<path of the repository>`, or a whole URL of the same registry. */
  readonly path: string;
  readonly accept?: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** What it is called in a sentence. */
  readonly name: string;
  /** Statuses besides 200 that are handed back and not thrown. */
  readonly answers?: readonly number[];
  readonly redirects?: HttpRequest['redirects'];
}

export type Read = (repository: RegistryRepository, reading: Reading, signal: AbortSignal) => Promise<HttpResponse>;

/** Tokens of repositories that were read last; a job reads a few dozen. */
const MAX_TOKENS = 256;

/** Reads from registries, signs in where one asks for it, and keeps the token until it is refused. */
export function reader(http: Http, options: SignInOptions): Read {
  const tokens = new Map<string, string>();

  async function ask(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    try {
      return await http.request(request, signal);
    } catch (cause) {
      if (!(cause instanceof HttpError)) throw cause;
      throw new RegistryError(FAILURE_OF[cause.code], cause.message, { cause });
    }
  }

  function remember(key: string, authorization: string): void {
    const [oldest] = tokens.keys();
    if (tokens.size >= MAX_TOKENS && oldest !== undefined) tokens.delete(oldest);
    tokens.set(key, authorization);
  }

  return async (repository, reading, signal) => {
    const base = baseOf(repository, options.plainHosts);
    const url = new URL(reading.path, base);
    if (url.origin !== base.origin)
      throw new RegistryError('DENIED', `${base.host} points to ${url.host} for its own content`);
    const { maxBytes, timeoutMs, accept, redirects = 'follow' } = reading;
    // Blobs are archives: a transport that unpacks them on the way would give other bytes than the digest is of.
    const headers = { 'accept-encoding': 'identity', ...(accept === undefined ? {} : { accept }) };
    const get = (authorization: string | undefined) =>
      ask({ url: url.href, headers, authorization, maxBytes, timeoutMs, redirects }, signal);
    const known = tokens.get(repository.repository);
    const first = await get(known);
    // A 401 of a host that a redirect led to is none of the registry's, and is not answered.
    if (first.status !== 401 || new URL(first.url).origin !== base.origin) return checked(first, reading);
    tokens.delete(repository.repository);
    const { authorization, why } = await signIn(repository, first, { options, ask, signal });
    if (authorization === undefined) return checked(first, reading, why);
    remember(repository.repository, authorization);
    return checked(await get(authorization), reading, why);
  };
}

export function baseOf({ registry, repository }: RegistryRepository, plainHosts: readonly string[]): URL {
  // https://github.com/moby/moby/blob/v28.0.0/registry/config.go: where Docker Hub answers.
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const scheme = plainHosts.includes(`http://${host}`) ? 'http' : 'https';
  return new URL(`${scheme}://${host}/v2/${repository.slice(registry.length + 1)}/`);
}

function checked(response: HttpResponse, { name, answers = [] }: Reading, why?: string): HttpResponse {
  if (answers.includes(response.status)) return response;
  const refusal = refusalOf(response, name, why);
  if (refusal !== undefined) throw refusal;
  return response;
}
