import { indexedText, parseIndexed } from '../../model/indexed-chart.ts';
import type { HelmWant } from '../../model/remote-want.ts';
import { shownUrl } from '../../model/shown-url.ts';
import type { ContentCache } from '../../ports/content-cache.ts';
import type { Engine } from '../../ports/engine.ts';
import type { Http } from '../../ports/http.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import { RemoteError, type RemoteOf } from '../../ports/remote.ts';
import { chooseChart, type IndexedChart } from './choose.ts';
import { changed, digestOf, download } from './download.ts';
import { chartIn, imageAt } from './oci.ts';
import { unpack } from './unpack.ts';

export interface HelmOptions {
  readonly http: Http;
  readonly registry: ImageRegistry;
  readonly engine: Engine;
  readonly cache: ContentCache;
}

/** The index of the largest public repository has some 25 MB. */
const INDEX_LIMITS = { maxBytes: 64 * 1024 * 1024, timeoutMs: 120_000 };
/** Packed; unpacked no chart has more than 100 MiB. */
const ARCHIVE_LIMITS = { maxBytes: 50 * 1024 * 1024, timeoutMs: 300_000 };

/**
 * Charts of HTTP repositories. `resolved` is `<version>@<digest of the archive>`: a version can be published anew, its bytes cannot.
 * Where the index leads to a registry the chart is an image of that registry, and `resolved` names it with the digest of its manifest.
 * Nothing is fetched that a Chart.yaml or a Chart.lock names (A7): whoever renders asks for dependencies one by one.
 */
export function helmCharts(options: HelmOptions): RemoteOf<HelmWant> {
  return {
    async resolve(want, signal) {
      const indexed = await indexedChart(options, want, signal);
      const address = joined(want.url, indexed.url);
      if (isOfRegistry(address))
        return { resolved: await imageOf(options, { want, indexed, address }, signal), isPinned: false };
      const digest =
        indexedDigest(indexed, want) ?? (await options.cache.keep(await archiveOf(options, { want, indexed }, signal)));
      return { resolved: `${indexed.version}@${digest}`, isPinned: false };
    },
    async fetch(want, resolved, signal) {
      const inRegistry = parseIndexed(resolved);
      if (inRegistry !== undefined) {
        const bytes = await chartIn(options.registry, inRegistry.image, signal);
        const packed = { name: nameOf(want, inRegistry.version), content: 'chart' } as const;
        return { tree: await unpack(bytes, packed), digest: digestOf(bytes) };
      }
      const [, version, digest] = /^(.+)@(sha256:[0-9a-f]{64})$/s.exec(resolved) ?? [];
      const name = nameOf(want, version ?? '');
      if (version === undefined || digest === undefined)
        throw new RemoteError(
          'INVALID',
          `${JSON.stringify(resolved.slice(0, 100))} is no version and digest of ${name}; resolve it again`,
        );
      const archive = (await options.cache.read(digest)) ?? (await fetchAgain(options, { ...want, version }, signal));
      const came = digestOf(archive);
      if (came !== digest) throw changed(name, digest, came);
      await options.cache.keep(archive);
      return { tree: await unpack(archive, { name, content: 'chart' }), digest };
    },
  };
}

async function fetchAgain(options: HelmOptions, want: HelmWant, signal: AbortSignal): Promise<Uint8Array> {
  const indexed = await indexedChart(options, want, signal);
  if (indexed.version !== want.version)
    throw new RemoteError(
      'NOT_FOUND',
      `${nameOf(want, want.version)} is not in the repository any more; take another version`,
    );
  return archiveOf(options, { want, indexed }, signal);
}

async function indexedChart(
  { http, engine }: HelmOptions,
  { url, chart, version }: HelmWant,
  signal: AbortSignal,
): Promise<IndexedChart> {
  const index = await download(http, joined(url, 'index.yaml'), { limits: INDEX_LIMITS, signal });
  return chooseChart(engine, { index, chart, version, name: shownUrl(joined(url, 'index.yaml')) }, signal);
}

/** Hex with or without the name of its algorithm, as tools write it; undefined where there is none. */
function indexedDigest({ version, digest }: IndexedChart, want: HelmWant): string | undefined {
  const [, hex] = /^(?:sha256:)?([0-9a-f]{64})$/.exec(digest.toLowerCase()) ?? [];
  if (digest !== '' && hex === undefined)
    throw new RemoteError(
      'INVALID',
      `the digest of ${nameOf(want, version)} in its index is none; ask its owner to index it again`,
    );
  return hex === undefined ? undefined : `sha256:${hex}`;
}

interface WantedArchive {
  readonly want: HelmWant;
  readonly indexed: IndexedChart;
}

async function archiveOf(
  { http }: HelmOptions,
  { want, indexed }: WantedArchive,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const address = joined(want.url, indexed.url);
  // What comes is held to a digest by whoever asked: that of the index, or the one that was found when there was none.
  return download(http, address, { limits: ARCHIVE_LIMITS, signal });
}

function isOfRegistry(address: string): boolean {
  return /^oci:/i.test(address);
}

/** What the index leads to in a registry. Where the index has a digest, it is that of the archive, and holds there too. */
async function imageOf(
  { registry }: HelmOptions,
  { want, indexed, address }: WantedArchive & { readonly address: string },
  signal: AbortSignal,
): Promise<string> {
  const image = await imageAt(registry, address, signal);
  const digest = indexedDigest(indexed, want);
  const came = digest === undefined ? undefined : digestOf(await chartIn(registry, image, signal));
  if (digest !== undefined && came !== undefined && came !== digest)
    throw changed(nameOf(want, indexed.version), digest, came);
  return indexedText({ version: indexed.version, image });
}

/** https://github.com/helm/helm/blob/v4.3.1/pkg/repo/v1/chartrepo.go (ResolveReferenceURL): the query of the repository stays. */
function joined(repository: string, reference: string): string {
  if (/^[a-z][\w+.-]*:/i.test(reference)) return reference;
  const base = URL.parse(repository);
  if (base === null || !['http:', 'https:'].includes(base.protocol))
    throw new RemoteError(
      'INVALID',
      `${shownUrl(repository)} is no address of a chart repository; write https://host/path`,
    );
  base.pathname = `${base.pathname.replace(/\/$/, '')}/`;
  const url = URL.parse(reference, base.href);
  if (url === null)
    throw new RemoteError('INVALID', `${shownUrl(repository)} has an archive at an address that is none`);
  url.search = base.search;
  return url.href;
}

function nameOf({ url, chart }: HelmWant, version: string): string {
  return `the chart ${chart} ${version} of ${shownUrl(url)}`;
}
