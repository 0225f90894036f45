import { type CommitSha, parseCommitSha } from '../../model/ids.ts';
import type { GitWant } from '../../model/remote-want.ts';
import { type PickVersion, RemoteError } from '../../ports/remote.ts';

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const TAGS = 'refs/tags/';

/** The commit, where the reference is one itself. */
export function pinnedCommit({ ref, range }: GitWant): CommitSha | undefined {
  return range === undefined && COMMIT.test(ref) ? parseCommitSha(ref) : undefined;
}

/** Reads refs by full names, or by one pattern with a star at its end: of each its commit, tags peeled. */
export type ListRefs = (patterns: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/**
 * What a branch, tag, full name or range of tags means now. git takes a tag before a branch of the same name, Argo CD the branch: where
 * they differ, nobody can say what is meant, and it is an error. Throws RemoteError.
 */
export async function commitOf(want: GitWant, { list, pick, name, signal }: RefQuestion): Promise<CommitSha> {
  if (want.range !== undefined) return ofRange(want, want.range, { list, pick, name, signal });
  const names = fullNames(want.ref, name);
  const refs = await list(names);
  const found = names.flatMap((full) => refs.get(full) ?? []);
  const [commit] = found;
  if (commit === undefined)
    throw new RemoteError(
      'NOT_FOUND',
      `${name} has no branch or tag ${JSON.stringify(want.ref || 'HEAD')}; check its name`,
    );
  if (new Set(found).size > 1)
    throw new RemoteError(
      'INVALID',
      `${name} has a branch and a tag ${JSON.stringify(want.ref)}, which differ; write refs/heads/… or refs/tags/…`,
    );
  return parseCommitSha(commit);
}

export interface RefQuestion {
  readonly list: ListRefs;
  readonly pick: PickVersion;
  /** What it is called in a sentence. */
  readonly name: string;
  readonly signal: AbortSignal;
}

async function ofRange(want: GitWant, range: string, { list, pick, name, signal }: RefQuestion): Promise<CommitSha> {
  const refs = await list([`${TAGS}*`]);
  const versions = [...refs.keys()].filter((full) => full.startsWith(TAGS)).map((full) => full.slice(TAGS.length));
  const choice = { constraint: range, versions, as: want.rangeAs ?? 'git-tags', name: `the tags of ${name}` } as const;
  const commit = refs.get(`${TAGS}${await pick(choice, signal)}`);
  if (commit === undefined)
    throw new RemoteError('NOT_FOUND', `${name} has no tag that ${JSON.stringify(range)} allows`);
  return parseCommitSha(commit);
}

/** https://git-scm.com/docs/git-check-ref-format. No name starts with a dash and none has a star, so that git sees names alone (A13). */
const NAME = /^(?!-|\/)(?!.*(?:\.\.|\/\.|\/\/|@\{|\.lock(?:\/|$)|[/.]$))[^\p{Cc} ~^:?*[\\]+$/u;

function fullNames(ref: string, name: string): readonly string[] {
  if (ref === '' || ref === 'HEAD') return ['HEAD'];
  if (!NAME.test(ref))
    throw new RemoteError(
      'INVALID',
      `${JSON.stringify(ref.slice(0, 200))} is no name of a branch, tag or commit of ${name}`,
    );
  if (ref.startsWith('refs/')) return [ref];
  return [`refs/heads/${ref}`, `${TAGS}${ref}`, ...(/^(?:heads|tags)\//.test(ref) ? [`refs/${ref}`] : [])];
}

/** `<id>\t<name>`, a tag followed by what it points to: https://git-scm.com/docs/git-ls-remote#_output */
export function parseRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id = '', name = ''] = line.split('\t');
    // The peeled line comes after the tag itself, and says what is wanted.
    if (COMMIT.test(id)) refs.set(name.replace(/\^\{\}$/, ''), id);
  }
  return refs;
}
