import type { TrustedRoot } from '../model/provenance.ts';

export interface CurrentRoots {
  readonly roots: readonly TrustedRoot[];
  /** Sentences for the reader: a root grows old. */
  readonly warnings: readonly string[];
  /** A day has passed since the network was asked. */
  readonly isDue: boolean;
}

/** The roots that are trusted without any policy: the public good instance of Sigstore and GitHub's own. */
export interface TrustedRoots {
  /** The last good ones, from what is kept or shipped; it never waits for the network. */
  current(): Promise<CurrentRoots>;
  /** Asks the network for newer ones, and keeps what is good. Never throws. */
  refresh(signal: AbortSignal): Promise<void>;
}
