import { isIPv4, isIPv6 } from 'node:net';
import type { AllowedHost, PrivateHost } from '../../model/host-rules.ts';
import { HttpError } from '../../ports/http.ts';

export interface HostRules {
  /** Absent: any public host. */
  readonly allowedHosts: readonly AllowedHost[] | undefined;
  readonly privateHosts: readonly PrivateHost[];
}

/** Where a URL leads, found to be one that may be asked for; its addresses are still to be looked up. */
export interface Target {
  readonly url: URL;
  /** As URLs spell it: in lower case, an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
  /** The operator named this host, port and protocol: any address will do. */
  readonly isPrivate: boolean;
}

/** Presigned URLs of object stores reach some 2,000 characters. */
const MAX_URL_LENGTH = 8_192;
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const NAME = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`);
const AUTHORITY = /^(\[[a-f0-9:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;

/**
 * Takes one spelling only of each host. What URL parsers smooth over (`https:\\host`, `http://2130706433/`, tabs, other digits) is
 * refused before one sees it: two programs that read an address differently are how a guard is walked around. Throws HttpError.
 */
export function parseTarget(text: string, rules: HostRules): Target {
  const [scheme, authority] = partsOf(text);
  const { host, port } = hostOf(authority.toLowerCase(), scheme);
  const url = URL.parse(text);
  if (url === null || (isName(host) && url.hostname !== host)) throw malformed(`the host ${quoted(host)} is none`);
  const hasTls = scheme === 'https';
  const at = { host: url.hostname, port, hasTls };
  const isPrivate = rules.privateHosts.some(
    (one) => one.host === at.host && one.port === port && one.hasTls === hasTls,
  );
  const target = { ...at, url, isPrivate };
  if (!isPrivate) assertAllowed(target, rules.allowedHosts);
  return target;
}

/** For messages. The rest of a URL may hold a token. */
export function nameOf({ host, port }: Pick<Target, 'host' | 'port'>): string {
  return `${host}:${port}`;
}

function partsOf(text: string): readonly [scheme: 'http' | 'https', authority: string] {
  assertPlain(text);
  const [, scheme = '', authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text) ?? [];
  if (authority === undefined) throw malformed('a URL does not begin with https://');
  const protocol = scheme.toLowerCase();
  if (protocol !== 'https' && protocol !== 'http') {
    throw new HttpError('DENIED', `${scheme}:// is not spoken; use https://`);
  }
  if (authority.includes('@')) throw new HttpError('DENIED', 'a URL names a user or a password; leave them out');
  return [protocol, authority];
}

function assertPlain(text: string): void {
  if (text.length > MAX_URL_LENGTH) throw malformed(`a URL has more than ${MAX_URL_LENGTH} characters`);
  if (!/^[\x21-\x7e]*$/.test(text) || text.includes('\\')) {
    throw malformed('a URL holds a space, a backslash, a control character or one outside ASCII; write them as %XX');
  }
  if (text.includes('#')) throw malformed('a URL has a fragment, which no server sees; leave # and what follows out');
}

function hostOf(authority: string, scheme: 'http' | 'https'): { readonly host: string; readonly port: number } {
  const [, host, digits = scheme === 'https' ? '443' : '80'] = AUTHORITY.exec(authority) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) throw malformed(`${quoted(authority)} is not a host and a port`);
  assertHost(host);
  return { host, port };
}

function assertHost(host: string): void {
  if (isName(host) ? !NAME.test(host) : !isIPv6(host.slice(1, -1))) throw malformed(`the host ${quoted(host)} is none`);
  // https://url.spec.whatwg.org/#ends-in-a-number-checker: such a host is an address, in octal, hexadecimal or with parts left out.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host) && !isIPv4(host)) {
    throw new HttpError('DENIED', `${quoted(host)} is an address in an unusual spelling; write four decimal numbers`);
  }
}

function isName(host: string): boolean {
  return !host.startsWith('[');
}

function assertAllowed(target: Target, allowed: readonly AllowedHost[] | undefined): void {
  if (!target.hasTls) {
    const entry = `http://${nameOf(target)}`;
    const sentence = `${entry} is not https://, so what it says could be changed on the way; use https, or let the operator name ${entry} in PRESYNC_PRIVATE_HOSTS`;
    throw new HttpError('DENIED', sentence);
  }
  if (allowed === undefined || allowed.some((one) => matches(target.host, one))) return;
  throw new HttpError('DENIED', `${target.host} is not among PRESYNC_ALLOWED_HOSTS; ask the operator to add it`);
}

function matches(host: string, { host: wanted, isSuffix }: AllowedHost): boolean {
  return isSuffix ? host.endsWith(`.${wanted}`) : host === wanted;
}

function malformed(sentence: string): HttpError {
  return new HttpError('MALFORMED', sentence);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 260));
}
