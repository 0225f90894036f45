import { isObject, type JsonValue, listAt } from '../../model/json.ts';
import { type AttestationApi, AttestationApiError } from '../../ports/attestation-api.ts';
import { FAILURE_OF, failureOfStatus } from '../../ports/fetch-failure.ts';
import { type Http, HttpError, type HttpResponse } from '../../ports/http.ts';
import { bundlesIn } from './bundles.ts';

export interface AttestationOptions {
  readonly http: Http;
  /** https://api.github.com, without a slash at its end. */
  readonly baseUrl: string;
  /** Without one GitHub answers sixty questions an hour. */
  readonly token?: string | undefined;
}

const PAGE = 100;
const MAX_PAGES = 5;
/** A page of bundles with SBOMs in them has some megabytes. */
const PAGE_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const REPOSITORY = /^[A-Za-z0-9][\w-]*\/(?!\.{1,2}$)[\w.-]+$/;
const DIGEST = /^sha(?:256|384|512):[0-9a-f]+$/;
const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

/** https://docs.github.com/rest/repos/attestations#list-attestations, through the guarded transport. */
export function githubAttestations(options: AttestationOptions): AttestationApi {
  return {
    async of(repository, digest, signal) {
      if (!REPOSITORY.test(repository) || !DIGEST.test(digest)) return undefined;
      const name = `the list of attestations of ${repository} for ${digest.slice(0, 19)}…`;
      const entries: JsonValue[] = [];
      let url: string | undefined = `${options.baseUrl}/repos/${repository}/attestations/${digest}?per_page=${PAGE}`;
      for (let page = 0; url !== undefined; page += 1) {
        if (page === MAX_PAGES)
          throw new AttestationApiError('TOO_LARGE', `${name} has more than ${MAX_PAGES} pages of ${PAGE}`);
        const response = await ask(options, { url, name }, signal);
        if (response === undefined) return page === 0 ? undefined : broken(name);
        entries.push(...entriesIn(response, name));
        url = nextOf(response, options.baseUrl, name);
      }
      return await bundlesIn(entries, { ...options, name }, signal);
    },
  };
}

function broken(name: string): never {
  throw new AttestationApiError('INVALID', `${name} breaks off after a page`);
}

interface Question {
  readonly url: string;
  readonly name: string;
}

/** Undefined: the repository is not shown to us, or has none. */
async function ask(
  { http, token }: AttestationOptions,
  { url, name }: Question,
  signal: AbortSignal,
): Promise<HttpResponse | undefined> {
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  const limits = { maxBytes: PAGE_BYTES, timeoutMs: TIMEOUT_MS, redirects: 'refuse' } as const;
  const response = await http.request({ url, headers: HEADERS, authorization, ...limits }, signal).catch(asOurs);
  if (response.status === 404) return undefined;
  if (isLimit(response)) throw new AttestationApiError('UNREACHABLE', `${name} could not be read now: ${LIMITED}`);
  const failure = failureOfStatus(response.status);
  if (failure === undefined) return response;
  throw new AttestationApiError(failure, `${name} could not be read (GitHub answered ${response.status})`);
}

const LIMITED = 'GitHub limits how often it is asked; a token raises the limit';

/** Both limits may come as 403: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function isLimit({ status, headers }: HttpResponse): boolean {
  if (status === 429) return true;
  return status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0');
}

function asOurs(cause: unknown): never {
  if (!(cause instanceof HttpError)) throw cause;
  throw new AttestationApiError(FAILURE_OF[cause.code], cause.message, { cause });
}

function entriesIn({ body }: HttpResponse, name: string): readonly JsonValue[] {
  const value = jsonOf(body);
  if (isObject(value) && Array.isArray(value['attestations'])) return listAt(value, 'attestations');
  throw new AttestationApiError('INVALID', `${name} is no such list`);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

function nextOf({ headers }: HttpResponse, baseUrl: string, name: string): string | undefined {
  const [, next] = /<([^>]*)>\s*;\s*rel="next"/.exec(headers.get('link') ?? '') ?? [];
  if (next === undefined) return undefined;
  // The token goes along.
  if (URL.parse(next)?.origin === new URL(baseUrl).origin) return next;
  throw new AttestationApiError('DENIED', `${name} goes on at another host, where presync does not follow`);
}
