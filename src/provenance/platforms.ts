import type { ImagePlatform } from '../model/provenance.ts';
import type { Descriptor, ImageIndex } from '../ports/image-registry.ts';

/**
 * What an index offers to run. BuildKit's attestations stand there as manifests for `unknown/unknown`, which no runtime asks for
 * (P-D4): https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md. An entry without a platform may be
 * run anywhere, so it is one.
 */
export function platformsOf({ manifests }: ImageIndex): readonly ImagePlatform[] {
  const named = manifests
    .filter((entry) => !isUnknown(entry))
    .map(({ digest, platform }) => ({ digest, name: platformName(platform) }));
  return [...new Map(named.map((one) => [`${one.digest} ${one.name}`, one])).values()];
}

/** How many manifests of an index are no platforms. */
export function unknownsOf({ manifests }: ImageIndex): number {
  return manifests.filter(isUnknown).length;
}

function isUnknown({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

function platformName(platform: Descriptor['platform']): string {
  if (platform === undefined) return 'any';
  return [platform.os, platform.architecture, ...(platform.variant === undefined ? [] : [platform.variant])].join('/');
}
