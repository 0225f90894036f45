import type { HttpResponse } from '../../ports/http.ts';
import { type Descriptor, RegistryError, type RegistryRepository } from '../../ports/image-registry.ts';
import { isDigest } from './digest.ts';
import { readDocument } from './document.ts';
import { nextPage } from './pages.ts';
import type { Read, Reading } from './read.ts';

/** The media type of the list, and no other: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
/** P-E1: the busiest public images have some dozens of referrers. */
const MAX_PAGES = 20;
const MAX_REFERRERS = 1000;
const PAGE_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/**
 * Statuses of registries without this API. The specification has 404 alone; the rest is what clients meet:
 * https://github.com/google/go-containerregistry/blob/main/pkg/v1/remote/referrers.go, and the 303 with which ghcr.io sends readers to
 * a page of its web site: https://github.com/artifacthub/hub/issues/4785. Of what is not listed nothing is believed, so a registry
 * that hides behind one of these only takes evidence away.
 */
const WITHOUT_API: readonly number[] = [303, 400, 404, 405, 406, 501];
/** The same list at another address of the registry. */
const MOVED: readonly number[] = [301, 302, 307, 308];

/** Everything that says that it speaks of the digest; undefined where the registry has no such list. A list without an end is an error. */
export async function readReferrers(
  read: Read,
  { repository, digest }: { readonly repository: RegistryRepository; readonly digest: string },
  signal: AbortSignal,
): Promise<readonly Descriptor[] | undefined> {
  if (!isDigest(digest)) throw new RegistryError('INVALID', `${JSON.stringify(digest.slice(0, 100))} is no digest`);
  const name = `the list of what refers to ${repository.repository}@${digest}`;
  const found: Descriptor[] = [];
  let path: string | undefined = `referrers/${digest}`;
  for (let page = 0; path !== undefined; page += 1) {
    if (page === MAX_PAGES || found.length > MAX_REFERRERS) throw tooMany(name);
    const response = await askFor(read, { repository, path, name }, signal);
    if (page === 0 && WITHOUT_API.includes(response.status)) return undefined;
    found.push(...referrersIn(response, name));
    path = nextPage(response, name);
  }
  if (found.length > MAX_REFERRERS) throw tooMany(name);
  return found;
}

function tooMany(name: string): RegistryError {
  return new RegistryError(
    'TOO_LARGE',
    `${name} has more than ${MAX_REFERRERS} entries or ${MAX_PAGES} pages, which nobody needs; remove old attachments`,
  );
}

interface Page {
  readonly repository: RegistryRepository;
  readonly path: string;
  readonly name: string;
}

async function askFor(read: Read, { repository, path, name }: Page, signal: AbortSignal): Promise<HttpResponse> {
  const reading: Reading = {
    path,
    accept: OCI_INDEX,
    maxBytes: PAGE_BYTES,
    timeoutMs: TIMEOUT_MS,
    name,
    answers: [...WITHOUT_API, ...MOVED],
    redirects: 'refuse',
  };
  const response = await read(repository, reading, signal);
  if (!MOVED.includes(response.status)) return response;
  return read(repository, { ...reading, answers: WITHOUT_API, redirects: 'follow' }, signal);
}

function referrersIn({ status, body, headers }: HttpResponse, name: string): readonly Descriptor[] {
  if (status !== 200) throw new RegistryError('INVALID', `${name} breaks off after a page (${status})`);
  const contentType = headers.get('content-type') ?? 'none';
  const document = readDocument({ bytes: body, contentType, name, isList: true });
  if (document.kind === 'index' && document.mediaType === OCI_INDEX) return document.manifests;
  throw new RegistryError('INVALID', `${name} came as ${document.mediaType}, which is no list of referrers`);
}
