/** What a test or the demo sees of the stand-in. Shapes of answers and payloads are GitHub's own; only what tests read is typed here. */

export type Json = { readonly [key: string]: unknown };

/** Content of one file in a commit; `null` deletes it, 120000 is a symlink, 160000 a submodule (content: its commit). */
export type TreeEntry =
  | string
  | Uint8Array
  | null
  | { readonly mode: '100644' | '100755' | '120000' | '160000'; readonly content: string | Uint8Array };

export interface CommitOptions {
  /** Where a new branch starts; default: its own tip, else the default branch, else nowhere. */
  readonly from?: string;
  /** Drops every file that is not given. */
  readonly replace?: boolean;
}

export type CommitAbout = string | (CommitOptions & { readonly message: string });

/** T13: what a person is in a repository; `none` for whoever has nothing there. */
export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export interface RepositoryOptions {
  readonly owner: string;
  readonly name: string;
  /** An existing bare repository to serve; without it an empty one is made. */
  readonly gitDir?: string;
  readonly private?: boolean;
  /** `owner/name` of the repository this one is a fork of. */
  readonly forkOf?: string;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly gitDir: string;
  readonly private: boolean;
  /** `owner/name` of what it is a fork of. */
  readonly forkOf: string | undefined;
}

export interface OpenOptions {
  readonly repo: string;
  /** A branch, or `owner:branch` for a fork's. */
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body?: string;
  readonly draft?: boolean;
  readonly user?: string;
  /** Do not send the event: the lost webhook of W1. */
  readonly silent?: boolean;
}

export interface PullRequest {
  readonly repo: string;
  readonly number: number;
  readonly headSha: string;
  readonly headRef: string;
  readonly headRepo: string;
  readonly baseSha: string;
  readonly baseRef: string;
}

export interface MergeGroup {
  readonly repo: string;
  readonly headSha: string;
  readonly headRef: string;
  readonly baseSha: string;
  readonly baseRef: string;
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number | null;
  readonly end_column?: number | null;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title?: string | null;
  readonly raw_details?: string | null;
}

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly external_id: string;
  readonly output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
  readonly annotations: readonly Annotation[];
  readonly actions: readonly Json[];
  readonly app: { readonly id: number };
}

export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string; readonly id: number; readonly type: string };
}

export interface ReviewComment extends Comment {
  readonly path: string;
  readonly line: number | null;
  readonly start_line: number | null;
  readonly side: string;
  readonly subject_type: string;
  readonly diff_hunk: string;
  readonly commit_id: string;
  readonly pull_request_review_id: number | null;
}

export interface Review extends Comment {
  readonly state: string;
  readonly commit_id: string;
}

/** A request that GitHub would have refused, or that the stand-in does not know. */
export interface Violation {
  /** A rule of reference/github.md (C2, R2, …), or `contract`, `permission`, `unknown`. */
  readonly rule: string;
  readonly request: string;
  readonly message: string;
}

export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** `app`, `installation`, `user`, `anonymous`; with the permissions of the token that was used. */
  readonly identity: string;
  readonly permissions: Json;
  readonly body: unknown;
}

export interface Event {
  readonly name: string;
  readonly payload: Json;
}

export interface DeliverOptions {
  /** A GUID that was used before makes this a repeated delivery. */
  readonly guid?: string;
  /** Signs with another secret, as a forger would. */
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** GitHub tried and nobody answered: recorded as failed, never sent. */
  readonly lost?: boolean;
}

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly statusCode: number;
  readonly status: string;
  readonly redelivery: boolean;
  readonly deliveredAt: string;
  readonly payload: Json;
}

export interface Fault {
  /** Text that `METHOD /path` must contain, or a pattern that it must match. */
  readonly match: string | RegExp;
  /** Without it the request is only delayed. 0 cuts the connection. */
  readonly status?: number;
  /** How often; default once. */
  readonly times?: number;
  /** Answers the fault after the request took effect (C14). */
  readonly afterCommit?: boolean;
  readonly delayMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface GitHubOptions {
  /** Where events go; can be set later with `configureWebhook`. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly app?: {
    readonly id?: number;
    readonly slug?: string;
    readonly privateKey?: string;
    readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
    readonly events?: readonly string[];
  };
  /** Organisations that the App is installed on, in order of their installation ids; default `acme`. */
  readonly organizations?: readonly string[];
  /** People, who can open pull requests and own forks; default `octo-dev` and `mallory`. */
  readonly users?: readonly string[];
  readonly port?: number;
  /** Milliseconds; token and JWT expiry, and dates of deliveries, follow it. */
  readonly now?: () => number;
  /** `stateless` is the form since 2026 (T3), ~520 characters; `classic` is what Enterprise Server gives. */
  readonly tokenFormat?: 'stateless' | 'classic';
  /** Folder with conformance/github-requests.min.json; default PRESYNC_TEST_DATA, else ../shared beside the project. */
  readonly testData?: string;
}

export interface KeptAttestation {
  readonly repo: string;
  /** `sha256:…` of what it speaks of. */
  readonly digest: string;
  readonly bundle: Json;
  /** As GitHub gives large ones: by their address alone. */
  readonly isPacked: boolean;
}
