import { HttpError, type HttpRequest } from '../../ports/http.ts';

export type Headers = Readonly<Record<string, string>>;

/** What the transport says itself; said by a caller, it could name another host than the one that was checked. */
const OWN = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/** What another origin may hear; anything else could be a credential under a name of its own (`private-token`). */
const ANYWHERE = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'user-agent']);

/** Names in lower case. Throws HttpError. */
export function headersOf({ headers = {}, authorization }: HttpRequest, userAgent: string): Headers {
  const asked = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const given = authorization === undefined ? asked : [...asked, ['authorization', authorization] as const];
  for (const [name, value] of given) assertSendable(name, value);
  return { 'accept-encoding': 'gzip, br', ...Object.fromEntries(given), 'user-agent': userAgent };
}

/** What is left of them on the way to another origin. */
export function headersElsewhere(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => ANYWHERE.has(name)));
}

/** Of a list of names and values in turn, as they came. */
export function joinHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const before = joined.get(name);
    const value = raw[at + 1] ?? '';
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return joined;
}

function assertSendable(name: string, value: string): void {
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value)) {
    throw new HttpError(
      'MALFORMED',
      `the header ${JSON.stringify(name.slice(0, 100))} cannot be sent: no control characters`,
    );
  }
  if (OWN.has(name) || name.startsWith('proxy-')) {
    throw new HttpError('MALFORMED', `the header ${name} belongs to the transport`);
  }
}
