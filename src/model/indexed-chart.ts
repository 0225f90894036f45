import { type ImageRef, ImageRefError, imageText, parseImageRef } from './image-ref.ts';

/** A chart whose repository keeps an index, and the archive in a registry. */
export interface IndexedImage {
  readonly version: string;
  /** With the tag of the index, where it has one, and the digest of the manifest. */
  readonly image: ImageRef;
}

/** What a version means whose archive lies in a registry: `1.2.3@oci://host/repository:tag@sha256:…`. */
export function indexedText({ version, image }: IndexedImage): string {
  return `${version}@oci://${imageText(image)}`;
}

/** Undefined for what `indexedText` did not write: an archive that comes by HTTP is no image. */
export function parseIndexed(resolved: string): IndexedImage | undefined {
  const [, version, text] = /^([^@]+)@oci:\/\/([^\s]+)$/.exec(resolved) ?? [];
  if (version === undefined || text === undefined) return undefined;
  try {
    const image = parseImageRef(text);
    return image.digest === undefined ? undefined : { version, image };
  } catch (error) {
    if (!(error instanceof ImageRefError)) throw error;
    return undefined;
  }
}
