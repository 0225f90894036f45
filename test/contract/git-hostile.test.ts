import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type LocalRepository, openRepository } from '../../src/adapters/git/repository.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { parseOid } from '../../src/model/ids.ts';
import type { SourceTree } from '../../src/ports/source-tree.ts';
import {
  type ACommit,
  aFolder,
  type AGitRepository,
  aGitRepository,
  runGit,
  writeFiles,
} from '../builders/git-repository.ts';
import { blobOid } from '../fakes/source-tree.ts';

const cleanUp: (() => Promise<void> | void)[] = [];

function scratch(): string {
  const path = aFolder();
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

afterEach(async () => {
  for (const release of cleanUp.splice(0).toReversed()) await release();
});

function given(commits: readonly ACommit[], options?: { readonly bare: boolean }): AGitRepository {
  const real = aGitRepository(commits, options);
  cleanUp.push(real.remove);
  return real;
}

async function open(folder: string, options?: { readonly maxBlobBytes: number }): Promise<LocalRepository> {
  const repository = await openRepository(toolRunner(), folder, options);
  cleanUp.push(() => repository.close());
  return repository;
}

const numbered = (change: Readonly<Record<number, string>>) =>
  Array.from({ length: 20 }, (_, index) => `${change[index + 1] ?? index + 1}\n`).join('');

/** Both sides write the same files, in other lines: drivers, if any ran, would be asked about each. */
const STORY: readonly ACommit[] = [
  {
    name: 'start',
    files: { '.gitattributes': '* merge=evil diff=evil filter=evil\n', 'a.yaml': numbered({}), 'b.yaml': 'b\n' },
  },
  {
    name: 'base',
    parents: ['start'],
    files: {
      '.gitattributes': '* merge=evil diff=evil filter=evil\n',
      'a.yaml': numbered({ 2: 'two' }),
      'b.yaml': 'b\n',
    },
  },
  {
    name: 'head',
    parents: ['start'],
    files: {
      '.gitattributes': '* merge=evil diff=evil filter=evil\n',
      'a.yaml': numbered({ 15: 'fifteen' }),
      'b.yaml': 'B\n',
    },
  },
];

/** Every setting of a repository that is known to start a program, and the hooks. */
function arm({ git, folder }: AGitRepository): string {
  const canary = join(scratch(), 'canary');
  const script = join(folder, '.git', 'evil.sh');
  writeFiles(folder, {
    '.git/evil.sh': { script: `echo "$0 $*" >> ${canary}; cat >/dev/null 2>&1 </dev/null; exit 1` },
  });
  const settings =
    'core.fsmonitor core.pager core.editor core.sshCommand core.askPass core.gitProxy core.alternateRefsCommand diff.external ' +
    'diff.evil.command diff.evil.textconv merge.evil.driver filter.evil.clean filter.evil.smudge filter.evil.process gpg.program ' +
    'remote.origin.uploadpack credential.helper pager.diff-tree pager.ls-tree alias.ls-tree alias.merge-tree alias.rev-parse ' +
    'interactive.diffFilter uploadpack.packObjectsHook';
  for (const setting of settings.split(' '))
    git('config', setting, setting.startsWith('alias') ? `!${script}` : script);
  git('config', 'filter.evil.required', 'true');
  for (const protocol of ['ext', 'file', 'ssh']) git('config', `protocol.${protocol}.allow`, 'always');
  git('config', 'core.attributesFile', join(folder, '.git', 'more-attributes'));
  const evil = '* merge=evil diff=evil filter=evil\n';
  writeFiles(folder, { '.git/info/attributes': evil, '.git/more-attributes': evil });
  for (const hook of [
    'post-index-change',
    'reference-transaction',
    'pre-auto-gc',
    'post-checkout',
    'fsmonitor-watchman',
  ]) {
    writeFiles(folder, { [`.git/hooks/${hook}`]: { script: `echo hook >> ${canary}` } });
  }
  return canary;
}

async function everything(repository: LocalRepository): Promise<SourceTree> {
  const [base, head] = [await repository.resolve('base'), await repository.resolve('head')];
  const merge = await repository.merge(base, head);
  const tree = await repository.tree(parseOid('tree' in merge ? merge.tree : ''));
  for (const { oid, mode } of tree.entries) if (mode !== '160000') await tree.read(oid);
  await repository.hunks(base, head);
  await repository.defaultBranch().catch(() => undefined);
  await repository.remoteUrl('origin');
  return tree;
}

/** What `find -printf` would show: every path with its kind, size, time and content. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((path) => {
      const { mode, size, mtimeMs, ino } = lstatSync(join(folder, path));
      return [path, mode, size, mtimeMs, ino].join(' ');
    });
}

async function text(tree: SourceTree, path: string): Promise<string> {
  const entry = tree.entries.find((one) => one.path === path);
  return entry === undefined ? 'absent' : Buffer.from(await tree.read(entry.oid)).toString();
}

describe('a repository whose configuration is hostile (A15)', () => {
  test('runs nothing, and its drivers change nothing', async () => {
    const real = given(STORY);
    const canary = arm(real);
    writeFiles(real.folder, { 'a.yaml': 'changed\n' });
    const repository = await open(real.folder);
    const tree = await everything(repository);
    expect(await text(tree, 'a.yaml')).toBe(numbered({ 2: 'two', 15: 'fifteen' }));
    expect(await text(await repository.tree(await repository.worktreeTree()), 'a.yaml')).toBe('changed\n');
    expect(existsSync(canary)).toBe(false);
    // The trap is live: git itself falls into it.
    spawnSync('git', ['status'], { cwd: real.folder });
    expect(readFileSync(canary, 'utf8')).toContain('evil.sh');
  });

  test('is the same after as before', async () => {
    const real = given(STORY);
    real.git('repack', '-a', '-d', '--quiet');
    // The content of b.yaml is in the repository already: git touches the time of an object that it finds again.
    writeFiles(real.folder, { 'a.yaml': 'changed\n', 'b.yaml': 'b\n', 'new/file.yaml': 'new\n' });
    const before = snapshot(real.folder);
    const repository = await open(real.folder);
    await everything(repository);
    await repository.worktreeTree();
    expect(snapshot(real.folder)).toEqual(before);
  });

  test('a partial clone does not fetch what is missing', async () => {
    const real = given(STORY);
    const canary = arm(real);
    real.git('config', 'core.repositoryformatversion', '1');
    real.git('config', 'extensions.partialClone', 'origin');
    real.git('config', 'remote.origin.url', real.folder);
    real.git('config', 'remote.origin.promisor', 'true');
    const oid = blobOid('B\n');
    rmSync(join(real.folder, '.git', 'objects', oid.slice(0, 2), oid.slice(2)));
    const repository = await open(real.folder);
    const tree = await repository.tree(await repository.resolve('head'));
    await expect(tree.read(oid)).rejects.toMatchObject({ code: 'MISSING' });
    expect(await text(tree, 'a.yaml')).toBe(numbered({ 15: 'fifteen' }));
    await expect(repository.resolve('3'.repeat(40))).rejects.toMatchObject({ code: 'UNKNOWN_REF' });
    const start = real.ids['start'] ?? '';
    rmSync(join(real.folder, '.git', 'objects', start.slice(0, 2), start.slice(2)));
    await expect(repository.resolve('head~2')).rejects.toMatchObject({ code: 'UNKNOWN_REF' });
    expect(existsSync(canary)).toBe(false);
    // The trap is live: git itself asks the remote.
    spawnSync('git', ['rev-parse', 'head~2'], { cwd: real.folder });
    expect(readFileSync(canary, 'utf8')).toContain('evil.sh');
  });

  test('replaced objects and grafts do not change what a commit holds', async () => {
    const real = given(STORY);
    real.git('replace', real.ids['head'] ?? '', real.ids['start'] ?? '');
    real.git('replace', blobOid('B\n'), blobOid('b\n'));
    writeFiles(real.folder, { '.git/info/grafts': `${real.ids['head']}\n` });
    const tree = await everything(await open(real.folder));
    expect(await text(tree, 'b.yaml')).toBe('B\n');
  });

  test('core.worktree does not lead elsewhere', async () => {
    const real = given(STORY);
    real.git('config', 'core.worktree', '/no/such/folder');
    const tree = await everything(await open(real.folder));
    expect(await text(tree, 'b.yaml')).toBe('B\n');
  });
});

describe('names that git stores (A16)', () => {
  const NAMES = [
    '$(touch pwn).yaml',
    '`id`.yaml',
    '-rf.yaml',
    '--output=x',
    'new\nline',
    '"quoted"',
    "it's",
    '@everyone.yaml',
    'tab\there',
    'ünï',
    '\\xff',
  ];

  test('are listed, read, compared and merged as they are', async () => {
    const files = Object.fromEntries(NAMES.map((name) => [name, 'a\n']));
    const real = given([
      { name: 'start', files: { x: 'x\n' } },
      { name: 'base', parents: ['start'], files: { x: 'y\n' } },
      { name: 'head', parents: ['start'], files: { x: 'x\n', ...files } },
      { name: 'clash', parents: ['start'], files: Object.fromEntries(NAMES.map((name) => [name, 'clash\n'])) },
    ]);
    const repository = await open(real.folder);
    const written = NAMES.map((name) => (name === '\\xff' ? '\\x5cxff' : name)).toSorted();
    const tree = await everything(repository);
    expect(tree.entries.map(({ path }) => path)).toEqual([...written, 'x'].toSorted());
    const [base, head, clash] = [
      await repository.resolve('base'),
      await repository.resolve('head'),
      await repository.resolve('clash'),
    ];
    expect((await repository.hunks(base, head)).map(({ file }) => file).toSorted()).toEqual(written);
    expect(await repository.merge(head, clash)).toMatchObject({ status: 'conflict', files: written });
  });

  test('bytes that are no UTF-8 have a text form and can be read', async () => {
    const real = given([{ name: 'start', files: { x: 'x\n' } }]);
    const blob = real.gitWithInput('odd\n', 'hash-object', '-w', '--stdin');
    const line = Buffer.concat([Buffer.from(`100644 ${blob} 0\t`), Buffer.from([0x61, 0xff, 0]), Buffer.from('')]);
    real.gitWithInput(line, 'update-index', '-z', '--index-info');
    const commit = real.gitWithInput('odd', 'commit-tree', real.git('write-tree'), '-p', 'start');
    real.git('update-ref', 'refs/heads/odd', commit);
    const repository = await open(real.folder);
    const tree = await repository.tree(await repository.resolve('odd'));
    expect(await text(tree, 'a\\xff')).toBe('odd\n');
    const hunks = await repository.hunks(await repository.resolve('start'), await repository.resolve('odd'));
    expect(hunks.map(({ file }) => file)).toEqual(['a\\xff']);
  });
});

describe('branches of any name (A13, A14)', () => {
  test.each([
    'a;touch${IFS}x',
    '$(id)',
    'a`id`b',
    'a|b',
    '@mention',
    '<img>',
    `a'b"c`,
    'pull/1',
    '-x',
    '--help',
    '--upload-pack=touch x'.replace(' ', '_'),
    'ü',
  ])('%s is a branch like any other', async (name) => {
    const real = given([{ name: 'start', files: { x: 'x\n' } }]);
    real.git('update-ref', `refs/heads/${name}`, real.ids['start'] ?? '');
    const repository = await open(real.folder);
    expect(await repository.resolve(name)).toBe(real.ids['start']);
    expect(await repository.resolve(`refs/heads/${name}`)).toBe(real.ids['start']);
  });

  test.each(['--all', '--git-dir=/', '-q', '--not', 'start..head', '^start', 'start:x', 'start^{tree}', '@{u}', '*'])(
    '%s is no commit',
    async (name) => {
      const repository = await open(given(STORY).folder);
      await expect(repository.resolve(name)).rejects.toMatchObject({ code: 'UNKNOWN_REF' });
    },
  );

  test('an annotated tag is its commit', async () => {
    const real = given(STORY);
    real.git('tag', '-a', '-m', 'one', 'v1', 'base');
    expect(await (await open(real.folder)).resolve('v1')).toBe(real.ids['base']);
  });
});

describe('links and submodules (A3, A15)', () => {
  test('a link is listed, its target is never read', async () => {
    const real = given([
      {
        name: 'start',
        files: { passwd: { link: '/etc/passwd' }, up: { link: '../../../..' }, self: { link: 'self' } },
      },
    ]);
    const repository = await open(real.folder);
    for (const tree of [
      await repository.tree(await repository.resolve('start')),
      await repository.tree(await repository.worktreeTree()),
    ]) {
      expect(tree.entries.map(({ path, mode }) => [path, mode])).toEqual([
        ['passwd', '120000'],
        ['self', '120000'],
        ['up', '120000'],
      ]);
      expect(await text(tree, 'passwd')).toBe('/etc/passwd');
    }
  });

  test('a submodule is listed by its commit and never looked into', async () => {
    const inner = given(STORY);
    const recorded = inner.ids['head'] ?? '';
    inner.git('update-ref', 'HEAD', 'base');
    const canary = arm(inner);
    const modules = `[submodule "m"]\n\tpath = m\n\turl = file://${inner.folder}\n\tupdate = !touch ${canary}\n`;
    const real = given([{ name: 'start', files: { '.gitmodules': modules, m: { submodule: recorded } } }]);
    rmSync(join(real.folder, 'm'), { recursive: true });
    for (const name of ['m', 'nested']) execFileSync('cp', ['-a', inner.folder, join(real.folder, name)]);
    const repository = await open(real.folder);
    const tree = await repository.tree(await repository.worktreeTree());
    expect(tree.entries.map(({ path, mode, oid }) => [path, mode, oid])).toEqual([
      ['.gitmodules', '100644', blobOid(modules)],
      ['m', '160000', recorded],
    ]);
    expect(existsSync(canary)).toBe(false);
  });
});

describe('where a repository is', () => {
  test('is found from a folder below its working tree', async () => {
    const real = given(STORY);
    mkdirSync(join(real.folder, 'deep', 'er'), { recursive: true });
    expect((await open(join(real.folder, 'deep', 'er'))).workTree).toBe(real.folder);
  });

  test('is found for a bare repository that is named, not for one that lies in a working tree', async () => {
    const bare = given(STORY, { bare: true });
    expect((await open(bare.folder)).workTree).toBeUndefined();
    const real = given(STORY);
    execFileSync('cp', ['-a', bare.folder, join(real.folder, 'x')]);
    mkdirSync(join(real.folder, 'x', 'sub'));
    expect((await open(join(real.folder, 'x', 'sub'))).workTree).toBe(real.folder);
  });

  test('is found for an added worktree', async () => {
    const real = given(STORY);
    const folder = join(scratch(), 'added');
    real.git('worktree', 'add', '--quiet', '--detach', folder, 'base');
    writeFiles(folder, { 'b.yaml': 'added\n' });
    const repository = await open(folder);
    expect(await repository.resolve('HEAD')).toBe(real.ids['base']);
    expect(await text(await repository.tree(await repository.worktreeTree()), 'b.yaml')).toBe('added\n');
    expect(await text(await everything(repository), 'b.yaml')).toBe('B\n');
  });

  test.each([
    ['nowhere', '/no/such/folder'],
    ['in no repository', '/'],
  ])('is said to be %s', async (_, folder) => {
    await expect(openRepository(toolRunner(), folder)).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });

  test('may have a name that lists of paths would split', async () => {
    const real = given(STORY);
    const odd = join(scratch(), 'a:b "c" d');
    execFileSync('cp', ['-a', real.folder, odd]);
    expect(await text(await everything(await open(odd)), 'b.yaml')).toBe('B\n');
  });

  test('may have objects of another repository by reference', async () => {
    const real = given(STORY);
    const clone = join(scratch(), 'clone');
    runGit(real.folder, ['clone', '--quiet', '--shared', '--bare', real.folder, clone]);
    expect(await text(await everything(await open(clone)), 'b.yaml')).toBe('B\n');
  });

  test('may name its objects by SHA-256', async () => {
    const folder = scratch();
    runGit(folder, ['init', '--quiet', '--object-format=sha256', '--initial-branch=main', '.']);
    writeFiles(folder, { 'a.yaml': 'a\n' });
    runGit(folder, ['add', '.']);
    runGit(folder, ['commit', '--quiet', '-m', 'one']);
    const repository = await open(folder);
    expect(await text(await repository.tree(await repository.resolve('main')), 'a.yaml')).toBe('a\n');
  });
});

describe('history that is not here', () => {
  test('is asked for, never guessed', async () => {
    const real = given(STORY);
    real.git('branch', '-D', 'start');
    const clone = join(scratch(), 'clone');
    runGit(real.folder, ['clone', '--quiet', '--depth=1', '--no-single-branch', `file://${real.folder}`, clone]);
    const repository = await open(clone);
    const [base, head] = [await repository.resolve('origin/base'), await repository.resolve('origin/head')];
    await expect(repository.merge(base, head)).rejects.toMatchObject({ code: 'SHALLOW' });
    await expect(repository.merge(base, head)).rejects.toThrow('git fetch --unshallow');
    await expect(repository.hunks(base, head)).rejects.toMatchObject({ code: 'SHALLOW' });
  });

  test('a lost commit is no beginning either', async () => {
    const real = given(STORY);
    const start = real.ids['start'] ?? '';
    // What a commit graph says of a commit is not believed: it may have come with the repository.
    real.git('commit-graph', 'write', '--reachable');
    const repository = await open(real.folder);
    const [base, head] = [await repository.resolve('base'), await repository.resolve('head')];
    rmSync(join(real.folder, '.git', 'objects', start.slice(0, 2), start.slice(2)));
    await expect(repository.merge(base, head)).rejects.toMatchObject({ code: 'SHALLOW' });
  });
});

describe('reading', () => {
  test('a blob beyond the limit is refused, one at the limit and those after it are read', async () => {
    const real = given([{ name: 'start', files: { big: 'x'.repeat(1001), fits: 'y'.repeat(1000), small: 's' } }]);
    const repository = await open(real.folder, { maxBlobBytes: 1000 });
    const tree = await repository.tree(await repository.resolve('start'));
    const results = await Promise.allSettled(tree.entries.map(({ oid }) => tree.read(oid)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await expect(text(tree, 'big')).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test('a damaged object fails alone', async () => {
    const real = given([{ name: 'start', files: { a: 'damaged', b: 'b', c: 'c' } }]);
    const oid = blobOid('damaged');
    const file = join(real.folder, '.git', 'objects', oid.slice(0, 2), oid.slice(2));
    const repository = await open(real.folder);
    const tree = await repository.tree(await repository.resolve('start'));
    rmSync(file);
    writeFileSync(file, 'no zlib stream');
    const results = await Promise.allSettled(tree.entries.map(({ oid: id }) => tree.read(id)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  test('nothing can be read once it is closed', async () => {
    const repository = await open(given(STORY).folder);
    const tree = await repository.tree(await repository.resolve('head'));
    await repository.close();
    await expect(text(tree, 'b.yaml')).rejects.toMatchObject({ code: 'GIT' });
  });
});

describe('the working tree', () => {
  test('is what lies there: changed, removed, new and not ignored', async () => {
    const real = given([
      {
        name: 'start',
        files: { '.gitignore': 'ignored\nkept\n', a: 'a\n', gone: 'g\n', kept: 'k\n', same: 's\n', 'd/e': 'e\n' },
      },
    ]);
    writeFiles(real.folder, {
      a: 'changed\r\n',
      ignored: 'i\n',
      kept: 'k2\n',
      'new/n\nl': 'n\n',
      'd/e': { link: '/etc' },
      '.git/info/exclude': 'excluded\n',
      excluded: 'x\n',
    });
    rmSync(join(real.folder, 'gone'));
    const repository = await open(real.folder);
    const tree = await repository.tree(await repository.worktreeTree());
    const files = await Promise.all(tree.entries.map(async ({ path, mode }) => [path, mode, await text(tree, path)]));
    expect(files).toEqual([
      ['.gitignore', '100644', 'ignored\nkept\n'],
      ['a', '100644', 'changed\r\n'],
      ['d/e', '120000', '/etc'],
      ['kept', '100644', 'k2\n'],
      ['new/n\nl', '100644', 'n\n'],
      ['same', '100644', 's\n'],
    ]);
  });

  test('an unchanged one is the tree of its commit, staged or not', async () => {
    const real = given(STORY);
    const repository = await open(real.folder);
    const head = await repository.tree(await repository.resolve('HEAD'));
    expect(await repository.worktreeTree()).toBe(head.id);
    writeFiles(real.folder, { 'staged.yaml': 's\n' });
    real.git('-c', 'core.attributesFile=/dev/null', 'add', 'staged.yaml');
    expect(await text(await repository.tree(await repository.worktreeTree()), 'staged.yaml')).toBe('s\n');
  });

  test('line ends are taken as they are, whatever attributes say', async () => {
    const real = given([{ name: 'start', files: { '.gitattributes': '* text=auto eol=crlf ident\n', a: 'x\n' } }]);
    writeFiles(real.folder, { a: '$Id: x$\r\n' });
    const repository = await open(real.folder);
    expect(await text(await repository.tree(await repository.worktreeTree()), 'a')).toBe('$Id: x$\r\n');
  });

  test('files outside a sparse checkout are not removed', async () => {
    const real = given([{ name: 'start', files: { 'in/a': 'a\n', 'out/b': 'b\n' } }]);
    real.git('sparse-checkout', 'set', 'in');
    expect(existsSync(join(real.folder, 'out'))).toBe(false);
    const repository = await open(real.folder);
    const tree = await repository.tree(await repository.worktreeTree());
    expect(tree.entries.map(({ path }) => path)).toEqual(['in/a', 'out/b']);
  });

  test('a bare repository has none', async () => {
    await expect((await open(given(STORY, { bare: true }).folder)).worktreeTree()).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
    });
  });
});

describe('what the command line asks', () => {
  const ONE: readonly ACommit[] = [{ name: 'work', files: { x: 'x\n' } }];
  test.each<[string, readonly string[], string, string]>([
    [
      'what origin says, as the branch here',
      ['refs/heads/trunk', 'refs/remotes/origin/trunk', 'refs/heads/main'],
      'trunk',
      'refs/heads/trunk',
    ],
    [
      'what origin says, as the branch there',
      ['refs/remotes/origin/trunk', 'refs/heads/main'],
      'trunk',
      'refs/remotes/origin/trunk',
    ],
    ['main', ['refs/heads/master', 'refs/heads/main'], 'main', 'refs/heads/main'],
    ['main of origin', ['refs/heads/master', 'refs/remotes/origin/main'], 'main', 'refs/remotes/origin/main'],
    ['master', ['refs/heads/master'], 'master', 'refs/heads/master'],
  ])('the default branch is %s', async (_, refs, name, ref) => {
    const real = given(ONE);
    for (const one of refs) real.git('update-ref', one, real.ids['work'] ?? '');
    if (refs.includes('refs/remotes/origin/trunk'))
      real.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
    expect(await (await open(real.folder)).defaultBranch()).toEqual({ name, ref });
  });

  test('no default branch is said, with what to do', async () => {
    await expect((await open(given(ONE).folder)).defaultBranch()).rejects.toThrow('--base');
  });

  test.each([
    ['https://github.com/acme/clusters.git', 'https://github.com/acme/clusters.git'],
    ['https://x-access-token:canary@github.com/acme/clusters', 'https://github.com/acme/clusters'],
    ['git@github.com:acme/clusters.git', 'git@github.com:acme/clusters.git'],
    ['', ''],
  ])('the remote %j is told as %j', async (url, expected) => {
    const real = given(ONE);
    if (url !== '') real.git('remote', 'add', 'origin', url);
    expect(await (await open(real.folder)).remoteUrl('origin')).toBe(expected);
  });
});
