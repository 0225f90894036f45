import type { Severity } from './severity.ts';
import type { Waiver } from './waiver.ts';

export interface ClusterPolicy {
  readonly server?: string | undefined;
  readonly kubernetes?: string | undefined;
  readonly paths: readonly string[];
}

export interface ImageRule {
  /** Glob over the normalised reference without tag and digest: `*` stops at `/`, `**` does not, all else is literal. */
  readonly match: string;
  readonly require: { readonly digest: boolean; readonly registries?: readonly string[] | undefined };
}

/** An app that was broken before and may stay so. */
export interface AcceptedApp {
  readonly app: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
}

/** The rules that judge a change: `.presync.yaml` of the base commit, or the operator's file, parsed by src/config. */
export interface Policy {
  readonly repository: { readonly urls: readonly string[] };
  readonly argocd: { readonly kustomizeBuildOptions: string };
  readonly clusters: Readonly<Record<string, ClusterPolicy>>;
  /** Globs of paths that are no manifests. */
  readonly ignore: readonly string[];
  readonly accept: readonly AcceptedApp[];
  readonly images: readonly ImageRule[];
  readonly rbac: { readonly block: Severity };
  readonly policy: { readonly weakened: 'block' | 'advise' };
  readonly waivers: readonly Waiver[];
}
