import type { MissingRoot, TrustedRoot } from '../model/provenance.ts';

/** A root grows old. */
export interface RootWarning {
  /** Name of the root. */
  readonly root: string;
  /** For the reader. */
  readonly sentence: string;
}

export interface CurrentRoots {
  readonly roots: readonly TrustedRoot[];
  /** Known of, and never fetched; omitted: none. */
  readonly missing?: readonly MissingRoot[] | undefined;
  readonly warnings: readonly RootWarning[];
  /** A day has passed since the network was asked. */
  readonly isDue: boolean;
}

/** The roots that are trusted without any policy: the public good instance of Sigstore and GitHub's own. */
export interface TrustedRoots {
  /** The last good ones, from what is kept or shipped; it never waits for the network. */
  current(): Promise<CurrentRoots>;
  /** Asks the network for newer ones of those that are here, and keeps what is good. Never throws. */
  refresh(signal: AbortSignal): Promise<void>;
}

export interface RootSource {
  /** A root that was missing, from the network, kept from then on; or a sentence on why it cannot be had. Never throws. */
  bring(name: string, signal: AbortSignal): Promise<TrustedRoot | string>;
}
