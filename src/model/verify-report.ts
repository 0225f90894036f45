import type { ImageResult } from './verdict.ts';

/** One thing that lies beside an image, and why it was or was not believed. */
export interface FoundBeside {
  readonly outcome: 'believed' | 'rejected' | 'seen';
  readonly place: string;
  /** `signature by …`, `https://slsa.dev/provenance/v1 by …`, or why it proves nothing. */
  readonly what: string;
  /** What it says, a sentence each: source, builder, time, log. */
  readonly details: readonly string[];
}

/** What one entry of a policy asks of the image, and what of it is missing. */
export interface RuleAnswer {
  readonly match: string;
  readonly from: string;
  readonly mode: 'block' | 'advise';
  readonly unmet: readonly { readonly message: string; readonly fix: string }[];
}

export interface VerifiedImage extends Omit<ImageResult, 'apps'> {
  /** In one sentence: by whom it is verified, or what is missing. */
  readonly summary: string;
  /** What to do next; '' where there is nothing to do. */
  readonly fix: string;
  readonly platforms: readonly string[];
  readonly found: readonly FoundBeside[];
  readonly rules: readonly RuleAnswer[];
}

/** What `presync verify` says; its JSON form is described in docs/cli.md. */
export interface VerifyReport {
  readonly schema: 'presync.verify/v1';
  /** As they were asked for. */
  readonly images: readonly VerifiedImage[];
  /** Sentences for every reader: a trusted root grows old. */
  readonly notes: readonly string[];
}
