import { ChangeHostError, type RepositoryFacts, type RepositoryRef } from '../../ports/change-host.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Clients } from './clients.ts';

/** A job asks for the same name a few times; a renamed repository is known by its new name after a minute (W8). */
const FRESH_MS = 60_000;
const MAX_KNOWN = 1_000;

interface Known {
  readonly facts: RepositoryFacts;
  readonly until: number;
}

/**
 * What a repository is called now. Asked with a token for that one repository, whose only repository it is: so an id of
 * another installation is refused by GitHub itself (A28).
 */
export function factsByRef(clients: Clients, clock: Clock): (ref: RepositoryRef) => Promise<RepositoryFacts> {
  const known = new Map<string, Known>();
  return async (ref) => {
    const key = `${ref.installation}/${ref.repository}`;
    const before = known.get(key);
    if (before !== undefined && before.until > clock.elapsedMs()) return before.facts;
    const facts = await ask(clients, ref);
    known.delete(key);
    known.set(key, { facts, until: clock.elapsedMs() + FRESH_MS });
    for (const oldest of known.keys()) {
      if (known.size <= MAX_KNOWN) break;
      known.delete(oldest);
    }
    return facts;
  };
}

async function ask(clients: Clients, ref: RepositoryRef): Promise<RepositoryFacts> {
  const found = await clients.within(ref, { purpose: 'facts', doing: 'reading a repository' }, async (octokit) => {
    const { data } = await octokit.rest.apps.listReposAccessibleToInstallation({ per_page: 2 });
    return data.repositories.find(({ id }) => id === ref.repository);
  });
  if (found === undefined)
    throw new ChangeHostError('NOT_FOUND', 'the repository is not part of the installation any more');
  return {
    owner: found.owner.login,
    name: found.name,
    cloneUrl: found.clone_url,
    urls: [found.clone_url, found.ssh_url, found.html_url, found.git_url].filter((url) => url !== ''),
    defaultBranch: found.default_branch,
  };
}
