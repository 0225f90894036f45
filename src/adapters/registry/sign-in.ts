import type { HttpRequest, HttpResponse } from '../../ports/http.ts';
import { RegistryError, type RegistryRepository } from '../../ports/image-registry.ts';
import { readChallenge } from './challenge.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface SignInOptions {
  /** `http://host:port` of hosts that the operator lets us reach without TLS. */
  readonly plainHosts: readonly string[];
  /** By the exact host (with its port where it has one) of the registry. */
  readonly credentials: ReadonlyMap<string, Credentials>;
  /** Besides the registry itself the hosts that may see its credentials in exchange for a token, by registry. */
  readonly realms: ReadonlyMap<string, readonly string[]>;
}

/** Public registries whose tokens are made by a host of another name, as their 401 says. */
const KNOWN_REALMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['docker.io', ['auth.docker.io']],
  ['registry.gitlab.com', ['gitlab.com']],
]);

const TOKEN_BYTES = 256 * 1024;
const TOKEN_MS = 30_000;

type Ask = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/**
 * The Authorization with which a registry that answered 401 is asked again; undefined where there is none to be had. Credentials go to
 * the registry itself and to the realms of its list, to no host that a 401 names (A19, P-F1); any other realm may give a token to
 * whoever asks. The scope is ours and not the one of the 401, so that a token never opens more than this repository to a reader.
 */
export async function authorizationFor(
  { registry, repository }: RegistryRepository,
  refused: HttpResponse,
  { options, ask, signal }: { readonly options: SignInOptions; readonly ask: Ask; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const challenge = readChallenge(refused.headers.get('www-authenticate') ?? '');
  const credentials = options.credentials.get(registry);
  const basic = credentials === undefined ? undefined : basicOf(credentials);
  if (challenge === undefined) return undefined;
  if (challenge.scheme === 'basic') return basic;
  const realm = realmOf(challenge.realm, registry, options.plainHosts);
  realm.searchParams.set('scope', `repository:${repository.slice(registry.length + 1)}:pull`);
  if (challenge.service !== '') realm.searchParams.set('service', challenge.service);
  const authorization = isTrusted(realm, registry, options.realms) ? basic : undefined;
  const limits = { maxBytes: TOKEN_BYTES, timeoutMs: TOKEN_MS, redirects: 'refuse' } as const;
  const response = await ask({ url: realm.href, authorization, ...limits }, signal);
  return response.status === 200 ? `Bearer ${tokenIn(response.body, realm)}` : undefined;
}

function basicOf({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function realmOf(text: string, registry: string, plainHosts: readonly string[]): URL {
  const realm = URL.parse(text);
  const isPlain = realm?.protocol === 'http:' && plainHosts.includes(realm.origin);
  if (realm === null || (realm.protocol !== 'https:' && !isPlain) || realm.username !== '' || realm.password !== '') {
    const shown = realm === null ? 'no URL' : `${realm.protocol}//${realm.host}`;
    throw new RegistryError(
      'DENIED',
      `${registry} sends readers to ${shown} for a token; presync asks for tokens by https only`,
    );
  }
  return realm;
}

function isTrusted(realm: URL, registry: string, realms: SignInOptions['realms']): boolean {
  const trusted = [registry, ...(realms.get(registry) ?? []), ...(KNOWN_REALMS.get(registry) ?? [])];
  return trusted.includes(realm.host);
}

/** A token becomes a header: nothing but visible characters. */
function tokenIn(body: Uint8Array, { host }: URL): string {
  const token = tokenOf(Buffer.from(body).toString('utf8'));
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new RegistryError('INVALID', `${host} answered without a token that could be used`);
}

function tokenOf(text: string): unknown {
  try {
    const { token, access_token: accessToken } = JSON.parse(text) as Record<string, unknown>;
    return token ?? accessToken;
  } catch {
    return undefined;
  }
}
