import { createHash } from 'node:crypto';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const EMPTY = 'application/vnd.oci.empty.v1+json';

export interface Stored {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md; tests write lies into it, too. */
export interface AnyDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly platform?: Readonly<Record<string, string>> | undefined;
}

/** As much of a manifest as the stand-in reads. */
interface Written {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly subject?: { readonly digest?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests?: readonly AnyDescriptor[];
  readonly layers?: readonly AnyDescriptor[];
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Tests push bytes that are no JSON; nothing is written in those. */
export function writtenIn({ bytes }: Stored): Written {
  try {
    return (JSON.parse(Buffer.from(bytes).toString()) as Written | null) ?? {};
  } catch {
    return {};
  }
}

export function jsonDocument(type: string, content: object): Stored {
  return { type, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, ...content })) };
}

export function descriptorOf({ type, bytes }: Stored): AnyDescriptor {
  return { mediaType: type, digest: digestOf(bytes), size: bytes.length };
}

/** What a list of referrers says of one: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
export function referrerOf(stored: Stored): AnyDescriptor {
  const { artifactType, config, annotations } = writtenIn(stored);
  return { ...descriptorOf(stored), artifactType: artifactType ?? config?.mediaType, annotations };
}
