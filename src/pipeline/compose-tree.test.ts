import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aTree, type FakeFile } from '../../test/fakes/source-tree.ts';
import { type Copy, HERE } from '../model/content.ts';
import { RemoteError } from '../ports/remote.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { composeTree, type CopiedTree } from './compose-tree.ts';

type Files = Readonly<Record<string, FakeFile>>;

function aCopy(path: string, to: string, more: Partial<Copy> = {}): Copy {
  return { from: HERE, ignore: '', path, exclude: [], to, ...more };
}

function own(tree: SourceTree, copy: Copy): CopiedTree {
  return { copy, from: { tree, ownPath: (path) => path } };
}

async function composed(files: Files, ...copies: readonly Copy[]): Promise<readonly string[]> {
  const { tree } = await composeTree(copies.map((copy) => own(aTree(files), copy)));
  return tree.entries.map(({ path }) => path);
}

const TREE: Files = {
  'README.md': 'r',
  'apps/a.yaml': 'a',
  'apps/b.txt': 'b',
  'apps/web/c.yaml': 'c',
  'apps/web/deep/d.yaml': 'd',
  'base/e.yaml': 'e',
};

describe('a copy goes as cp does:', () => {
  test.each<readonly [name: string, path: string, to: string, paths: readonly string[]]>([
    ['a file to a name', 'apps/a.yaml', 'x.yaml', ['x.yaml']],
    ['a file into a folder', 'apps/a.yaml', 'x/', ['x/a.yaml']],
    ['a file into the root', 'apps/a.yaml', '', ['a.yaml']],
    ['a folder becomes one below its target', 'apps/web', 'x', ['x/web/c.yaml', 'x/web/deep/d.yaml']],
    ['with or without slashes at the end', 'apps/web/', 'x/', ['x/web/c.yaml', 'x/web/deep/d.yaml']],
    ['the root, as it is', '', 'x/', Object.keys(TREE).map((path) => `x/${path}`)],
    [
      'what a folder holds, without its name',
      'apps/**',
      'x/',
      ['x/a.yaml', 'x/b.txt', 'x/web/c.yaml', 'x/web/deep/d.yaml'],
    ],
    ['a pattern keeps the whole path', 'apps/*.yaml', '', ['apps/a.yaml']],
    [
      'a folder that a pattern matches comes with all below it',
      'apps/w*',
      '',
      ['apps/web/c.yaml', 'apps/web/deep/d.yaml'],
    ],
    ['two stars in the middle are one folder', 'apps/**/c.yaml', '', ['apps/web/c.yaml']],
    [
      'a pattern in front of two stars keeps the path',
      'ap*/**',
      '',
      ['apps/a.yaml', 'apps/b.txt', 'apps/web/c.yaml', 'apps/web/deep/d.yaml'],
    ],
    ['dots in the target', 'apps/a.yaml', './x/../y/', ['y/a.yaml']],
  ])('%s', async (_, path, to, paths) => {
    expect(await composed(TREE, aCopy(path, to))).toEqual([...paths].toSorted());
  });

  test('a file to a name that is a folder already goes into it', async () => {
    const copies = [aCopy('base/**', 'x/'), aCopy('README.md', 'x')];
    expect(await composed(TREE, ...copies)).toEqual(['x/README.md', 'x/e.yaml']);
    expect(await composed(TREE, aCopy('README.md', 'x'))).toEqual(['x']);
  });

  test('later copies write over earlier ones', async () => {
    const { tree } = await composeTree([
      own(aTree({ 'a.yaml': 'first', 'b.yaml': 'stays' }), aCopy('**', '')),
      own(aTree({ 'a.yaml': 'second' }), aCopy('**', '')),
    ]);
    const texts = await Promise.all(tree.entries.map(async ({ oid }) => Buffer.from(await tree.read(oid)).toString()));
    expect(texts).toEqual(['second', 'stays']);
  });
});

describe('what a copy excludes', () => {
  test.each<readonly [name: string, path: string, exclude: readonly string[], paths: readonly string[]]>([
    ['a name at any depth', 'apps', ['*.yaml'], ['apps/b.txt']],
    ['a folder with all below it', 'apps', ['web'], ['apps/a.yaml', 'apps/b.txt']],
    ['a path from the root of the source', 'apps', ['apps/web/**'], ['apps/a.yaml', 'apps/b.txt']],
    ['a path from what is copied', 'apps', ['web/deep/**'], ['apps/a.yaml', 'apps/b.txt', 'apps/web/c.yaml']],
    [
      'two stars stand for no folder, too',
      'apps',
      ['apps/**/a.yaml'],
      ['apps/b.txt', 'apps/web/c.yaml', 'apps/web/deep/d.yaml'],
    ],
    ['and for several', 'apps', ['**/d.yaml'], ['apps/a.yaml', 'apps/b.txt', 'apps/web/c.yaml']],
    ['each of them', 'apps', ['**/web/**/d.yaml'], ['apps/a.yaml', 'apps/b.txt', 'apps/web/c.yaml']],
    [
      'two stars in a name are one',
      'apps',
      ['apps/**.yaml'],
      ['apps/b.txt', 'apps/web/c.yaml', 'apps/web/deep/d.yaml'],
    ],
    [
      'no part of a name',
      'apps',
      ['apps/**/eb/**', 'apps/we/**'],
      ['apps/a.yaml', 'apps/b.txt', 'apps/web/c.yaml', 'apps/web/deep/d.yaml'],
    ],
    ['what a pattern matches', '*', ['apps', 'base/e.yaml'], ['README.md']],
    [
      'the letters as they are',
      'apps',
      ['A.yaml', 'WEB'],
      ['apps/a.yaml', 'apps/b.txt', 'apps/web/c.yaml', 'apps/web/deep/d.yaml'],
    ],
  ])('%s', async (_, path, exclude, paths) => {
    expect(await composed(TREE, aCopy(path, '', { exclude }))).toEqual(paths);
  });

  test('one file that is excluded is no error, a pattern of which nothing is left is one', async () => {
    expect(await composed(TREE, aCopy('apps/a.yaml', '', { exclude: ['*.yaml'] }))).toEqual([]);
    await expect(composed(TREE, aCopy('base/*', '', { exclude: ['*.yaml'] }))).rejects.toThrow('base/*');
  });
});

describe('what a source leaves out of its own artifact', () => {
  test.each<readonly [name: string, files: Files, ignore: string, paths: readonly string[]]>([
    ['nothing', { 'a.yaml': '' }, '', ['a.yaml']],
    ['links and submodules', { 'a.yaml': '', b: { link: 'a.yaml' }, c: { submodule: 'a'.repeat(40) } }, '', ['a.yaml']],
    ['spec.ignore', { 'a.yaml': '', 'b.yaml': '' }, '# mine\n\na.yaml\n', ['b.yaml']],
    ['all but one folder', { 'a.yaml': '', 'c/x/y.yaml': '' }, '/*\n!/c/', ['c/x/y.yaml']],
    ['all but a file in a folder that is left out', { 'c/a.yaml': '', 'c/b.yaml': '' }, 'c/\n!c/b.yaml', ['c/b.yaml']],
    [
      'what .sourceignore says below its folder',
      { 'x/.sourceignore': '/a.yaml', 'a.yaml': '', 'x/a.yaml': '' },
      '',
      ['a.yaml', 'x/.sourceignore'],
    ],
    [
      'the deeper .sourceignore wins',
      { '.sourceignore': '*.yaml', '-x/.sourceignore': '!a.yaml', 'a.yaml': '', '-x/a.yaml': '' },
      '',
      ['-x/.sourceignore', '-x/a.yaml', '.sourceignore'],
    ],
    [
      'spec.ignore wins over all',
      { '.sourceignore': 'a.yaml\n', 'a.yaml': '' },
      '!a.yaml',
      ['.sourceignore', 'a.yaml'],
    ],
    ['letters as they are written', { 'A.yaml': '', 'a.yaml': '' }, 'a.yaml', ['A.yaml']],
  ])('%s', async (_, files, ignore, paths) => {
    expect(await composed(files, aCopy('', '', { ignore }))).toEqual(paths);
  });
});

test.each<readonly [name: string, copy: Copy, code: string, message: string]>([
  ['nothing of the name', aCopy('gone', ''), 'NOT_FOUND', 'no file of the source matches gone'],
  ['nothing of the pattern', aCopy('gone/*', ''), 'NOT_FOUND', 'no file of the source matches gone/*'],
  ['files that lie deeper than the pattern', aCopy('*.yaml', ''), 'NOT_FOUND', '*.yaml'],
  ['files that lie deeper than two stars in the middle', aCopy('apps/**/d.yaml', ''), 'NOT_FOUND', 'apps/**/d.yaml'],
  ['a pattern of other signs', aCopy('apps/[ab].yaml', ''), 'INVALID', 'apps/[ab].yaml'],
  ['an exclusion of other signs', aCopy('apps', '', { exclude: ['*.{txt,md}'] }), 'INVALID', '*.{txt,md}'],
  ['a source outside', aCopy('../apps', ''), 'INVALID', 'a copy from ../apps leaves its source'],
  ['a target outside', aCopy('apps', '../x/'), 'INVALID', 'a copy to ../x/ leaves the artifact'],
])('a copy of %s is refused', async (_, copy, code, message) => {
  const refusal = composed(TREE, copy);
  await expect(refusal).rejects.toThrow(RemoteError);
  await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

test('a file where another copy has a folder is refused', async () => {
  const copies = [aCopy('README.md', 'x/e.yaml'), aCopy('base/**', 'x/e.yaml/')];
  await expect(composed(TREE, ...copies)).rejects.toThrow('both a file and a folder of x/e.yaml');
});

test('files keep the path that they have in the repository that is judged, and those from elsewhere have none', async () => {
  const elsewhere = { tree: aTree({ 'z.yaml': 'z' }), ownPath: () => undefined };
  const placed = await composeTree([
    own(aTree(TREE), aCopy('apps/**', 'x/')),
    { copy: aCopy('**', ''), from: elsewhere },
  ]);
  expect(['x/web/c.yaml', 'z.yaml', 'apps/a.yaml'].map((path) => placed.ownPath(path))).toEqual([
    'apps/web/c.yaml',
    undefined,
    undefined,
  ]);
});

test('what is in no part cannot be read', async () => {
  const { tree } = await composeTree([own(aTree(TREE), aCopy('base', ''))]);
  const hidden = aTree(TREE).entries.filter(({ path }) => path === 'README.md');
  for (const { oid } of hidden) await expect(tree.read(oid)).rejects.toThrow('no part');
  expect(hidden).toHaveLength(1);
});

async function idOf(files: Files, to: string): Promise<string> {
  return (await composeTree([own(aTree(files), aCopy('**', to))])).tree.id;
}

test('the id names the content, by paths and bytes', async () => {
  const ids = await Promise.all([idOf(TREE, ''), idOf(TREE, ''), idOf(TREE, 'x/'), idOf({ ...TREE, more: '' }, '')]);
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(3);
});

const aPart = fc.constantFrom('a', 'b', 'Chart.yaml', '.x', 'ü', '-', '..y');
const aPath = fc.array(aPart, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const aFile: fc.Arbitrary<FakeFile> = fc.oneof(fc.string(), fc.record({ link: fc.constant('a') }));

/** Paths where none is a folder to another. */
const someFiles = fc.dictionary(aPath, aFile, { minKeys: 1, maxKeys: 8 }).map((files): Files => {
  const paths = Object.keys(files);
  const isTree = (path: string) => !paths.some((other) => other.startsWith(`${path}/`));
  return Object.fromEntries(Object.entries(files).filter(([path]) => isTree(path)));
});

test('all of a tree, copied to the root, is that tree without its links', async () => {
  await fc.assert(
    fc.asyncProperty(someFiles, async (files) => {
      const left = Object.fromEntries(Object.entries(files).filter(([, file]) => typeof file === 'string'));
      fc.pre(Object.keys(left).length > 0);
      const { tree } = await composeTree([own(aTree(files), aCopy('**', ''))]);
      expect(tree.entries).toEqual(aTree(left).entries);
    }),
  );
});
