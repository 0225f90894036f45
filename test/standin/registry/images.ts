import { type AnyDescriptor, descriptorOf, jsonDocument, OCI_INDEX, OCI_MANIFEST, type Stored } from './document.ts';
import type { RegistryStandIn } from './registry.ts';

export interface ImageWish {
  /** Omitted: known by digest alone. */
  readonly tag?: string | undefined;
  /** What makes one image another one. */
  readonly content?: string | undefined;
  /** `linux/arm64/v8`. */
  readonly platform?: string | undefined;
}

export interface PushedImage {
  readonly digest: string;
  /** The manifest or index itself. */
  readonly bytes: Uint8Array;
  readonly descriptor: AnyDescriptor;
}

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

export function pushImage(registry: RegistryStandIn, repository: string, wish: ImageWish = {}): PushedImage {
  const { content = 'shop', platform = 'linux/amd64' } = wish;
  const config = Buffer.from(JSON.stringify({ ...partsOf(platform), rootfs: { type: 'layers', diff_ids: [] } }));
  const layer = Buffer.from(`${content} for ${platform}`);
  const manifest = jsonDocument(OCI_MANIFEST, {
    config: { mediaType: CONFIG, digest: registry.keep(config), size: config.length },
    layers: [{ mediaType: LAYER, digest: registry.keep(layer), size: layer.length }],
  });
  return pushed(registry, repository, wish.tag, manifest);
}

export interface IndexWish {
  readonly tag?: string | undefined;
  readonly content?: string | undefined;
  readonly platforms?: readonly string[] | undefined;
  /** As BuildKit: each platform gets a manifest `unknown/unknown` with what it says of the build, unsigned. */
  readonly hasBuildkitAttestations?: boolean | undefined;
}

export interface PushedIndex extends PushedImage {
  readonly platforms: readonly (PushedImage & { readonly name: string })[];
}

export function pushIndex(registry: RegistryStandIn, repository: string, wish: IndexWish = {}): PushedIndex {
  const { platforms: names = ['linux/amd64', 'linux/arm64'], content } = wish;
  const platforms = names.map((name) => ({ name, ...pushImage(registry, repository, { content, platform: name }) }));
  const own = platforms.map(({ name, descriptor }) => ({ ...descriptor, platform: partsOf(name) }));
  const built = wish.hasBuildkitAttestations === true ? own.map((one) => buildkit(registry, repository, one)) : [];
  const index = jsonDocument(OCI_INDEX, { manifests: [...own, ...built] });
  return { ...pushed(registry, repository, wish.tag, index), platforms };
}

function partsOf(platform: string): Readonly<Record<string, string>> {
  const [os = '', architecture = '', variant] = platform.split('/');
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
function buildkit(registry: RegistryStandIn, repository: string, { digest }: AnyDescriptor): AnyDescriptor {
  const statement = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', about: digest }));
  const layer = { mediaType: 'application/vnd.in-toto+json', digest: registry.keep(statement), size: statement.length };
  const config = Buffer.from('{}');
  const described = { mediaType: CONFIG, digest: registry.keep(config), size: config.length };
  const manifest = jsonDocument(OCI_MANIFEST, { config: described, layers: [layer] });
  const { descriptor } = pushed(registry, repository, undefined, manifest);
  const annotations = {
    'vnd.docker.reference.digest': digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  return { ...descriptor, annotations, platform: partsOf('unknown/unknown') };
}

function pushed(registry: RegistryStandIn, repository: string, tag: string | undefined, stored: Stored): PushedImage {
  const descriptor = descriptorOf(stored);
  registry.pushBytes(repository, tag ?? descriptor.digest, stored);
  return { digest: descriptor.digest, bytes: stored.bytes, descriptor };
}
