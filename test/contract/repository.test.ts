import { afterAll, describe, expect, test } from '@jest/globals';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { parseCommitSha, parseOid } from '../../src/model/ids.ts';
import type { Repository } from '../../src/ports/repository.ts';
import { type ACommit, aGitRepository } from '../builders/git-repository.ts';
import { aRepository } from '../fakes/repository.ts';
import { blobOid } from '../fakes/source-tree.ts';

const SUBMODULE = '1'.repeat(40);
const COMMITS: readonly ACommit[] = [
  { name: 'start', files: { 'a.yaml': 'a\n', 'b/c.yaml': 'c\n', 'b-c': 'x\n' } },
  { name: 'base', parents: ['start'], files: { 'a.yaml': 'base\n', 'b/c.yaml': 'c\n', 'b-c': 'x\n' } },
  { name: 'head', parents: ['start'], files: { 'a.yaml': 'a\n', 'b/c.yaml': 'head\n', 'b-c': 'x\n', new: 'n\n' } },
  { name: 'clash', parents: ['start'], files: { 'a.yaml': 'clash\n', 'b/c.yaml': 'c\n', 'b-c': 'x\n' } },
  { name: 'removed', parents: ['start'], files: { 'b/c.yaml': 'c\n', 'b-c': 'x\n' } },
  { name: 'ahead', parents: ['base'], files: { 'a.yaml': 'ahead\n' } },
  {
    name: 'kinds',
    parents: ['start'],
    files: { link: { link: 'a.yaml' }, module: { submodule: SUBMODULE }, file: 'f' },
  },
  { name: 'alone', files: { 'a.yaml': 'a\n' } },
];

interface Opened {
  readonly repository: Repository;
  readonly release: () => Promise<void>;
}

async function openFake(): Promise<Opened> {
  const repository = aRepository(COMMITS);
  return { repository, release: () => repository.close() };
}

async function openReal(): Promise<Opened> {
  const real = aGitRepository(COMMITS, { bare: true });
  const repository = await openRepository(toolRunner(), real.folder);
  const release = async () => {
    await repository.close();
    real.remove();
  };
  return { repository, release };
}

describe.each([
  ['the fake', openFake],
  ['git', openReal],
])('a repository, %s', (_, open) => {
  const opened = open();
  afterAll(async () => (await opened).release());
  const commit = async (name: string) => (await opened).repository.resolve(name);

  test('a branch, a full ref, an id and an abbreviated id are one commit', async () => {
    const { repository } = await opened;
    const id = await repository.resolve('head');
    expect(id).toMatch(/^[0-9a-f]{40}$/);
    expect(await repository.resolve('refs/heads/head')).toBe(id);
    expect(await repository.resolve(id)).toBe(id);
    expect(await repository.resolve(id.slice(0, 12))).toBe(id);
  });

  test.each(['nothing', '', '-h', '--all', 'a b', 'x\ny', 'x\0y'])('%j is no commit', async (ref) => {
    const { repository } = await opened;
    await expect(repository.resolve(ref)).rejects.toMatchObject({ code: 'UNKNOWN_REF' });
  });

  test('a tree lists every file by its whole path, in order', async () => {
    const { repository } = await opened;
    const { entries } = await repository.tree(await commit('head'));
    expect(entries.map(({ path }) => path)).toEqual(['a.yaml', 'b-c', 'b/c.yaml', 'new']);
  });

  test('links and submodules are listed as what they are', async () => {
    const { repository } = await opened;
    const { entries } = await repository.tree(await commit('kinds'));
    expect(entries).toEqual([
      { path: 'file', mode: '100644', oid: blobOid('f') },
      { path: 'link', mode: '120000', oid: blobOid('a.yaml') },
      { path: 'module', mode: '160000', oid: SUBMODULE },
    ]);
  });

  test('equal files are the same tree, whatever commit holds them', async () => {
    const { repository } = await opened;
    const { tree } = (await repository.merge(await commit('base'), await commit('ahead'))) as { readonly tree: string };
    expect((await repository.tree(parseOid(tree))).id).toBe((await repository.tree(await commit('ahead'))).id);
  });

  test('a blob is read by its id', async () => {
    const { repository } = await opened;
    const tree = await repository.tree(await commit('head'));
    const contents = await Promise.all(tree.entries.map(({ oid }) => tree.read(oid)));
    expect(contents.map((bytes) => Buffer.from(bytes).toString())).toEqual(['a\n', 'x\n', 'head\n', 'n\n']);
  });

  test('a blob of another tree is missing', async () => {
    const { repository } = await opened;
    const tree = await repository.tree(await commit('head'));
    await expect(tree.read(blobOid('clash\n'))).rejects.toMatchObject({ code: 'MISSING' });
  });

  test('the content of a submodule is missing', async () => {
    const { repository } = await opened;
    const tree = await repository.tree(await commit('kinds'));
    await expect(tree.read(parseOid(SUBMODULE))).rejects.toMatchObject({ code: 'MISSING' });
  });

  test('an unknown commit has no tree', async () => {
    const { repository } = await opened;
    await expect(repository.tree(parseCommitSha('2'.repeat(40)))).rejects.toMatchObject({ code: 'MISSING' });
  });

  test('a merge holds what both sides wrote', async () => {
    const { repository } = await opened;
    const result = await repository.merge(await commit('base'), await commit('head'));
    expect(result.status).toBe('clean');
    const { entries } = await repository.tree(parseOid('tree' in result ? result.tree : ''));
    expect(entries.map(({ path, oid }) => [path, oid])).toEqual([
      ['a.yaml', blobOid('base\n')],
      ['b-c', blobOid('x\n')],
      ['b/c.yaml', blobOid('head\n')],
      ['new', blobOid('n\n')],
    ]);
  });

  test.each([
    ['base', 'ahead', 'ahead'],
    ['ahead', 'base', 'ahead'],
    ['base', 'base', 'base'],
  ])('%s and %s, one containing the other, merge to %s', async (base, head, expected) => {
    const { repository } = await opened;
    const result = await repository.merge(await commit(base), await commit(head));
    const { id } = await repository.tree(parseOid('tree' in result ? result.tree : ''));
    expect(id).toBe((await repository.tree(await commit(expected))).id);
  });

  test.each([['clash'], ['removed']])('base and %s, which write the same file, conflict in it', async (head) => {
    const { repository } = await opened;
    const result = await repository.merge(await commit('base'), await commit(head));
    expect(result).toMatchObject({ status: 'conflict', files: ['a.yaml'] });
    expect('sentence' in result ? result.sentence : '').toContain('a.yaml');
  });

  test('histories without a common commit conflict, and say why', async () => {
    const { repository } = await opened;
    const result = await repository.merge(await commit('base'), await commit('alone'));
    expect(result).toMatchObject({ status: 'conflict', files: [] });
    expect('sentence' in result ? result.sentence : '').toContain('no history in common');
    await expect(repository.hunks(await commit('base'), await commit('alone'))).rejects.toMatchObject({ code: 'GIT' });
  });

  test('hunks are what the head wrote since it left the base', async () => {
    const { repository } = await opened;
    expect(await repository.hunks(await commit('base'), await commit('head'))).toEqual([
      { file: 'b/c.yaml', oldStart: 1, oldLines: 1, newStart: 1, newLines: 1 },
      { file: 'new', oldStart: 0, oldLines: 0, newStart: 1, newLines: 1 },
    ]);
    expect(await repository.hunks(await commit('base'), await commit('removed'))).toEqual([
      { file: 'a.yaml', oldStart: 1, oldLines: 1, newStart: 0, newLines: 0 },
    ]);
  });
});
