import { PresyncError } from './error.ts';
import { matchesGlob } from './glob.ts';

/** Where an image comes from, as a container runtime reads its text. */
export interface ImageRef {
  /** Registry host in lower case where that leaves it a host, with its port where one was written: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  /** Registry and path: `docker.io/library/nginx`. What policies match. */
  readonly repository: string;
  /** As written; absent, and without digest, runtimes take `latest`. */
  readonly tag?: string | undefined;
  /** `sha256:…`; where both are written, runtimes pull the digest and ignore the tag. */
  readonly digest?: string | undefined;
}

export class ImageRefError extends PresyncError<'MALFORMED'> {}

const HUB = 'docker.io';
const HUB_SERVERS = new Set([HUB, `index.${HUB}`, `registry-1.${HUB}`, 'registry.hub.docker.com']);
/** Domain, path, tag and digest are bounded below; a longer text is refused before any pattern sees it. */
const MAX_LENGTH = 2048;
/** https://github.com/distribution/reference/blob/main/reference.go: without the registry. */
const MAX_PATH = 255;

const COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${COMPONENT}(?:\\.${COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** The algorithms of https://github.com/opencontainers/go-digest/blob/master/algorithm.go, their hex in lower case. */
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;
const IDENTIFIER = /^[a-f0-9]{64}$/;

/**
 * Splits an image reference; `nginx` means `docker.io/library/nginx`, as container runtimes read it:
 * https://github.com/distribution/reference/blob/main/normalize.go (ParseNormalizedNamed). Only the registry is put in lower case:
 * DNS knows no case, and a policy must not be evaded by it (P-A9). Throws ImageRefError (`MALFORMED`), never guesses.
 */
export function parseImageRef(text: string): ImageRef {
  const early = wrongAsAWhole(text);
  if (early !== undefined) throw malformed(text, early);
  const { registry, remainder } = splitRegistry(text);
  const parts = splitRemainder(remainder);
  const wrong = wrongIn({ registry, ...parts });
  if (wrong !== undefined) throw malformed(text, wrong);
  const { path, tag, digest } = parts;
  return { registry, repository: `${registry}/${path}`, tag, digest };
}

function malformed(text: string, why: string): ImageRefError {
  return new ImageRefError('MALFORMED', `${JSON.stringify(text.slice(0, 200))} is no image reference: ${why}`);
}

function wrongAsAWhole(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  return IDENTIFIER.test(text) ? '64 hexadecimal digits are an image id, not a name' : undefined;
}

interface Parts {
  readonly registry: string;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function wrongIn({ registry, path, tag, digest }: Parts): string | undefined {
  if (!DOMAIN.test(registry)) return 'the registry is no host name';
  if (path.toLowerCase() !== path) return 'the repository must be in lower case';
  if (path.length > MAX_PATH) return `the repository is longer than ${MAX_PATH} characters`;
  if (!PATH.test(path)) return 'the repository has a form that registries do not take';
  if (tag !== undefined && !TAG.test(tag)) return 'the tag has a form that registries do not take';
  return digest === undefined || DIGEST.test(digest)
    ? undefined
    : 'the digest is not sha256, sha384 or sha512 with all its digits';
}

/** The reference, or undefined where the text is none. */
export function imageRefIn(text: string): ImageRef | undefined {
  try {
    return parseImageRef(text);
  } catch (error) {
    if (error instanceof ImageRefError) return undefined;
    throw error;
  }
}

/** One text for all spellings of an image: registry, path, tag (`latest` where neither is written) and digest. */
export function imageText({ repository, tag, digest }: ImageRef): string {
  const shownTag = tag ?? (digest === undefined ? 'latest' : undefined);
  return `${repository}${shownTag === undefined ? '' : `:${shownTag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/**
 * Its repository by the name that rules use for the registry: a runtime reaches the same one with the port of HTTPS, and Docker Hub
 * by the names of its servers (P-A9). What is read, shown and kept stays as it is written.
 */
export function repositoryName({ registry, repository }: Pick<ImageRef, 'registry' | 'repository'>): string {
  const host = registry.replace(/:0*443$/, '');
  return `${HUB_SERVERS.has(host) ? HUB : host}${repository.slice(registry.length)}`;
}

/** Does the pattern mean this image, by either name? */
export function isMeant(glob: string, ref: Pick<ImageRef, 'registry' | 'repository'>): boolean {
  return [ref.repository, repositoryName(ref)].some((name) => matchesGlob(glob, name));
}

/** splitDockerDomain: a first part with a dot, a port or an upper-case letter is a registry, all else is on Docker Hub. */
function splitRegistry(text: string): { readonly registry: string; readonly remainder: string } {
  const slash = text.indexOf('/');
  if (slash === -1) return { registry: HUB, remainder: `library/${text}` };
  const [first, rest] = [text.slice(0, slash), text.slice(slash + 1)];
  const [lower, isRegistry] = [
    first.toLowerCase(),
    first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first,
  ];
  if (lower === HUB || lower === `index.${HUB}`)
    return { registry: HUB, remainder: rest.includes('/') ? rest : `library/${rest}` };
  if (!isRegistry) return { registry: HUB, remainder: text };
  // `Foo/bar` is on the host Foo, `foo/bar` on Docker Hub: there the case is what makes it a host.
  return { registry: lower === 'localhost' || /[.:]/.test(lower) ? lower : first, remainder: rest };
}

function splitRemainder(remainder: string): Omit<Parts, 'registry'> {
  const at = remainder.indexOf('@');
  const named = at === -1 ? remainder : remainder.slice(0, at);
  const digest = at === -1 ? undefined : remainder.slice(at + 1);
  const colon = named.indexOf(':');
  if (colon === -1) return { path: named, tag: undefined, digest };
  return { path: named.slice(0, colon), tag: named.slice(colon + 1), digest };
}
