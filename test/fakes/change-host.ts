import type { CommitSha } from '../../src/model/ids.ts';
import type { Person } from '../../src/model/person.ts';
import {
  type Annotation,
  type ChangeHost,
  ChangeHostError,
  type CheckRun,
  type PullRequest,
  type RepositoryFacts,
  type RepositoryRef,
  type ReviewComment,
  type RunConclusion,
} from '../../src/ports/change-host.ts';

export interface FakeRun {
  readonly id: number;
  readonly repository: number;
  readonly head: CommitSha;
  readonly externalId: string;
  conclusion: RunConclusion | null;
  title: string;
  summary: string;
  annotations: Annotation[];
  /** Requests that changed it after its creation. */
  updates: number;
}

export interface FakeReview {
  readonly id: number;
  readonly pull: number;
  readonly head: CommitSha;
  readonly body: string;
  readonly comments: readonly ReviewComment[];
}

export const FACTS: RepositoryFacts = {
  owner: 'acme',
  name: 'clusters',
  cloneUrl: 'https://github.example/acme/clusters.git',
  urls: ['https://github.example/acme/clusters.git'],
  defaultBranch: 'main',
};

type Call = keyof ChangeHost | 'annotate';

/** A forge in memory: pull requests are set by the test, runs and reviews are kept. */
export class FakeChangeHost implements ChangeHost {
  pulls: PullRequest[] = [];
  refs: RepositoryRef[] = [];
  /** Ids of those who may write. */
  writers: number[] = [];
  readonly runs: FakeRun[] = [];
  readonly written: FakeReview[] = [];
  readonly tokens: { readonly token: string; isRevoked: boolean }[] = [];
  readonly #failures = new Map<Call, Error[]>();

  /** The next calls of this kind fail with these; `annotate` fails after one batch was taken. */
  fail(call: Call, ...errors: Error[]): void {
    this.#failures.set(call, [...(this.#failures.get(call) ?? []), ...errors]);
  }

  #meet(call: Call): void {
    const error = this.#failures.get(call)?.shift();
    if (error !== undefined) throw error;
  }

  async repository(): Promise<RepositoryFacts> {
    this.#meet('repository');
    return FACTS;
  }

  async pullRequest(_ref: RepositoryRef, number: number): Promise<PullRequest> {
    this.#meet('pullRequest');
    const found = this.pulls.find((pull) => pull.number === number);
    if (found === undefined) throw new ChangeHostError('NOT_FOUND', 'no such pull request');
    return found;
  }

  async openPullRequests(): Promise<readonly PullRequest[]> {
    this.#meet('openPullRequests');
    return this.pulls.filter(({ open }) => open);
  }

  async mayWrite(_ref: RepositoryRef, { id }: Person): Promise<boolean> {
    this.#meet('mayWrite');
    return this.writers.includes(id);
  }

  async repositories(): Promise<readonly RepositoryRef[]> {
    this.#meet('repositories');
    return this.refs;
  }

  async readToken(): ReturnType<ChangeHost['readToken']> {
    this.#meet('readToken');
    const issued = { token: `ghs_${this.tokens.length}`, isRevoked: false };
    this.tokens.push(issued);
    return {
      token: issued.token,
      revoke: async () => {
        issued.isRevoked = true;
      },
    };
  }

  async checkRuns(ref: RepositoryRef, head: CommitSha): Promise<readonly CheckRun[]> {
    this.#meet('checkRuns');
    const found = this.runs.filter((run) => run.head === head && run.repository === ref.repository);
    return found.toReversed().map(toCheckRun);
  }

  async startRun(ref: RepositoryRef, head: CommitSha, externalId: string): Promise<CheckRun> {
    this.#meet('startRun');
    const before = this.runs.find((run) => run.externalId === externalId && run.repository === ref.repository);
    if (before !== undefined) return toCheckRun(before);
    const id = this.runs.length + 1;
    const run: FakeRun = {
      id,
      head,
      externalId,
      repository: ref.repository,
      conclusion: null,
      title: '',
      summary: '',
      annotations: [],
      updates: 0,
    };
    this.runs.push(run);
    return toCheckRun(run);
  }

  async completeRun(
    _ref: RepositoryRef,
    run: CheckRun,
    { conclusion, report }: Parameters<ChangeHost['completeRun']>[2],
    onProgress: (annotations: number) => Promise<void>,
  ): Promise<void> {
    this.#meet('completeRun');
    const kept = this.runs.find(({ id }) => id === run.id);
    if (kept === undefined) throw new ChangeHostError('NOT_FOUND', 'no such run');
    kept.updates += 1;
    for (let from = run.annotations; from < report.annotations.length; from += 50) {
      kept.annotations.push(...report.annotations.slice(from, from + 50));
      await onProgress(kept.annotations.length);
      this.#meet('annotate');
    }
    Object.assign(kept, { conclusion, title: report.title, summary: report.summary });
  }

  async reviews(_ref: RepositoryRef, number: number, marker: string): Promise<readonly number[]> {
    this.#meet('reviews');
    return this.written.filter(({ pull, body }) => pull === number && body.includes(marker)).map(({ id }) => id);
  }

  async review(_ref: RepositoryRef, number: number, review: Parameters<ChangeHost['review']>[2]): Promise<number> {
    this.#meet('review');
    const id = 900 + this.written.length;
    this.written.push({ id, pull: number, ...review });
    return id;
  }
}

function toCheckRun({ id, head, externalId, conclusion, annotations }: FakeRun): CheckRun {
  return { id, head, externalId, completed: conclusion !== null, annotations: annotations.length };
}
