import type { Change, Sent } from './pull-requests.ts';
import type {
  CheckRun,
  Comment,
  CommitAbout,
  DeliverOptions,
  Delivery,
  Event,
  Fault,
  Json,
  KeptAttestation,
  MergeGroup,
  OpenOptions,
  PullRequest,
  Repository,
  RepositoryOptions,
  RequestRecord,
  Review,
  ReviewComment,
  Role,
  TreeEntry,
  Violation,
} from './types.ts';

/** `repo` is always `owner/name`. */
export interface GitHubStandIn {
  readonly url: string;
  /** Octokit's `baseUrl`; `${url}` alone works as well. */
  readonly apiUrl: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    readonly privateKey: string;
    readonly webhookSecret: string;
  };
  /** Empty while the request contract is in force, else why not. */
  readonly contractAbsent: string;
  gitUrl(repo: string): string;
  /** The page a reviewer opens. */
  pageUrl(repo: string, number: number): string;
  installationId(owner: string): number;
  /** What a person would authenticate with. */
  userToken(login: string): string;
  configureWebhook(url: string): void;

  createRepository(options: RepositoryOptions): Promise<Repository>;
  /** One commit; the sha. The message, or the message and where the branch starts. */
  commitTree(
    repo: string,
    branch: string,
    files: Readonly<Record<string, TreeEntry>>,
    about: CommitAbout,
  ): Promise<string>;
  /** The folder's files become the branch's files, links and modes included. */
  pushFolder(repo: string, branch: string, folder: string, about: CommitAbout): Promise<string>;
  openPullRequest(options: OpenOptions): Promise<PullRequest>;
  /** After a commit on the head branch: moves `refs/pull/N/head` and sends `pull_request.synchronize`. */
  synchronize(repo: string, number: number, sent?: Sent): Promise<PullRequest>;
  setBase(repo: string, number: number, base: string, sent?: Sent): Promise<PullRequest>;
  changePullRequest(repo: string, number: number, action: Change, sent?: Sent): Promise<PullRequest>;
  mergeGroup(repo: string, numbers: readonly number[], sent?: Sent): Promise<MergeGroup>;
  destroyGroup(group: MergeGroup, reason: 'merged' | 'invalidated' | 'dequeued', sent?: Sent): Promise<void>;
  /** A branch moved: the `push` event, from `before` to its tip. */
  sendPush(repo: string, branch: string, before: string): Promise<void>;
  /** A person, else the owner, presses "Re-run"; the event says who, and GitHub keeps what he may do (T13). */
  rerequest(repo: string, checkRunId: number, login?: string): Promise<void>;
  /** "Re-run all checks" of the suite that the run belongs to. */
  rerequestSuite(repo: string, checkRunId: number, login?: string): Promise<void>;
  /** A person presses a button of a check run (C5). */
  requestAction(repo: string, checkRunId: number, identifier: string): Promise<void>;
  comment(repo: string, number: number, login: string, body: string): Promise<Comment>;
  userId(login: string): Promise<number>;
  setRole(repo: string, login: string, role: Role): void;
  /** What `actions/attest` leaves at GitHub. */
  keepAttestation(kept: KeptAttestation): void;
  setBranchRules(repo: string, branch: string, rules: readonly Json[]): void;
  /** Takes a repository out of the installation, and says so. */
  uninstall(repo: string, sent?: Sent): Promise<void>;
  /** For a fork whose owner thought again; its pull requests stay. */
  deleteRepository(repo: string): void;
  suspend(owner: string, suspended?: boolean): void;
  /** The hour is over for every token there is. */
  expireTokens(): void;
  fail(fault: Fault): void;
  /** Signs and sends; repository, installation and sender are added when `repo` is given. */
  deliver(event: Event & { readonly repo?: string }, options?: DeliverOptions): Promise<Delivery>;

  pullRequest(repo: string, number: number): PullRequest;
  checkRuns(repo: string, sha: string): readonly CheckRun[];
  reviews(repo: string, number: number): Promise<readonly Review[]>;
  reviewComments(repo: string, number: number): Promise<readonly ReviewComment[]>;
  issueComments(repo: string, number: number): Promise<readonly Comment[]>;
  statuses(): readonly Json[];
  deliveries(): readonly Delivery[];
  requests(): readonly RequestRecord[];
  /** What GitHub would have refused. Every test asserts that it is empty, or exactly what it provoked. */
  violations(): readonly Violation[];
  /** Waits for the events that the App's own writes caused. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
