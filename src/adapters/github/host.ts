import type { Octokit } from '@octokit/rest';
import { type CommitSha, parseCommitSha, parseInstallationId, parseRepositoryId } from '../../model/ids.ts';
import { type ChangeHost, ChangeHostError, type PullRequest, type RepositoryRef } from '../../ports/change-host.ts';
import type { Clock } from '../../ports/clock.ts';
import { type At, checkRuns } from './check-runs.ts';
import { type Clients, type GitHubOptions, githubClients } from './clients.ts';
import { factsByRef } from './facts.ts';
import { commentPlace, fitBody } from './fit.ts';

/** GitHub, asked as the App with `@octokit/app`; every token is narrowed to one repository and one purpose (T2). */
export function githubHost(options: GitHubOptions & { readonly clock: Clock }): ChangeHost {
  const clients = githubClients(options);
  const facts = factsByRef(clients, options.clock);
  const locate = async (ref: RepositoryRef): Promise<At> => {
    const { owner, name } = await facts(ref);
    return { owner, repo: name };
  };
  const author = botLogin(clients);
  return {
    repository: facts,
    ...pullRequests({ clients, locate }),
    mayWrite: mayWrite({ clients, locate }),
    repositories: () => repositories(clients),
    readToken: (ref) => clients.token(ref, 'clone'),
    ...checkRuns({ clients, appId: options.appId, locate }),
    ...reviews({ clients, locate, author }),
  };
}

interface Parts {
  readonly clients: Clients;
  readonly locate: (ref: RepositoryRef) => Promise<At>;
}

function pullRequests({ clients, locate }: Parts): Pick<ChangeHost, 'pullRequest' | 'openPullRequests'> {
  return {
    async pullRequest(ref, number) {
      const at = await locate(ref);
      return await clients.within(ref, { purpose: 'read', doing: 'reading a pull request' }, async (octokit) => {
        const { data } = await octokit.rest.pulls.get({ ...at, pull_number: number });
        return toPullRequest(data, await baseTip({ octokit, at }, data.base));
      });
    },
    async openPullRequests(ref) {
      const at = await locate(ref);
      return await clients.within(ref, { purpose: 'read', doing: 'listing pull requests' }, async (octokit) => {
        const open = await octokit.paginate(octokit.rest.pulls.list, { ...at, state: 'open', per_page: 100 });
        const tips = new Map<string, CommitSha>();
        for (const { base } of open) {
          if (!tips.has(base.ref)) tips.set(base.ref, await baseTip({ octokit, at }, base));
        }
        return open.map((pull) => toPullRequest(pull, tips.get(pull.base.ref) ?? parseCommitSha(pull.base.sha)));
      });
    },
  };
}

/** T13: `permission` says maintain as write and triage as read, whatever a role is called. */
const WRITING = ['admin', 'write'];

/** A login can pass to somebody else between the event and the question, an id cannot. */
function mayWrite({ clients, locate }: Parts): ChangeHost['mayWrite'] {
  return async (ref, { id, login }) => {
    const at = await locate(ref);
    try {
      return await clients.within(ref, { purpose: 'facts', doing: 'asking who may write' }, async (octokit) => {
        const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...at, username: login });
        return data.user?.id === id && WRITING.includes(data.permission);
      });
    } catch (error) {
      if (error instanceof ChangeHostError && !error.retryable) return false;
      throw error;
    }
  };
}

interface PullAnswer {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string; readonly repo: { readonly id: number } | null };
  readonly base: { readonly sha: string; readonly ref: string; readonly repo: { readonly id: number } };
}

function toPullRequest({ number, state, head, base }: PullAnswer, tip: CommitSha): PullRequest {
  return {
    number,
    open: state === 'open',
    head: parseCommitSha(head.sha),
    base: tip,
    baseBranch: base.ref,
    fromFork: head.repo?.id !== base.repo.id,
  };
}

/** `base.sha` of a pull request stays behind when its base branch moves (T11), so the branch itself is asked. */
async function baseTip(
  { octokit, at }: { readonly octokit: Octokit; readonly at: At },
  base: PullAnswer['base'],
): Promise<CommitSha> {
  try {
    const { data } = await octokit.rest.git.getRef({ ...at, ref: `heads/${base.ref}` });
    return parseCommitSha(data.object.sha);
  } catch (error) {
    // The branch of a closed pull request may be gone.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 404)
      return parseCommitSha(base.sha);
    throw error;
  }
}

async function repositories(clients: Clients): Promise<readonly RepositoryRef[]> {
  const installations = await clients.asApp('listing installations', (octokit) =>
    octokit.paginate(octokit.rest.apps.listInstallations, { per_page: 100 }),
  );
  const active = installations.filter(
    ({ suspended_at: suspendedAt }) => suspendedAt === null || suspendedAt === undefined,
  );
  const found: RepositoryRef[] = [];
  for (const { id } of active) found.push(...(await repositoriesOf(clients, id)));
  return found;
}

async function repositoriesOf(clients: Clients, id: number): Promise<readonly RepositoryRef[]> {
  try {
    const listed = await clients.across(id, (octokit) =>
      octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 }),
    );
    return listed
      .filter(({ archived }) => !archived)
      .map((repository) => ({ installation: parseInstallationId(id), repository: parseRepositoryId(repository.id) }));
  } catch (error) {
    // It was suspended or removed while the others were asked.
    if (error instanceof ChangeHostError && !error.retryable) return [];
    throw error;
  }
}

interface ReviewParts extends Parts {
  readonly author: () => Promise<string>;
}

function reviews({ clients, locate, author }: ReviewParts): Pick<ChangeHost, 'reviews' | 'review'> {
  return {
    async reviews(ref, number, marker) {
      const [at, login] = await Promise.all([locate(ref), author()]);
      return await clients.within(ref, { purpose: 'publish', doing: 'listing reviews' }, async (octokit) => {
        const all = await octokit.paginate(octokit.rest.pulls.listReviews, {
          ...at,
          pull_number: number,
          per_page: 100,
        });
        // A23: anybody may write the marker; nobody else may be called `<slug>[bot]`.
        const own = all.filter(({ user }) => user?.login === login && user.type === 'Bot');
        return own.filter(({ body }) => body.includes(marker)).map(({ id }) => id);
      });
    },
    async review(ref, number, { head, body, comments }) {
      const at = await locate(ref);
      return await clients.within(ref, { purpose: 'publish', doing: 'writing a review' }, async (octokit) => {
        const { data } = await octokit.rest.pulls.createReview({
          ...at,
          pull_number: number,
          commit_id: head,
          // R8: anything else would block or approve, which is the check's business.
          event: 'COMMENT',
          body: fitBody(body),
          comments: comments.map((comment) => ({ ...commentPlace(comment), body: fitBody(comment.body) })),
          request: { retries: 0 },
        });
        return data.id;
      });
    },
  };
}

/** The name under which the App writes. Asked once; a failure is not remembered. */
function botLogin(clients: Clients): () => Promise<string> {
  const known: { login?: string } = {};
  return async () => {
    known.login ??= await clients.asApp('reading the App', async (octokit) => {
      const { data } = await octokit.rest.apps.getAuthenticated();
      return `${data?.slug ?? ''}[bot]`;
    });
    return known.login;
  };
}
