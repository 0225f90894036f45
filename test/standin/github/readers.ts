import { seen } from './pull-requests.ts';
import { runsOf } from './routes/check-runs.ts';
import { allFromPeer, placedComments } from './routes/comments.ts';
import type { GitHubStandIn } from './stand-in.ts';
import type { CheckRun, Comment, Review, ReviewComment } from './types.ts';
import { pullOf, repositoryOf, settle, type Pull, type World } from './world.ts';

type Readers = Pick<
  GitHubStandIn,
  | 'pullRequest'
  | 'checkRuns'
  | 'reviews'
  | 'reviewComments'
  | 'issueComments'
  | 'statuses'
  | 'deliveries'
  | 'requests'
  | 'violations'
  | 'settled'
>;

/** What tests ask afterwards. Lists are copies; check runs come oldest first. */
export function readers(world: World): Readers {
  const pull = (repo: string, number: number): Pull => pullOf(world, repositoryOf(world, repo).fullName, number);
  const list = (repo: string, number: number, what: string) => {
    pull(repo, number);
    return allFromPeer(world, `/repos/${repo}/${what.replace('N', String(number))}`);
  };
  return {
    pullRequest: (repo, number) => seen(pull(repo, number)),
    checkRuns: (repo, sha) => {
      const runs = runsOf(world, repositoryOf(world, repo).fullName, sha).toReversed();
      return runs.map(({ shown, annotations }): CheckRun => ({ ...shown, annotations: [...annotations] }));
    },
    reviews: async (repo, number) => (await list(repo, number, 'pulls/N/reviews')) as unknown as readonly Review[],
    reviewComments: async (repo, number) =>
      (await placedComments(world, pull(repo, number))) as unknown as readonly ReviewComment[],
    issueComments: async (repo, number) =>
      (await list(repo, number, 'issues/N/comments')) as unknown as readonly Comment[],
    statuses: () => [...world.statuses],
    deliveries: () => [...world.deliveries],
    requests: () => [...world.requests],
    violations: () => [...world.violations],
    settled: () => settle(world),
  };
}
