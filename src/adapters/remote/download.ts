import { shownUrl } from '../../model/shown-url.ts';
import { FAILURE_OF, type FetchFailure, failureOfStatus } from '../../ports/fetch-failure.ts';
import { type Http, HttpError } from '../../ports/http.ts';
import { RemoteError } from '../../ports/remote.ts';
import { sha256 } from './bytes-tree.ts';

export interface DownloadLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const SENTENCES: Readonly<Record<FetchFailure, string>> = {
  DENIED: 'is not given to presync, which asks without credentials; make it public or keep a copy in this repository',
  NOT_FOUND: 'is not there; check the address',
  UNREACHABLE: 'could not be fetched now',
  TOO_LARGE: 'is too large',
  INVALID: 'was not answered with content',
};

/** The bytes at an address. Throws RemoteError. */
export async function download(
  http: Http,
  url: string,
  { limits, signal }: { readonly limits: DownloadLimits; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  // Archives are served with an encoding that some servers only claim; the bytes as they lie there are what digests are of.
  const headers = { 'accept-encoding': 'identity' };
  const response = await answered(http.request({ url, headers, ...limits, redirects: 'follow' }, signal), url);
  const failure = failureOfStatus(response.status);
  if (failure === undefined) return response.body;
  throw new RemoteError(failure, `${shownUrl(url)} ${SENTENCES[failure]} (it answered ${response.status})`);
}

async function answered<Answer>(asking: Promise<Answer>, url: string): Promise<Answer> {
  try {
    return await asking;
  } catch (cause) {
    if (!(cause instanceof HttpError)) throw cause;
    throw new RemoteError(FAILURE_OF[cause.code], `${shownUrl(url)} could not be fetched: ${cause.message}`, { cause });
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${sha256(bytes)}`;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What `resolve` gave is given back by whoever kept it. */
export function assertDigest(text: string, name: string): void {
  if (!DIGEST.test(text))
    throw new RemoteError('INVALID', `${JSON.stringify(text.slice(0, 100))} is no digest of ${name}; resolve it again`);
}

export function changed(name: string, wanted: string, came: string): RemoteError {
  return new RemoteError(
    'INVALID',
    `${name} is not what it was: ${wanted} was expected, ${came} came; it was replaced, or is not to be trusted`,
  );
}
