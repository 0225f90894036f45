/** Bytes by what they hash to. A reader gets bytes that have this digest, or nothing: what lies there is never believed. */
export interface ContentCache {
  /** `sha256:…`; undefined where it is not there (any more). */
  read(digest: string): Promise<Uint8Array | undefined>;
  /** Resolves with the digest. What does not fit is not kept, which is no error. */
  keep(bytes: Uint8Array): Promise<string>;
}
