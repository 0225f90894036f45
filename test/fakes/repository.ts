import { createHash } from 'node:crypto';
import type { Hunk } from '../../src/model/change.ts';
import { type CommitSha, type Oid, parseCommitSha, parseOid } from '../../src/model/ids.ts';
import { type MergeResult, type Repository, RepositoryError } from '../../src/ports/repository.ts';
import type { SourceTree } from '../../src/ports/source-tree.ts';
import type { ACommit } from '../builders/git-repository.ts';
import { aTree, type FakeFile } from './source-tree.ts';

/** Questions that fail when they are asked. */
export type FakeRepositoryTrouble = Partial<Readonly<Record<'resolve' | 'tree' | 'merge' | 'hunks', RepositoryError>>>;

type Files = Readonly<Record<string, FakeFile>>;

/**
 * A repository in memory; each commit is a branch of its name. Merges go by whole files, histories are followed along all parents,
 * and the best common ancestor is the first that is found: enough for histories without criss-cross merges.
 */
export function aRepository(commits: readonly ACommit[], trouble: FakeRepositoryTrouble = {}): Repository {
  const byId = new Map(commits.map((commit) => [idOf(commit), commit]));
  const byName = new Map(commits.map((commit) => [commit.name, idOf(commit)]));
  const trees = new Map<string, Files>();
  const keep = (files: Files): Oid => {
    const id = parseOid(aTree(files).id);
    trees.set(id, files);
    return id;
  };
  const commitOf = (id: string): ACommit => byId.get(id) ?? refuse('MISSING', `${id} is no commit of this clone`);
  const ancestors = (id: string): readonly string[] => {
    const parents = (commitOf(id).parents ?? []).map(
      (name) => byName.get(name) ?? refuse('SHALLOW', `${name} is missing`),
    );
    return [id, ...parents.flatMap(ancestors)];
  };
  const forkOf = (base: string, head: string): Files | undefined => {
    const own = new Set(ancestors(base));
    const fork = ancestors(head).find((id) => own.has(id));
    return fork === undefined ? undefined : commitOf(fork).files;
  };
  return {
    resolve: answer(trouble.resolve, (ref: string): CommitSha => {
      const id =
        byName.get(ref.replace(/^refs\/heads\//, '')) ??
        [...byId.keys()].find((one) => ref.length >= 4 && one.startsWith(ref));
      return parseCommitSha(id ?? refuse('UNKNOWN_REF', `"${ref}" is no branch of this clone`));
    }),
    tree: answer(trouble.tree, (id: string): SourceTree => {
      const files = trees.get(id) ?? commitOf(id).files;
      return { ...aTree(files), id: keep(files) };
    }),
    merge: answer(trouble.merge, (base: string, head: string): MergeResult => {
      const fork = forkOf(base, head);
      if (fork === undefined)
        return { status: 'conflict', files: [], sentence: 'base and head have no history in common' };
      return merged(fork, commitOf(base).files, commitOf(head).files, keep);
    }),
    hunks: answer(trouble.hunks, (base: string, head: string): readonly Hunk[] => {
      const fork = forkOf(base, head) ?? refuse('GIT', 'base and head have no history in common');
      return wholeFiles(fork, commitOf(head).files);
    }),
    close: () => Promise.resolve(),
  };
}

function answer<Args extends readonly string[], Result>(
  trouble: RepositoryError | undefined,
  reply: (...args: Args) => Result,
): (...args: Args) => Promise<Result> {
  return (...args) =>
    new Promise((resolve) => {
      if (trouble !== undefined) throw trouble;
      resolve(reply(...args));
    });
}

function refuse(code: RepositoryError['code'], sentence: string): never {
  throw new RepositoryError(code, sentence);
}

function idOf(commit: ACommit): string {
  return createHash('sha1').update(JSON.stringify(commit)).digest('hex');
}

function same(left: FakeFile | undefined, right: FakeFile | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function merged(fork: Files, base: Files, head: Files, keep: (files: Files) => Oid): MergeResult {
  const paths = [...new Set([...Object.keys(base), ...Object.keys(head)])].toSorted();
  const files = paths.filter(
    (path) => [fork[path], base[path]].every((other) => !same(other, head[path])) && !same(fork[path], base[path]),
  );
  if (files.length > 0)
    return { status: 'conflict', files, sentence: `the head conflicts with the base branch in ${files.join(', ')}` };
  const sides = paths.map((path) => [path, same(fork[path], head[path]) ? base[path] : head[path]] as const);
  return {
    status: 'clean',
    tree: keep(Object.fromEntries(sides.flatMap(([path, file]) => (file === undefined ? [] : [[path, file]])))),
  };
}

function linesOf(file: FakeFile | undefined): number {
  return typeof file === 'string' ? file.split('\n').length - Number(file.endsWith('\n')) : 0;
}

/** A changed file is one hunk. */
function wholeFiles(fork: Files, head: Files): readonly Hunk[] {
  const paths = [...new Set([...Object.keys(fork), ...Object.keys(head)])].toSorted();
  const changed = paths.filter((path) => JSON.stringify(fork[path]) !== JSON.stringify(head[path]));
  return changed.map((file) => {
    const [oldLines, newLines] = [linesOf(fork[file]), linesOf(head[file])];
    return { file, oldStart: Math.min(1, oldLines), oldLines, newStart: Math.min(1, newLines), newLines };
  });
}
