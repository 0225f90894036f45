import type { Answer, Call, Route } from '../call.ts';
import { paginate, repositoryIn } from '../call.ts';
import { diffOf, mergeBase } from '../diff.ts';
import { git, resolveCommit } from '../git.ts';
import { invalid, notFound, Refusal } from '../refusal.ts';
import type { Json } from '../types.ts';
import { shownFile } from './pulls.ts';

const READ = { permission: 'contents', level: 'read' } as const;
/** T12: up to 1 MB in full. */
const MAX_CONTENT = 1024 * 1024;

export const GIT_DATA: readonly Route[] = [
  { key: 'GET /repos/{owner}/{repo}/commits/{ref}', need: READ, serve: showCommit },
  { key: 'GET /repos/{owner}/{repo}/compare/{basehead}', need: READ, serve: compare },
  { key: 'GET /repos/{owner}/{repo}/contents/{path}', need: READ, serve: showContent },
  { key: 'GET /repos/{owner}/{repo}/git/ref/{ref}', need: READ, serve: showRef },
];

async function showCommit(call: Call): Promise<Answer> {
  const { gitDir } = repositoryIn(call);
  const ref = call.params['ref'] ?? '';
  const sha = await resolveCommit(gitDir, ref);
  if (!sha) throw invalid('unknown-sha', `No commit found for SHA: ${ref}`);
  return { status: 200, body: await shownCommit(call, sha) };
}

async function shownCommit(call: Call, sha: string): Promise<Json> {
  const { gitDir, fullName } = repositoryIn(call);
  const text = await git(gitDir, ['show', '--no-patch', '--format=%T%n%P%n%an%n%ae%n%aI%n%B', sha]);
  const [tree = '', parents = '', name = '', email = '', date = '', ...message] = text.split('\n');
  return {
    sha,
    html_url: `${call.world.url}/${fullName}/commit/${sha}`,
    commit: {
      message: message.join('\n').trim(),
      tree: { sha: tree },
      author: { name, email, date },
      committer: { name, email, date },
    },
    parents: parents
      .split(' ')
      .filter(Boolean)
      .map((parent) => ({ sha: parent })),
  };
}

async function compare(call: Call): Promise<Answer> {
  const repository = repositoryIn(call);
  const [base, head] = await Promise.all(
    (call.params['basehead'] ?? '').split('...').map((ref) => resolveCommit(repository.gitDir, ref)),
  );
  if (!base || !head) throw notFound();
  const count = async (range: string): Promise<number> =>
    Number(await git(repository.gitDir, ['rev-list', '--count', range]));
  const [ahead, behind] = await Promise.all([count(`${base}..${head}`), count(`${head}..${base}`)]);
  const listed = await git(repository.gitDir, ['rev-list', '--reverse', '--max-count=250', `${base}..${head}`]);
  const commits = await Promise.all(
    listed
      .split('\n')
      .filter(Boolean)
      .map((sha) => shownCommit(call, sha)),
  );
  // R5: 300 files, on the first page.
  const files = (await diffOf(repository.gitDir, base, head)).slice(0, 300);
  const { items, headers } = paginate(call, commits);
  const body = {
    status: statusOf(ahead, behind),
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    merge_base_commit: await shownCommit(call, await mergeBase(repository.gitDir, base, head)),
    commits: items,
    files: files.map((file) => shownFile(call.world, repository, { file, sha: head })),
  };
  return { status: 200, body, headers };
}

function statusOf(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return 'diverged';
  if (ahead > 0) return 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}

async function showContent(call: Call): Promise<Answer> {
  const { gitDir } = repositoryIn(call);
  const path = call.params['path'] ?? '';
  const ref = call.query.get('ref') ?? 'HEAD';
  const commit = await resolveCommit(gitDir, ref);
  if (!commit) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const row = await git(gitDir, ['ls-tree', '--long', commit, '--', path]);
  const [, type, sha = '', size] = /^\d+ (\w+) ([0-9a-f]+) +([\d-]+)\t/.exec(row) ?? [];
  if (type !== 'blob') throw notFound();
  const content = Number(size) > MAX_CONTENT ? '' : await git(gitDir, ['cat-file', 'blob', sha]);
  const body = {
    type: 'file',
    encoding: content === '' ? 'none' : 'base64',
    size: Number(size),
    name: path.split('/').at(-1),
    path,
    sha,
  };
  return { status: 200, body: { ...body, content: Buffer.from(content).toString('base64') } };
}

async function showRef(call: Call): Promise<Answer> {
  const ref = `refs/${call.params['ref'] ?? ''}`;
  const sha = await resolveCommit(repositoryIn(call).gitDir, ref);
  if (!sha) throw notFound();
  return { status: 200, body: { ref, object: { type: 'commit', sha } } };
}
