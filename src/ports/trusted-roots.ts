import type { TrustedRoot } from '../model/provenance.ts';

/** The roots that are trusted without any policy: the public good instance of Sigstore and GitHub's own. */
export interface TrustedRoots {
  /** The last good ones, from what is kept or shipped; it never waits for the network. Sentences of `warnings` are for the reader: a root grows old. */
  current(): Promise<{ readonly roots: readonly TrustedRoot[]; readonly warnings: readonly string[] }>;
  /** Asks the network for newer ones, and keeps what is good. Never throws. */
  refresh(signal: AbortSignal): Promise<void>;
}
