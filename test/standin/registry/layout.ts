import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fallbackTag } from './attach.ts';
import { type AnyDescriptor, OCI_INDEX, OCI_MANIFEST, type Stored, writtenIn } from './document.ts';
import type { RegistryStandIn } from './registry.ts';

const DOCUMENTS: readonly string[] = [
  OCI_MANIFEST,
  OCI_INDEX,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** What `cosign save` writes beside an image: https://github.com/sigstore/cosign/blob/main/pkg/oci/layout/write.go */
const KIND = 'kind';
const SUFFIXES: Readonly<Record<string, string>> = {
  'dev.cosignproject.cosign/sigs': 'sig',
  'dev.cosignproject.cosign/atts': 'att',
};

/** Pushes an OCI layout that `cosign save` wrote, signatures and attestations under their tags. Answers with the image's digest. */
export function pushLayout(registry: RegistryStandIn, repository: string, folder: string): string {
  const blobs = join(folder, 'blobs', 'sha256');
  for (const name of readdirSync(blobs)) pushBlob(registry, repository, readFileSync(join(blobs, name)));
  const manifests = entriesOf(folder);
  const image = manifests.find(({ annotations }) => SUFFIXES[annotations?.[KIND] ?? ''] === undefined);
  if (image === undefined) throw new Error(`${folder} has no image`);
  for (const { digest, annotations } of manifests) {
    const suffix = SUFFIXES[annotations?.[KIND] ?? ''];
    const stored = registry.stored(repository, digest);
    if (suffix !== undefined && stored !== undefined)
      registry.pushBytes(repository, `${fallbackTag(image.digest)}.${suffix}`, stored);
  }
  return image.digest;
}

function pushBlob(registry: RegistryStandIn, repository: string, bytes: Uint8Array): void {
  const digest = registry.keep(bytes);
  const { mediaType } = writtenIn({ bytes, type: '' });
  if (mediaType !== undefined && DOCUMENTS.includes(mediaType))
    registry.pushBytes(repository, digest, { bytes, type: mediaType });
}

function entriesOf(folder: string): readonly AnyDescriptor[] {
  const index: Stored = { bytes: readFileSync(join(folder, 'index.json')), type: OCI_INDEX };
  return writtenIn(index).manifests ?? [];
}
