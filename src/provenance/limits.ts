/**
 * What one image may have beside it (P-E1, P-E2). cosign reads at most 100 signatures and 128 MiB each; images that are signed anew every
 * night have some hundred. Over any of them the whole image is in error: what was not read could have mattered.
 */
export const LIMITS = {
  referrers: 250,
  attachments: 250,
  attachmentBytes: 32 * 1024 * 1024,
  allBytes: 128 * 1024 * 1024,
  platforms: 64,
  /** Labels of a config, which only say where to look further. */
  configBytes: 1024 * 1024,
  /** For one image, with all that lies beside it. */
  imageMs: 120_000,
} as const;

/** Requests at once for one image: registries answer more of them with a 429. */
export const AT_ONCE = 4;
/** Verifications at once for one image; a pool behind the port has its own bound. */
export const VERIFIED_AT_ONCE = 8;
/** Notes that a reader is shown for one image. */
export const MAX_NOTES = 20;
