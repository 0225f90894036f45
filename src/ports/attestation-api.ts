import { PresyncError } from '../model/error.ts';
import type { FetchFailure } from './fetch-failure.ts';

export class AttestationApiError extends PresyncError<FetchFailure> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE';
  }
}

export interface HeldAttestations {
  /** The JSON of each Sigstore bundle, with its own digest. Nothing of it is believed. */
  readonly bundles: readonly { readonly content: Uint8Array; readonly digest: string }[];
  /** How many are there in a form that is not read. */
  readonly unread: number;
}

/** Attestations that a forge keeps itself, beside no image: https://docs.github.com/rest/repos/attestations. Throws AttestationApiError. */
export interface AttestationApi {
  /**
   * All that `owner/name` has for the digest, to the last page; undefined where the repository is not shown. The name only says where
   * to look: whoever wrote it into an image may have lied.
   */
  of(repository: string, digest: string, signal: AbortSignal): Promise<HeldAttestations | undefined>;
}
