import { PresyncError } from '../model/error.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import type { SourceTree } from './source-tree.ts';

/**
 * `DENIED`: the guard, a 401 or a 403. `NOT_FOUND`: the source answered that there is none such. `INVALID`: what came is not what
 * it should be (a digest that does not hold, a hostile archive, an index that cannot be read).
 */
export class RemoteError extends PresyncError<'DENIED' | 'NOT_FOUND' | 'UNREACHABLE' | 'TOO_LARGE' | 'INVALID'> {
  override get retryable(): boolean {
    return this.code === 'UNREACHABLE';
  }
}

/** What a reference means now. */
export interface Resolved {
  /** Commit of git; `<version>@<digest>` of a chart repository; `sha256:…` of an OCI manifest or of a file. */
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

/** Content from elsewhere, read only (DESIGN 6). Throws RemoteError. */
export interface Remote {
  resolve(want: RemoteWant, signal: AbortSignal): Promise<Resolved>;
  /** `resolved` as `resolve` gave it, perhaps long ago: the same bytes, or RemoteError. */
  fetch(want: RemoteWant, resolved: string, signal: AbortSignal): Promise<RemoteContent>;
}
