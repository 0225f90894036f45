import { PresyncError } from '../model/error.ts';
import type { ImageRef } from '../model/image-ref.ts';
import type { FetchFailure } from './fetch-failure.ts';

export class RegistryError extends PresyncError<FetchFailure> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE';
  }
}

export type RegistryRepository = Pick<ImageRef, 'registry' | 'repository'>;

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly platform?:
    | { readonly os: string; readonly architecture: string; readonly variant?: string | undefined }
    | undefined;
}

interface Document {
  /** Of the bytes, computed. */
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly artifactType: string | undefined;
  readonly subject: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageManifest extends Document {
  readonly kind: 'manifest';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex extends Document {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

/** A registry of images, charts and artifacts, read only: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md. Throws RegistryError. */
export interface ImageRegistry {
  /** By tag or digest. What comes has that digest, and is one kind of document and no other. */
  manifest(repository: RegistryRepository, reference: string, signal: AbortSignal): Promise<ImageManifest | ImageIndex>;
  /** Bytes of exactly that digest and size. */
  blob(
    repository: RegistryRepository,
    wanted: Pick<Descriptor, 'digest' | 'size'>,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** All of them, or an error. */
  tags(repository: RegistryRepository, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * What says that it speaks of this digest: all of it, or an error; undefined where the registry keeps no such list. A descriptor is
   * a claim of whoever pushed: what it stands for is read and decided from its content (P-B8).
   */
  referrers(
    repository: RegistryRepository,
    digest: string,
    signal: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined>;
}
