import { FAILURE_OF, type FetchFailure, failureOfStatus } from '../../ports/fetch-failure.ts';
import { type Http, HttpError, type HttpResponse } from '../../ports/http.ts';
import { RemoteError } from '../../ports/remote.ts';
import { remoteUrl, type RemoteUrl } from './remote-url.ts';

/** Where a repository answers, and the settings by which git goes there and nowhere else. */
export interface RemoteLocation {
  readonly href: string;
  readonly settings: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
}

const ENDING = '/info/refs?service=git-upload-pack';
const ANSWER = 'application/x-git-upload-pack-advertisement';
/** By protocol 2 it is some hundred bytes; an older server lists all its refs. */
const LIMITS = { maxBytes: 1024 * 1024, timeoutMs: 30_000 };

/**
 * Asks as git would (https://git-scm.com/docs/gitprotocol-http), but by the guarded transport: redirects are followed and checked
 * here, the host is looked up once and pinned, and what a refusal means is told by its status rather than by what git prints.
 */
export async function locate(http: Http, text: string, signal: AbortSignal): Promise<RemoteLocation> {
  const remote = remoteUrl(text);
  const headers = { 'git-protocol': 'version=2' };
  const request = { url: remote.url.href + ENDING, headers, ...LIMITS, redirects: 'follow' } as const;
  const response = await answered(http.request(request, signal), remote);
  const url = response === undefined ? remote.url : urlOf(response, remote);
  const { host, port, address } = await answered(http.pin(url.href, signal), remote, true);
  const shown = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  return {
    href: url.href,
    // A host that is an address itself is not looked up.
    settings: host.includes(':') ? [] : [`http.curloptResolve=${host}:${port}:${shown}`],
    env: { GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1) },
    name: remote.name,
  };
}

function urlOf({ status, headers, url }: HttpResponse, remote: RemoteUrl): URL {
  const failure = failureOfStatus(status);
  if (failure !== undefined)
    throw new RemoteError(failure, `${remote.name} ${sentenceOf(failure, remote)} (it answered ${status})`);
  if (!url.endsWith(ENDING) || headers.get('content-type') !== ANSWER)
    throw new RemoteError(
      'INVALID',
      `${remote.name} is no git repository that can be read in parts; check its address`,
    );
  return new URL(url.slice(0, -ENDING.length));
}

function sentenceOf(failure: FetchFailure, { url, wasSsh }: RemoteUrl): string {
  const isClosed = failure === 'DENIED' || failure === 'NOT_FOUND';
  if (isClosed && wasSsh)
    return `is written for ssh, for which presync has no keys; it asked at ${url.href} without credentials and was refused. Make it public or keep a copy in this repository`;
  if (isClosed)
    return 'is not there for presync, which asks without credentials; make it public or keep a copy in this repository';
  return failure === 'UNREACHABLE' ? 'could not be read now' : 'was not answered by a git server';
}

/** undefined for a list of refs that is too long: the server is there, and git reads it as it comes. */
async function answered<Answer>(asking: Promise<Answer>, remote: RemoteUrl): Promise<Answer | undefined>;
async function answered<Answer>(asking: Promise<Answer>, remote: RemoteUrl, isWhole: true): Promise<Answer>;
async function answered<Answer>(
  asking: Promise<Answer>,
  { name }: RemoteUrl,
  isWhole = false,
): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (cause) {
    if (!(cause instanceof HttpError)) throw cause;
    if (cause.code === 'TOO_LARGE' && !isWhole) return undefined;
    throw new RemoteError(FAILURE_OF[cause.code], `${name} could not be fetched: ${cause.message}`, { cause });
  }
}
