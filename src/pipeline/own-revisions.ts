import type { GitWant, RemoteWant } from '../model/remote-want.ts';
import { isThisRepository } from '../model/repository-url.ts';
import { type Repository, RepositoryError } from '../ports/repository.ts';
import type { Remote, Resolved } from '../ports/remote.ts';
import type { CommitSha } from '../model/ids.ts';

interface OwnOptions {
  readonly repository: Pick<Repository, 'resolve' | 'tree'>;
  readonly ownUrls: readonly string[];
}

/** A remote that has other revisions of this repository from the clone that is there, as far as the clone has them. */
export function withOwnRevisions(remote: Remote, { repository, ownUrls }: OwnOptions): Remote {
  const isOwn = (want: RemoteWant): want is GitWant =>
    want.kind === 'git' && want.range === undefined && want.ref !== '' && isThisRepository(want.url, ownUrls);

  async function commitOf(ref: string): Promise<CommitSha | undefined> {
    try {
      return await repository.resolve(ref);
    } catch (error) {
      if (error instanceof RepositoryError && ['UNKNOWN_REF', 'MISSING', 'SHALLOW'].includes(error.code))
        return undefined;
      throw error;
    }
  }

  return {
    async resolve(want, signal): Promise<Resolved> {
      const commit = isOwn(want) ? await commitOf(want.ref) : undefined;
      if (commit === undefined) return remote.resolve(want, signal);
      return { resolved: commit, isPinned: want.kind === 'git' && want.ref === commit };
    },
    async fetch(want, resolved, signal) {
      const commit = isOwn(want) ? await commitOf(resolved) : undefined;
      if (commit === undefined) return remote.fetch(want, resolved, signal);
      const tree = await repository.tree(commit);
      return { tree, digest: tree.id };
    },
  };
}
