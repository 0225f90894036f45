import type { HttpResponse } from '../../ports/http.ts';
import { RegistryError } from '../../ports/image-registry.ts';

/**
 * Where a list goes on: RFC 5988, as the specification has it, `<url>; rel="next"`, relative to what was asked or whole, and then of
 * the same host. `list` is what it is called in a sentence.
 */
export function nextPage({ headers, url }: HttpResponse, list: string): string | undefined {
  const link = headers.get('link');
  if (link === undefined) return undefined;
  const [, target] = /^\s*<([^>]*)>\s*;[^<]*rel="?next"?/i.exec(link) ?? [];
  const next = target === undefined ? null : URL.parse(target, url);
  if (next === null) throw new RegistryError('INVALID', `${list} has a next page that cannot be read`);
  if (next.origin !== new URL(url).origin)
    throw new RegistryError('DENIED', `${list} goes on at ${next.host}, another host, where presync does not follow`);
  return next.pathname + next.search;
}
