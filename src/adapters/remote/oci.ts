import { type ImageRef, ImageRefError, parseImageRef } from '../../model/image-ref.ts';
import { baseNameOf } from '../../model/path.ts';
import type { OciWant } from '../../model/remote-want.ts';
import { shownUrl } from '../../model/shown-url.ts';
import {
  type Descriptor,
  type ImageManifest,
  type ImageRegistry,
  RegistryError,
  type RegistryRepository,
} from '../../ports/image-registry.ts';
import { type PickVersion, RemoteError, type RemoteOf } from '../../ports/remote.ts';
import { assertDigest, digestOf } from './download.ts';
import { fileContent } from './http-file.ts';
import { unpack } from './unpack.ts';

/** https://github.com/helm/helm/blob/v4.3.1/pkg/registry/constants.go: the second is what charts had before Helm 3.7. */
const CHART_LAYERS = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip'];
const DIGEST = /^(?:.*@)?(sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128}))$/s;
/** A whole version names one tag; anything less is a range over all of them. */
const VERSION = /^v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

export interface OciOptions {
  readonly registry: ImageRegistry;
  readonly pick: PickVersion;
}

/** Charts and artifacts of registries. */
export function ociContent({ registry, pick }: OciOptions): RemoteOf<OciWant> {
  return {
    async resolve(want, signal) {
      const repository = repositoryOf(want.url);
      const [, digest] = want.range === undefined ? (DIGEST.exec(want.reference) ?? []) : [];
      if (digest !== undefined) return { resolved: digest, isPinned: true };
      return asRemote(async () => {
        const tag = await tagOf({ registry, pick }, { want, repository }, signal);
        return { resolved: (await registry.manifest(repository, tag, signal)).digest, isPinned: false };
      });
    },
    async fetch(want, resolved, signal) {
      const repository = repositoryOf(want.url);
      const name = `${repository.repository}@${resolved}`;
      if (DIGEST.exec(resolved)?.[1] !== resolved) assertDigest(resolved, want.url);
      const { layer, bytes } = await asRemote(() =>
        layerOf(registry, { repository, reference: resolved, want }, signal),
      );
      if (want.operation === 'copy') return fileContent(fileNameOf(layer, repository), bytes);
      return { tree: await unpack(bytes, { name, content: want.content }), digest: digestOf(bytes) };
    },
  };
}

/** The image at `oci://host/repository:tag`, as an index of a chart repository may name it, with the digest of its manifest. */
export async function imageAt(registry: ImageRegistry, url: string, signal: AbortSignal): Promise<ImageRef> {
  const ref = refOf(url);
  const reference = ref.digest ?? ref.tag ?? 'latest';
  return asRemote(async () => ({ ...ref, digest: (await registry.manifest(ref, reference, signal)).digest }));
}

/** The packed chart that an image holds. */
export async function chartIn(
  registry: ImageRegistry,
  { registry: host, repository, digest = '' }: ImageRef,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const asked = { repository: { registry: host, repository }, reference: digest, want: { content: 'chart' } as const };
  return asRemote(async () => (await layerOf(registry, asked, signal)).bytes);
}

/** `oci://host/path`; a host is always written, there is no default as there is for images. */
function repositoryOf(url: string): RegistryRepository {
  const { registry, repository, tag, digest } = refOf(url);
  if ((tag ?? digest) !== undefined) throw noAddress(url);
  return { registry, repository };
}

function refOf(url: string): ImageRef {
  const text = url.replace(/^oci:\/\//, '').replace(/\/+$/, '');
  const host = text.split('/', 1)[0]?.toLowerCase();
  try {
    const ref = parseImageRef(text);
    const isWhole = host === ref.registry || (ref.registry === 'docker.io' && host === 'index.docker.io');
    if (url.startsWith('oci://') && isWhole) return ref;
  } catch (cause) {
    if (!(cause instanceof ImageRefError)) throw cause;
  }
  throw noAddress(url);
}

function noAddress(url: string): RemoteError {
  return new RemoteError(
    'INVALID',
    `${shownUrl(url)} is no address of a repository in a registry; write oci://host/repository`,
  );
}

interface WantedTag {
  readonly want: OciWant;
  readonly repository: RegistryRepository;
}

async function tagOf(
  { registry, pick }: OciOptions,
  { want, repository }: WantedTag,
  signal: AbortSignal,
): Promise<string> {
  const { reference, range, content, mediaType = content === 'chart' ? CHART_LAYERS[0] : undefined } = want;
  if (range === undefined && content === 'artifact') return reference || 'latest';
  // `+` is no character of tags: https://github.com/helm/helm/blob/v4.3.1/pkg/registry/client.go
  if (range === undefined && VERSION.test(reference)) return reference.replaceAll('+', '_');
  const versions = await registry.tags(repository, signal);
  const rule = range === undefined ? { as: 'helm-oci' as const } : { as: 'flux-oci' as const, mediaType };
  return pick(
    { constraint: range ?? reference, versions, name: `the tags of ${repository.repository}`, ...rule },
    signal,
  );
}

interface WantedLayer {
  readonly repository: RegistryRepository;
  readonly reference: string;
  readonly want: Pick<OciWant, 'content' | 'mediaType'>;
}

async function layerOf(
  registry: ImageRegistry,
  { repository, reference, want }: WantedLayer,
  signal: AbortSignal,
): Promise<{ readonly layer: Descriptor; readonly bytes: Uint8Array }> {
  const manifest = await registry.manifest(repository, reference, signal);
  const name = `${repository.repository}@${manifest.digest}`;
  if (manifest.kind === 'index')
    throw new RemoteError('INVALID', `${name} is an index of several images; name one of them by its digest`);
  const layer = chosen(manifest, want);
  if (layer === undefined)
    throw new RemoteError('INVALID', `${name} has no layer ${wantedLayer(want)}; check what was pushed there`);
  return { layer, bytes: await registry.blob(repository, layer, signal) };
}

function chosen({ layers }: ImageManifest, { content, mediaType = '' }: WantedLayer['want']): Descriptor | undefined {
  if (content === 'chart') return layers.find((layer) => CHART_LAYERS.includes(layer.mediaType));
  return mediaType === '' ? layers[0] : layers.find((layer) => layer.mediaType === mediaType);
}

function wantedLayer({ content, mediaType = '' }: WantedLayer['want']): string {
  if (content === 'chart') return 'with a chart';
  return mediaType === '' ? 'at all' : `of type ${mediaType}`;
}

/** As the one who pushed called it: https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
function fileNameOf({ annotations }: Descriptor, { repository }: RegistryRepository): string {
  const title = baseNameOf(annotations?.['org.opencontainers.image.title'] ?? '');
  return /^[^\p{Cc}\\]{1,255}$/u.test(title) && !['.', '..'].includes(title) ? title : baseNameOf(repository);
}

async function asRemote<Answer>(asking: () => Promise<Answer>): Promise<Answer> {
  try {
    return await asking();
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    throw new RemoteError(cause.code, cause.message, { cause });
  }
}
