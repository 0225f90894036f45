import { describe, expect, test } from '@jest/globals';
import {
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  type ImageRegistry,
  RegistryError,
} from '../ports/image-registry.ts';
import { claimedRepository } from './source.ts';

const SOURCE = 'org.opencontainers.image.source';
const signal = new AbortController().signal;
const CONFIG: Descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: 'sha256:c', size: 9 };
const COMMON = {
  digest: 'sha256:a',
  mediaType: '',
  bytes: new Uint8Array(),
  artifactType: undefined,
  subject: undefined,
};

function aManifest(more: Partial<ImageManifest> = {}): ImageManifest {
  return { kind: 'manifest', ...COMMON, annotations: {}, config: CONFIG, layers: [], ...more };
}

function anIndex(...manifests: readonly Descriptor[]): ImageIndex {
  return { kind: 'index', ...COMMON, annotations: {}, manifests };
}

/** A registry that gives one manifest and one config, or fails with this. */
function aRegistry(config: string | RegistryError, manifest: ImageManifest | ImageIndex = aManifest()): ImageRegistry {
  return {
    manifest: () => Promise.resolve(manifest),
    blob: () => (typeof config === 'string' ? Promise.resolve(Buffer.from(config)) : Promise.reject(config)),
    tags: () => Promise.resolve([]),
    referrers: () => Promise.resolve([]),
  };
}

function claimed(
  registry: ImageRegistry,
  document: ImageManifest | ImageIndex = aManifest(),
  host = 'ghcr.io',
): Promise<string | undefined> {
  const repository = { registry: host, repository: `${host}/acme/shop` };
  return claimedRepository({ registry, repository }, document, signal);
}

const LABELLED = JSON.stringify({ config: { Labels: { [SOURCE]: 'https://github.com/acme/shop' } } });

describe('the repository that an image says it comes from', () => {
  test.each([
    ['https://github.com/acme/shop', 'acme/shop'],
    ['https://github.com/acme/shop.git', 'acme/shop'],
    ['https://github.com/acme/my.shop/tree/main?x#y', 'acme/my.shop'],
    ['http://github.com/acme/shop', undefined],
    ['https://github.com.evil/acme/shop', undefined],
    ['https://github.com@evil/acme/shop', undefined],
    ['https://github.com/acme', undefined],
    ['https://github.com/../shop', undefined],
    ['https://github.com/acme/..', undefined],
    ['https://gitlab.com/acme/shop', undefined],
    ['', undefined],
  ])('is taken from the annotation %s', async (url, expected) => {
    expect(await claimed(aRegistry('{}'), aManifest({ annotations: { [SOURCE]: url } }), 'quay.io')).toBe(expected);
  });

  test('is taken from a label of the config on ghcr.io, and is not looked for elsewhere', async () => {
    expect(await claimed(aRegistry(LABELLED))).toBe('acme/shop');
    expect(await claimed(aRegistry(LABELLED), aManifest(), 'quay.io')).toBeUndefined();
  });

  test('of an index is that of its first platform', async () => {
    const platform = { mediaType: '', digest: 'sha256:p', size: 1, platform: { os: 'linux', architecture: 'amd64' } };
    const unknown = { ...platform, platform: { os: 'unknown', architecture: 'unknown' } };
    expect(await claimed(aRegistry(LABELLED), anIndex(unknown, platform))).toBe('acme/shop');
    expect(await claimed(aRegistry(LABELLED), anIndex(unknown))).toBeUndefined();
    expect(await claimed(aRegistry(LABELLED, anIndex()), anIndex(platform))).toBeUndefined();
  });

  test('is nothing where no label can be read', async () => {
    for (const text of ['', '[]', '{}', '{"config":{"Labels":[]}}', `{"config":{"Labels":{"${SOURCE}":1}}}`])
      expect(await claimed(aRegistry(text))).toBeUndefined();
    expect(await claimed(aRegistry(LABELLED), aManifest({ config: { ...CONFIG, size: 2e6 } }))).toBeUndefined();
    expect(await claimed(aRegistry(new RegistryError('NOT_FOUND', 'it is gone')))).toBeUndefined();
  });

  test('of a registry that does not answer is not nothing', async () => {
    const down = new RegistryError('UNREACHABLE', 'ghcr.io did not answer');
    await expect(claimed(aRegistry(down))).rejects.toBe(down);
  });
});
