import { OWNER, userToken } from './peer.ts';
import type { GitHubStandIn } from './stand-in.ts';
import type { Json } from './types.ts';
import { deliver, eventFor } from './webhooks.ts';
import { repositoryOf, type World } from './world.ts';

type Controls = Pick<
  GitHubStandIn,
  | 'gitUrl'
  | 'pageUrl'
  | 'installationId'
  | 'userToken'
  | 'configureWebhook'
  | 'setRole'
  | 'userId'
  | 'keepAttestation'
  | 'setBranchRules'
  | 'uninstall'
  | 'deleteRepository'
  | 'suspend'
  | 'expireTokens'
  | 'fail'
  | 'deliver'
>;

/** Addresses, settings, and what goes wrong. */
export function controls(world: World): Controls {
  return {
    gitUrl: (repo) => `${world.url}/${repo}.git`,
    pageUrl: (repo, number) => `${world.url}/${repo}/pull/${number}`,
    installationId: (owner) => installationOf(world, owner).id,
    userToken: (login) => tokenOf(world, login),
    configureWebhook(url) {
      world.hook.url = url;
    },
    keepAttestation(kept) {
      world.attestations.push({ ...kept, repo: repositoryOf(world, kept.repo).fullName });
    },
    userId: async (login) =>
      Number(((await world.peer.must('GET', `/users/${login}`, userToken(OWNER))).body as Json)['id']),
    setRole(repo, login, role) {
      world.roles.set(`${repositoryOf(world, repo).fullName}:${login}`, role);
    },
    setBranchRules(repo, branch, rules) {
      world.branchRules.set(`${repositoryOf(world, repo).fullName}:${branch}`, rules);
    },
    async uninstall(repo, sent = {}) {
      const { id, owner, name, fullName } = repositoryOf(world, repo);
      const installation = installationOf(world, owner);
      installation.without.add(id);
      const about = { id: installation.id, account: { login: owner, type: 'Organization' }, app_id: world.app.id };
      const removed = [{ id, name, full_name: fullName, private: true }];
      const payload = { action: 'removed', installation: about, repositories_removed: removed, repositories_added: [] };
      if (!sent.silent) await deliver(world, { name: 'installation_repositories', payload }, sent);
    },
    deleteRepository(repo) {
      world.repositories.delete(repositoryOf(world, repo).fullName.toLowerCase());
    },
    suspend(owner, suspended = true) {
      installationOf(world, owner).suspended = suspended;
    },
    expireTokens() {
      for (const token of world.tokens.values()) token.expiresAt = world.now();
    },
    fail: (fault) => world.faults.add(fault),
    async deliver({ repo, ...event }, options = {}) {
      const complete = repo === undefined ? event : await eventFor(world, repositoryOf(world, repo), event);
      return deliver(world, complete, options);
    },
  };
}

function installationOf(world: World, owner: string) {
  const found = [...world.installations.values()].find(({ account }) => account === owner);
  if (!found) throw new Error(`the App is not installed on ${owner}`);
  return found;
}

function tokenOf(world: World, login: string): string {
  const token = world.users.get(login);
  if (token === undefined) throw new Error(`${login} is not in "users" of startGitHub`);
  return token;
}
