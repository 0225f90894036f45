import { PresyncError } from '../model/error.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import type { FetchFailure } from './fetch-failure.ts';
import type { SourceTree } from './source-tree.ts';

export class RemoteError extends PresyncError<FetchFailure> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE';
  }
}

/** What a reference means now. */
export interface Resolved {
  /** Commit of git; `<version>@<digest>` of a chart repository, `<version>@oci://…@<digest>` where its index leads to a registry; `sha256:…` of an OCI manifest or of a file. */
  readonly resolved: string;
  /** The reference itself names content that cannot change: a full commit, a digest. */
  readonly isPinned: boolean;
}

export interface RemoteContent {
  /** Of a chart the chart's folder itself; of a file one entry with its name. Its id names the content. */
  readonly tree: SourceTree;
  /** `sha256:…` of the bytes that came; of git the id of the tree. */
  readonly digest: string;
}

/** Content from elsewhere of one kind, read only (DESIGN 6). Throws RemoteError. */
export interface RemoteOf<Want extends RemoteWant> {
  resolve(want: Want, signal: AbortSignal): Promise<Resolved>;
  /** `resolved` as `resolve` gave it, perhaps long ago: the same bytes, or RemoteError. */
  fetch(want: Want, resolved: string, signal: AbortSignal): Promise<RemoteContent>;
}

export type Remote = RemoteOf<RemoteWant>;

/** Whose reading of versions: Helm's of tags of a registry, Flux's of the same, Flux's and Argo CD's of tags of git. */
export type VersionsOf = 'helm-oci' | 'flux-oci' | 'git-tags' | 'argocd';

export interface VersionChoice {
  readonly constraint: string;
  /** As written. */
  readonly versions: readonly string[];
  readonly as: VersionsOf;
  /** Of `flux-oci` the layer that was asked for: of charts Flux reads `_` in a tag as `+`. */
  readonly mediaType?: string | undefined;
  /** What is chosen from, in a sentence. */
  readonly name: string;
}

/** One of `versions`, as the controller would choose it. Throws RemoteError (`NOT_FOUND`). */
export type PickVersion = (choice: VersionChoice, signal: AbortSignal) => Promise<string>;
