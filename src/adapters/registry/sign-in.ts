import { failureOfStatus } from '../../ports/fetch-failure.ts';
import type { HttpRequest, HttpResponse } from '../../ports/http.ts';
import { RegistryError, type RegistryRepository } from '../../ports/image-registry.ts';
import { readChallenge } from './challenge.ts';
import { isTrustedRealm } from './realms.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Why there are none, as the end of a sentence that says what to do. */
export interface NoCredentials {
  readonly none: string;
}

/** By the exact host (with its port where it has one) of the registry (P-F3); a Map of them is one. */
export interface CredentialSource {
  /** Without asking anybody. */
  has(registry: string): boolean;
  /** Why nobody's credentials could be read at all. */
  readonly lacking?: string | undefined;
  get(
    registry: string,
    signal: AbortSignal,
  ): Credentials | NoCredentials | undefined | Promise<Credentials | NoCredentials | undefined>;
}

export interface SignInOptions {
  /** `http://host:port` of hosts that the operator lets us reach without TLS. */
  readonly plainHosts: readonly string[];
  readonly credentials: CredentialSource;
  /** Besides the registry itself the hosts that may see its credentials in exchange for a token, by registry. */
  readonly realms: ReadonlyMap<string, readonly string[]>;
  /**
   * May the operator's credentials be used to read `registry/path`? `true`, or the end of a sentence that says why not and what to do
   * (DESIGN 8). Whoever says nothing here reads with none.
   */
  readonly mayUseCredentials?: ((repository: string) => true | string) | undefined;
  /** Told of each `registry/path` that they are used for. */
  readonly onCredentials?: ((repository: string) => void) | undefined;
}

const TOKEN_BYTES = 256 * 1024;
const TOKEN_MS = 30_000;
const NOT_SAID = 'presync reads it without credentials';

type Ask = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

interface SignIn {
  readonly options: SignInOptions;
  readonly ask: Ask;
  readonly signal: AbortSignal;
}

/** How a registry that answered 401 is asked again, and why not with credentials where there are none for it. */
export interface SignedIn {
  readonly authorization?: string | undefined;
  readonly why?: string | undefined;
}

/** Nothing of the operator's is used for a repository that the rules do not name. */
export function mayUse({ mayUseCredentials }: SignInOptions, { repository }: RegistryRepository): true | string {
  return mayUseCredentials?.(repository) ?? NOT_SAID;
}

/**
 * The Authorization with which a registry that answered 401 is asked again; absent where there is none to be had. Credentials go to
 * the registry itself and to the realms of its list, to no host that a 401 names (A19, P-F1); any other realm may give a token to
 * whoever asks. The scope is ours and not the one of the 401, so that a token never opens more than this repository to a reader.
 */
export async function signIn(
  repository: RegistryRepository,
  refused: HttpResponse,
  { options, ask, signal }: SignIn,
): Promise<SignedIn> {
  const challenge = readChallenge(refused.headers.get('www-authenticate') ?? '');
  if (challenge === undefined) return {};
  const found = await credentialsFor(repository, options, signal);
  if (challenge.scheme === 'basic') return { authorization: found.basic, why: found.why };
  const { registry } = repository;
  const realm = realmOf(challenge.realm, registry, options.plainHosts);
  realm.searchParams.set('scope', `repository:${repository.repository.slice(registry.length + 1)}:pull`);
  if (challenge.service !== '') realm.searchParams.set('service', challenge.service);
  if (found.basic === undefined || isTrustedRealm(realm.host, registry, options.realms))
    return tokenOf(realm, { ...found, registry }, { ask, signal });
  return tokenOf(realm, { registry, why: untrusted(realm, registry) }, { ask, signal });
}

interface Bearer {
  readonly registry: string;
  readonly basic?: string | undefined;
  readonly why?: string | undefined;
}

async function tokenOf(
  realm: URL,
  { registry, basic, why }: Bearer,
  { ask, signal }: Pick<SignIn, 'ask' | 'signal'>,
): Promise<SignedIn> {
  const limits = { maxBytes: TOKEN_BYTES, timeoutMs: TOKEN_MS, redirects: 'refuse' } as const;
  const response = await ask({ url: realm.href, authorization: basic, ...limits }, signal);
  if (response.status === 200) return { authorization: `Bearer ${tokenIn(response.body, realm)}`, why };
  // What could not be asked is not refused: "no access" would be advice where "unreachable" is an error.
  if (failureOfStatus(response.status) === 'UNREACHABLE')
    throw new RegistryError(
      'UNREACHABLE',
      `${registry} could not be read now: ${realm.host}, which gives tokens for it, answered ${response.status}`,
    );
  return { why: basic === undefined ? why : `${realm.host} did not take the credentials for it` };
}

async function credentialsFor(
  repository: RegistryRepository,
  options: SignInOptions,
  signal: AbortSignal,
): Promise<{ readonly basic?: string | undefined; readonly why?: string | undefined }> {
  const { registry } = repository;
  if (!options.credentials.has(registry)) return { why: options.credentials.lacking };
  const leave = mayUse(options, repository);
  if (leave !== true) return { why: leave };
  const found = await options.credentials.get(registry, signal);
  if (found === undefined) return {};
  if ('none' in found) return { why: found.none };
  options.onCredentials?.(repository.repository);
  return { basic: basicOf(found) };
}

function basicOf({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function untrusted({ host }: URL, registry: string): string {
  return `${registry} wants its credentials sent to ${host}, which the operator of presync has to allow: PRESYNC_REGISTRY_REALMS=${registry}=${host}`;
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

/** A token becomes a header: nothing but visible characters. */
function tokenIn(body: Uint8Array, { host }: URL): string {
  const token = writtenToken(Buffer.from(body).toString('utf8'));
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new RegistryError('INVALID', `${host} answered without a token that could be used`);
}

function writtenToken(text: string): unknown {
  try {
    const { token, access_token: accessToken } = JSON.parse(text) as Record<string, unknown>;
    return token ?? accessToken;
  } catch {
    return undefined;
  }
}
