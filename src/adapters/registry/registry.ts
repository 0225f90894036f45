import type { ContentCache } from '../../ports/content-cache.ts';
import type { Http } from '../../ports/http.ts';
import { type ImageRegistry, RegistryError, type RegistryRepository } from '../../ports/image-registry.ts';
import { hasDigest, isDigest } from './digest.ts';
import { ACCEPT, readDocument } from './document.ts';
import { type Read, reader } from './read.ts';
import { readReferrers } from './referrers.ts';
import { mayUse, type SignInOptions } from './sign-in.ts';
import { readTags } from './tags.ts';

export interface RegistryOptions extends SignInOptions {
  readonly http: Http;
  /** Documents and blobs that were read before, by digest. */
  readonly cache?: ContentCache | undefined;
}

/** Registries take up to 4 MiB: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests */
const MANIFEST_BYTES = 4 * 1024 * 1024;
/** As much as an unpacked chart or Flux artifact may have. */
const BLOB_BYTES = 100 * 1024 * 1024;
/** The body of a refusal, which may be longer than the blob; without it nobody would know what was refused. */
const REFUSAL_BYTES = 64 * 1024;
const MANIFEST_MS = 30_000;
const BLOB_MS = 5 * 60_000;

/** Registries through the guarded transport. Nothing is taken for what was asked before its bytes were hashed (P-D2). */
export function ociRegistry({ http, cache: kept, ...options }: RegistryOptions): ImageRegistry {
  const read = reader(http, options);
  /** What was read with credentials is given to nobody who may not use them, not even by a digest that he knows. */
  const cacheFor = (repository: RegistryRepository): ContentCache | undefined =>
    mayUse(options, repository) === true || !options.credentials.has(repository.registry) ? kept : undefined;
  return {
    async manifest(repository, reference, signal) {
      const cache = cacheFor(repository);
      const name = `${repository.repository}${isDigest(reference) ? '@' : ':'}${reference}`;
      const before = isDigest(reference) ? await cache?.read(reference) : undefined;
      if (before !== undefined) return readDocument({ bytes: before, contentType: '', name });
      const document = await readManifest(read, { repository, reference, name }, signal);
      await cache?.keep(document.bytes);
      return document;
    },
    async blob(repository, { digest, size }, signal) {
      const cache = cacheFor(repository);
      const before = await cache?.read(digest);
      if (before?.length === size) return before;
      const bytes = await readBlob(read, { repository, digest, size }, signal);
      await cache?.keep(bytes);
      return bytes;
    },
    tags: (repository, signal) => readTags(read, repository, signal),
    referrers: (repository, digest, signal) => readReferrers(read, { repository, digest }, signal),
  };
}

interface WantedManifest {
  readonly repository: RegistryRepository;
  readonly reference: string;
  readonly name: string;
}

async function readManifest(
  read: Read,
  { repository, reference, name }: WantedManifest,
  signal: AbortSignal,
): ReturnType<ImageRegistry['manifest']> {
  const path = `manifests/${isDigest(reference) ? reference : encodeURIComponent(reference)}`;
  const reading = { path, accept: ACCEPT, maxBytes: MANIFEST_BYTES, timeoutMs: MANIFEST_MS, name };
  const { body, headers } = await read(repository, reading, signal);
  const said = headers.get('docker-content-digest');
  const wrong = [...(isDigest(reference) ? [reference] : []), ...(said === undefined ? [] : [said])].find(
    (digest) => !hasDigest(body, digest),
  );
  if (wrong !== undefined) throw lied(name, wrong);
  const document = readDocument({ bytes: body, contentType: headers.get('content-type') ?? 'none', name });
  return isDigest(reference) ? { ...document, digest: reference } : document;
}

interface WantedBlob {
  readonly repository: RegistryRepository;
  readonly digest: string;
  readonly size: number;
}

async function readBlob(
  read: Read,
  { repository, digest, size }: WantedBlob,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const name = `${repository.repository}@${digest}`;
  if (!isDigest(digest))
    throw new RegistryError('INVALID', `${JSON.stringify(digest.slice(0, 100))} is no digest of a blob`);
  if (size > BLOB_BYTES)
    throw new RegistryError('TOO_LARGE', `${name} has ${size} bytes, more than the ${BLOB_BYTES} that presync reads`);
  const reading = { path: `blobs/${digest}`, maxBytes: Math.max(size, REFUSAL_BYTES), timeoutMs: BLOB_MS, name };
  const { body } = await read(repository, reading, signal);
  if (body.length !== size || !hasDigest(body, digest)) throw lied(name, digest);
  return body;
}

function lied(name: string, digest: string): RegistryError {
  const sentence = `${name} came with other bytes than ${digest.slice(0, 80)}; the registry, or something on the way to it, is not to be trusted`;
  return new RegistryError('INVALID', sentence);
}
