import { baseNameOf } from '../../model/path.ts';
import type { HttpWant } from '../../model/remote-want.ts';
import { shownUrl } from '../../model/shown-url.ts';
import { MODES } from '../../model/tree.ts';
import type { ContentCache } from '../../ports/content-cache.ts';
import type { Http } from '../../ports/http.ts';
import type { RemoteContent, RemoteOf } from '../../ports/remote.ts';
import { bytesTree } from './bytes-tree.ts';
import { assertDigest, changed, digestOf, download } from './download.ts';

/** Manifests, values files and schemas; the largest of public use (all CRDs of a project in one file) have some megabytes. */
const LIMITS = { maxBytes: 20 * 1024 * 1024, timeoutMs: 60_000 };

/** Single files. What an address means is what it answers, so that it is fetched to be resolved, and kept. */
export function httpFiles({ http, cache }: { readonly http: Http; readonly cache: ContentCache }): RemoteOf<HttpWant> {
  return {
    async resolve({ url }, signal) {
      return { resolved: await cache.keep(await download(http, url, { limits: LIMITS, signal })), isPinned: false };
    },
    async fetch({ url }, resolved, signal) {
      assertDigest(resolved, shownUrl(url));
      const kept = await cache.read(resolved);
      const bytes = kept ?? (await download(http, url, { limits: LIMITS, signal }));
      const digest = digestOf(bytes);
      if (digest !== resolved) throw changed(shownUrl(url), resolved, digest);
      if (kept === undefined) await cache.keep(bytes);
      return fileContent(fileNameIn(url), bytes);
    },
  };
}

/** The last part of the path as it is written, which is what whoever asked looks for. */
function fileNameIn(url: string): string {
  return baseNameOf(url.replace(/[?#].*$/s, '').replace(/\/+$/, ''));
}

export function fileContent(path: string, bytes: Uint8Array): RemoteContent {
  return { tree: bytesTree([{ path, mode: MODES.file, bytes }]), digest: digestOf(bytes) };
}
