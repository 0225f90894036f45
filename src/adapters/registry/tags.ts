import type { HttpResponse } from '../../ports/http.ts';
import { RegistryError, type RegistryRepository } from '../../ports/image-registry.ts';
import { nextPage } from './pages.ts';
import type { Read } from './read.ts';
import { strictObject } from '../../model/strict-json.ts';

/** The busiest public images have some ten thousand tags. */
const PAGE = 1000;
const MAX_PAGES = 50;
const PAGE_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const TAG = /^\w[\w.-]{0,127}$/;

/** All tags, page by page: a list that does not come to its end is an error, not a shorter list. */
export async function readTags(
  read: Read,
  repository: RegistryRepository,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = repository.repository;
  const tags: string[] = [];
  let path: string | undefined = `tags/list?n=${PAGE}`;
  for (let page = 0; path !== undefined; page += 1) {
    if (page === MAX_PAGES)
      throw new RegistryError(
        'TOO_LARGE',
        `${name} has more tags than presync reads (${MAX_PAGES} pages); name one instead of a range`,
      );
    const response = await read(
      repository,
      { path, maxBytes: PAGE_BYTES, timeoutMs: TIMEOUT_MS, name: `the list of tags of ${name}` },
      signal,
    );
    tags.push(...tagsIn(response, name));
    path = nextPage(response, `the list of tags of ${name}`);
  }
  return tags;
}

function tagsIn({ body }: HttpResponse, name: string): readonly string[] {
  const list = strictObject(body)?.['tags'];
  // Some registries say null of a repository without tags.
  const tags: unknown = list === null ? [] : list;
  if (Array.isArray(tags) && tags.every((tag): tag is string => typeof tag === 'string' && TAG.test(tag))) return tags;
  throw new RegistryError('INVALID', `the list of tags of ${name} cannot be read; ask its registry for it`);
}
