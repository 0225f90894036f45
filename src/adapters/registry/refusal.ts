import { failureOfStatus } from '../../ports/fetch-failure.ts';
import type { HttpResponse } from '../../ports/http.ts';
import { RegistryError } from '../../ports/image-registry.ts';

const SENTENCES = {
  NOT_FOUND: 'is not there; check its name, tag or digest',
  UNREACHABLE: 'could not be read now',
  INVALID: 'was not answered with content',
  TOO_LARGE: '',
} as const;

/** What an answer without content means; `why` says why no credentials went along, where that is known. */
export function refusalOf(response: HttpResponse, name: string, why: string | undefined): RegistryError | undefined {
  const failure = failureOfStatus(response.status);
  if (failure === undefined) return undefined;
  const { host } = new URL(response.url);
  if (response.status === 429) return new RegistryError(failure, limited(response, name, host));
  const sentence = failure === 'DENIED' ? denied(why) : SENTENCES[failure];
  return new RegistryError(failure, `${name} ${sentence} (${host} answered ${response.status})`);
}

function denied(why: string | undefined): string {
  return why === undefined
    ? 'is not given to presync without other credentials; make it public, or give the operator of presync credentials for it'
    : `is not given to presync: ${why}`;
}

/** https://docs.docker.com/docker-hub/usage/pulls/: manifests are counted, by account or by address, and headers say how many. */
function limited({ headers }: HttpResponse, name: string, host: string): string {
  const after = headers.get('retry-after') ?? '';
  const [, count, seconds] = /^(\d{1,9});w=(\d{1,9})$/.exec(headers.get('ratelimit-limit') ?? '') ?? [];
  const again = /^\d{1,6}$/.test(after) ? `; it says to come back in ${after} s` : '';
  const limit = count === undefined ? '' : ` (${count} manifests in ${Math.round(Number(seconds) / 3600)} h)`;
  const isHub = host === 'registry-1.docker.io' || host === 'index.docker.io';
  const advice = isHub
    ? `Docker Hub counts what one address, or one account, reads${limit}; credentials under PRESYNC_REGISTRY_AUTH raise the limit, a mirror avoids it`
    : `${host} limits how often it is asked${limit}`;
  return `${name} could not be read now: ${advice}${again} (${host} answered 429)`;
}
