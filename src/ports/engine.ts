import type { Closure } from '../model/closure.ts';
import { PresyncError } from '../model/error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Origin } from '../model/manifest.ts';
import type { SourceTree } from './source-tree.ts';

export type Operation =
  | 'applicationset.generate'
  | 'argocd.source'
  | 'helm.template'
  | 'helm.index'
  | 'helmrelease.render'
  | 'semver.pick'
  | 'kustomize.build'
  | 'kyverno.images'
  | 'flux.build'
  | 'directory.load'
  | 'yaml.parse'
  | 'rbac.bootstrap'
  | 'gotemplate';

/** The closed codes of the protocol, DESIGN 3.1. Answers of kind limit, remote and internal are never cached. */
export type EngineErrorCode = 'parse' | 'build' | 'schema' | 'limit' | 'unsupported' | 'remote' | 'denied' | 'internal';

export interface Mount {
  /** Absolute path inside the engine's file system; `/` is the repository. */
  readonly at: string;
  readonly tree: SourceTree;
}

/** Content that a render asks for on its way and that only the host can bring; `kind` is git, http, helm or oci. */
export interface RemoteRequest {
  readonly kind: string;
  readonly url: string;
  /** Branch, tag, commit or version; '' for what the source takes by default. */
  readonly ref: string;
  /** Of git the folder to be used, of http the name of the file, of helm and oci the chart. */
  readonly path: string;
  /** Where the engine wants it mounted. */
  readonly at: string;
}

/** What was brought for one of them. `isOwn`: it is the tree at `/` itself, because the address is that of this repository. */
export interface BroughtMount extends Mount {
  readonly isOwn: boolean;
}

export type RemoteAnswer =
  | { readonly mounts: readonly BroughtMount[] }
  | { readonly denied: readonly { readonly url: string; readonly reason: string }[] };

/** Brings all that is wanted, or says why not. Never throws but for the signal. Asked again for the same, it answers the same. */
export type Bring = (wanted: readonly RemoteRequest[], signal: AbortSignal) => Promise<RemoteAnswer>;

export interface EngineRequest {
  readonly operation: Operation;
  readonly mounts: readonly Mount[];
  readonly input: JsonObject;
  /** Without it, content from elsewhere is refused. */
  readonly bring?: Bring | undefined;
}

/** The exact input closure of one mount. */
export type Reads = Closure;

export interface EngineObject {
  readonly manifest: JsonObject;
  readonly origin: Origin;
  readonly volatile: readonly string[];
}

/** Trouble with one file of a batch (yaml.parse), or something a reader should know about it. */
export interface FileProblem {
  readonly path: string;
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

export interface EngineAnswer {
  readonly objects: readonly EngineObject[];
  readonly value: JsonValue | undefined;
  readonly uses: readonly string[];
  readonly warnings: readonly string[];
  readonly problems: readonly FileProblem[];
  readonly reads: readonly Reads[];
  /** What was asked of `bring` and brought, in this order. */
  readonly brought: readonly RemoteRequest[];
}

/** A request that ended without objects; `reads` is what it had looked at until then. */
export class EngineError extends PresyncError<EngineErrorCode> {
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly reads: readonly Reads[];

  constructor(
    code: EngineErrorCode,
    message: string,
    at: { path?: string | undefined; line?: number | undefined; reads?: readonly Reads[] } = {},
  ) {
    super(code, message);
    this.path = at.path;
    this.line = at.line;
    this.reads = at.reads ?? [];
  }

  override get retryable(): boolean {
    return this.code === 'internal';
  }
}

/** Kubernetes, Helm, Kustomize, Argo CD and Flux as libraries, without files, network or programs. */
export interface Engine {
  /** Versions of what is linked: helm, kustomize, argocd, flux, kubernetes; `sandbox` is `seccomp` or `none`. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Throws EngineError. */
  run(request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer>;
  close(): Promise<void>;
}
