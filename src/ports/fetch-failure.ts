import type { HttpError } from './http.ts';

/**
 * `DENIED`: the guard, a 401 or a 403. `NOT_FOUND`: the source answered that there is none such. `INVALID`: what came is not what it
 * should be (a digest that does not hold, a hostile archive, a document that cannot be read).
 */
export type FetchFailure = 'DENIED' | 'NOT_FOUND' | 'UNREACHABLE' | 'TOO_LARGE' | 'INVALID';

/** What an error of the transport means for whoever wanted the content. */
export const FAILURE_OF: Readonly<Record<HttpError['code'], FetchFailure>> = {
  DENIED: 'DENIED',
  UNREACHABLE: 'UNREACHABLE',
  TIMEOUT: 'UNREACHABLE',
  TOO_LARGE: 'TOO_LARGE',
  MALFORMED: 'INVALID',
};

/** What a status means for a reader; undefined for the 200 of content. */
export function failureOfStatus(status: number): FetchFailure | undefined {
  if (status === 200) return undefined;
  if (status === 401 || status === 403) return 'DENIED';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  return status === 408 || status === 429 || status >= 500 ? 'UNREACHABLE' : 'INVALID';
}
