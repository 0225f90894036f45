import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createBare, filesIn, git, resolveCommit, writeCommit } from './git.ts';
import { OWNER, userToken } from './peer.ts';
import type { CommitOptions, Json, Repository, RepositoryOptions, TreeEntry } from './types.ts';
import { nextCommitSecond, repositoryOf, type World } from './world.ts';

export async function createRepository(world: World, options: RepositoryOptions): Promise<Repository> {
  const { owner, name } = options;
  const gitDir = options.gitDir ?? join(world.gitRoot, owner, `${name}.git`);
  await (options.gitDir === undefined ? createBare(gitDir) : access(join(gitDir, 'HEAD')));
  const shown = await (options.forkOf === undefined ? createAtPeer(world, options) : forkAtPeer(world, options));
  if (options.forkOf !== undefined) {
    await git(gitDir, ['fetch', '--quiet', repositoryOf(world, options.forkOf).gitDir, '+refs/heads/*:refs/heads/*']);
  }
  const repository: Repository = {
    id: Number(shown['id']),
    owner,
    name,
    fullName: `${owner}/${name}`,
    gitDir,
    private: Boolean(shown['private']),
    forkOf: options.forkOf,
  };
  world.repositories.set(repository.fullName.toLowerCase(), repository);
  return repository;
}

async function createAtPeer(world: World, options: RepositoryOptions): Promise<Json> {
  const { owner, name } = options;
  const isOrganization = [...world.installations.values()].some(({ account }) => account === owner);
  if (!isOrganization && !world.users.has(owner)) {
    throw new Error(`${owner} is neither in "organizations" nor in "users" of startGitHub`);
  }
  const path = isOrganization ? `/orgs/${owner}/repos` : '/user/repos';
  const body = { name, private: options.private ?? true, auto_init: true };
  const answer = await world.peer.must('POST', path, userToken(isOrganization ? OWNER : owner), body);
  return answer.body as Json;
}

/** Forking a private repository needs access to it, which GitHub's people have and the peer wants to be told. */
async function forkAtPeer(world: World, { owner, name, forkOf = '' }: RepositoryOptions): Promise<Json> {
  const path = `/repos/${repositoryOf(world, forkOf).fullName}`;
  await world.peer.must('PUT', `${path}/collaborators/${owner}`, userToken(OWNER), { permission: 'pull' });
  const answer = await world.peer.must('POST', `${path}/forks`, userToken(owner), { name });
  return answer.body as Json;
}

export interface CommitStep extends CommitOptions {
  readonly repo: string;
  readonly branch: string;
  readonly files: Readonly<Record<string, TreeEntry>>;
  readonly message: string;
}

/** One commit on a branch, new or not; the sha. Pull requests notice it at `synchronize`. */
export async function commitTree(world: World, step: CommitStep): Promise<string> {
  const { gitDir } = repositoryOf(world, step.repo);
  const starts = [step.from, `refs/heads/${step.branch}`, 'HEAD'].filter((start) => start !== undefined);
  const found = await Promise.all(starts.map((start) => resolveCommit(gitDir, start)));
  if (step.from !== undefined && !found[0]) throw new Error(`${step.repo} has no ${step.from}`);
  return await writeCommit(gitDir, {
    branch: step.branch,
    parent: found.find((sha) => sha !== undefined),
    files: step.files,
    message: step.message,
    author: 'octo-dev',
    replace: step.replace ?? false,
    at: nextCommitSecond(world),
  });
}

export async function pushFolder(
  world: World,
  step: Omit<CommitStep, 'files'> & { readonly folder: string },
): Promise<string> {
  return commitTree(world, { ...step, files: await filesIn(step.folder), replace: step.replace ?? true });
}

/** The tip of a branch; a branch that is not there is the caller's mistake. */
export async function tipOf(gitDir: string, branch: string): Promise<string> {
  const sha = await resolveCommit(gitDir, `refs/heads/${branch}`);
  if (!sha) throw new Error(`there is no branch ${branch}`);
  return sha;
}
