import type { AppKind } from './app.ts';
import type { Finding } from './finding.ts';
import type { LockEntry } from './lock.ts';
import type { ObjectId } from './manifest.ts';
import type { Conclusion } from './outcome.ts';

export type AppChange = 'added' | 'changed' | 'removed' | 'unchanged';

/** One object that differs, with what differs in it: pointers of the masked objects, deepest first differing value. */
export interface ObjectChange {
  readonly app: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly object: ObjectId;
  /** Secret values are masked before they come here; `undefined` where the side has no such value. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** Into the merged object; into the base's where only that has the value. */
  readonly pointer: string;
  /** The same for a reader, list items by name: `spec.template.spec.containers[web].image`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Brought by a chart or a checksum; folded in the display, never hidden from checks. */
  readonly noise: boolean;
}

export interface AppResult {
  readonly id: string;
  readonly kind: AppKind;
  readonly name: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly path: string;
  readonly change: AppChange;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'errored';
  readonly reason: string;
  readonly objects: {
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    /** Objects in the merge result; null where it was not rendered. */
    readonly total: number | null;
  };
}

export interface CheckResult {
  readonly id: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'errored';
  readonly reason: string;
}

export interface ImageResult {
  readonly ref: string;
  readonly digest: string | null;
  readonly status: 'verified' | 'unsigned' | 'mismatch' | 'unverifiable' | 'not-required' | 'errored';
  /** Who stands behind it, in one line. */
  readonly signer: string | null;
  /** What is missing and what to do, or what of it was not counted. */
  readonly note?: string | undefined;
  readonly apps: readonly string[];
}

/** All outcomes of one Change, and the conclusion. The JSON form is a contract: DESIGN 10, docs/cli.md. */
export interface Verdict {
  readonly schema: 'presync.verdict/v1';
  readonly conclusion: Conclusion;
  readonly base: string;
  readonly head: string;
  readonly tree: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly apps: readonly AppResult[];
  readonly changes: readonly ObjectChange[];
  readonly checks: readonly CheckResult[];
  readonly findings: readonly Finding[];
  readonly images: readonly ImageResult[];
  readonly lock: readonly LockEntry[];
  /** Sentences that every reader should see: no apps, apps that all point elsewhere, a conflict. */
  readonly notes: readonly string[];
  /** Milliseconds by stage; the only part that differs between two runs. */
  readonly timings: Readonly<Record<string, number>>;
}
