import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Verdict } from '../../src/model/verdict.ts';
import { type AGitRepository, aGitRepository, runGit, writeFiles } from '../builders/git-repository.ts';

// Each starts the program itself, some more than once.
jest.setTimeout(60_000);

const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 60_000;
/** Nothing is kept where the user keeps things. */
const CACHE = mkdtempSync(join(tmpdir(), 'presync-cache-'));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Call {
  readonly cwd?: string;
  readonly stdin?: string;
}

function run(program: string, args: readonly string[], { cwd = ROOT, stdin = '' }: Call = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', XDG_CACHE_HOME: CACHE };
    const options = { cwd, env, maxBuffer: 64 * 1024 * 1024, timeout: TIMEOUT_MS };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : Number(error.code ?? -1);
      resolve({ status, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

/** The program itself. Whatever it is told, a user never sees a stack trace. */
async function presync(args: readonly string[], call: Call = {}): Promise<Ended> {
  const ended = await run(process.execPath, [join(ROOT, 'src', 'main.ts'), ...args], call);
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  return ended;
}

async function verdictOf(
  args: readonly string[],
  call: Call = {},
): Promise<{ readonly status: number; readonly verdict: Verdict }> {
  const { status, stdout } = await presync(['check', '--format', 'json', ...args], call);
  return { status, verdict: JSON.parse(stdout) };
}

const application = (path: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web, namespace: argocd }
spec:
  project: default
  source: { repoURL: "https://github.com/acme/clusters", path: "${path}" }
  destination: { name: production, namespace: web }
`;
const configMap = (value: string, name = 'web') => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: web }
data: { greeting: "${value}" }
`;
const everything = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: everything }
rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]
`;
const BAD = 'many/below/bad role.yaml:4';
const BASE = {
  'argocd/web.yaml': application('apps/web'),
  'apps/web/web.yaml': configMap('hello'),
  'docs/notes.md': 'notes\n',
};
const URL = ['--repo-url', 'https://github.com/acme/clusters'];

const world: { repository: AGitRepository; folder: string } = {} as never;

beforeAll(() => {
  const repository = aGitRepository([
    { name: 'main', files: BASE },
    { name: 'fine', parents: ['main'], files: { ...BASE, 'apps/web/web.yaml': configMap('good day') } },
    { name: 'bad', parents: ['main'], files: { ...BASE, 'apps/web/role.yaml': everything } },
    {
      name: 'broken',
      parents: ['main'],
      files: { ...BASE, 'apps/web/web.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: [' },
    },
    { name: 'ours', parents: ['main'], files: { ...BASE, 'apps/web/web.yaml': configMap('salut') } },
    { name: 'feature', parents: ['main'], files: BASE },
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'presync cli '));
  Object.assign(world, { repository, folder });
});
afterAll(() => {
  rmSync(CACHE, { recursive: true, force: true });
  world.repository.remove();
  rmSync(world.folder, { recursive: true, force: true });
});

const change = (head: string, base = 'main') => [
  '--repo',
  world.repository.folder,
  '--base',
  base,
  '--head',
  head,
  ...URL,
];

describe('exit statuses', () => {
  test.each([
    ['a change that passes', 'fine', 0, 'passed'],
    ['a new finding that blocks', 'bad', 1, 'failed'],
    ['an app that cannot be rendered', 'broken', 2, 'errored'],
  ])('%s', async (_, head, status, conclusion) => {
    const checked = await verdictOf(change(head));
    expect({ status: checked.status, conclusion: checked.verdict.conclusion }).toEqual({ status, conclusion });
  });

  test.each([
    ['no command', [], 'presync COMMAND'],
    ['an unknown command', ['chekc'], 'there is no command "chekc"'],
    ['a name of Object.prototype', ['constructor'], 'there is no command'],
    ['a command that is not built yet: init', ['init'], '`presync init` is not built yet'],
    ['a command that is not built yet: doctor', ['doctor'], '`presync doctor` is not built yet'],
    ['an unknown option', ['check', '--frmat', 'json'], "Unknown option '--frmat'"],
    ['an option without its value', ['check', '--base'], '--base'],
    [
      'a format that is none',
      ['check', '--format', 'xml'],
      '--format xml is no format; there are text, json, markdown, sarif, junit and html',
    ],
    ['a format that there is not', ['render', '--format', 'toml'], 'toml'],
    ['a word that is no option', ['check', 'apps/'], '"apps/" is no option'],
    ['both a head and the working tree', ['check', '--head', 'main', '--worktree'], 'exclude one another'],
    ['manifests without a path', ['check', '--manifests'], 'wants files or folders'],
    ['manifests that are not there', ['check', '--manifests', 'no/such/file.yaml'], 'no/such/file.yaml cannot be read'],
    ['rules that are not there', ['check', '--config', 'no/such/file.yaml'], 'cannot read --config'],
  ])('64 for %s', async (_, args, says) => {
    const { status, stdout, stderr } = await presync(args);
    expect(status).toBe(64);
    expect(`${stdout}${stderr}`).toContain(says);
  });

  test.each([
    ['a folder that is not there', ['--repo', '/no/such/folder'], 'does not exist'],
    ['a folder in no repository', ['--repo', '/'], 'is in no git repository'],
  ])('2 for %s', async (_, args, says) => {
    const { status, stdout, stderr } = await presync(['check', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  test.each([
    'no-such-branch',
    '-x',
    '--help=x',
    '--output=/tmp/owned',
    'main..fine',
    'main:apps',
    '',
    'a\nb',
    '$(touch owned)',
  ])('2 for the head %j, which is no commit', async (head) => {
    const { status, stdout, stderr } = await presync([
      'check',
      '--repo',
      world.repository.folder,
      '--base',
      'main',
      `--head=${head}`,
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('is no branch, tag or commit of this clone');
  });
});

const keys = (value: object | undefined) => Object.keys(value ?? {});

describe('what goes where', () => {
  test('results go to stdout alone, problems to stderr alone', async () => {
    const fine = await presync(['check', ...change('fine')]);
    expect({ status: fine.status, stderr: fine.stderr }).toEqual({ status: 0, stderr: '' });
    expect(fine.stdout).toContain('ConfigMap web/web');
    const wrong = await presync(['check', '--repo', world.repository.folder, '--head', 'nowhere']);
    expect(wrong.stdout).toBe('');
    expect(wrong.stderr).toMatch(/^presync: /);
  });

  test('--output takes the place of stdout, relative to where the user stands', async () => {
    const ended = await presync(['check', ...change('fine'), '--format', 'markdown', '--output', 'out put.md'], {
      cwd: world.folder,
    });
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(world.folder, 'out put.md'), 'utf8')).toContain('ConfigMap');
  });

  test('an --output that cannot be written is wrong usage', async () => {
    const { status, stderr } = await presync([
      'check',
      ...change('fine'),
      '--output',
      join(world.folder, 'no', 'such', 'folder.json'),
    ]);
    expect(status).toBe(64);
    expect(stderr).toContain('cannot write --output');
  });

  test('two runs are equal apart from their times', async () => {
    const [first, second] = await Promise.all([verdictOf(change('bad')), verdictOf(change('bad'))]);
    expect({ ...first.verdict, timings: {} }).toEqual({ ...second.verdict, timings: {} });
  });

  test('the keys are those of docs/cli.md, in its order', async () => {
    const { verdict } = await verdictOf(change('bad'));
    const page = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8');
    const table = page.slice(page.indexOf('## `check --format json`'), page.indexOf('## `render --format json`'));
    const rows = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell);
    const told = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)(?:\[\])?`/g)].map(([, key]) => key));
    expect(Object.keys(verdict)).toEqual(['schema', ...told]);
    expect(verdict.versions).toMatchObject({
      presync: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
    });
    expect(keys(verdict.apps[0])).toEqual([
      'id',
      'kind',
      'name',
      'namespace',
      'cluster',
      'path',
      'change',
      'outcome',
      'reason',
      'objects',
    ]);
    expect(keys(verdict.apps[0]?.objects)).toEqual(['added', 'changed', 'removed', 'total']);
    expect(keys(verdict.changes[0])).toEqual(['app', 'change', 'object', 'differences']);
    expect(keys(verdict.checks[0])).toEqual(['id', 'outcome', 'reason']);
    expect(keys(verdict.findings[0])).toEqual([
      'rule',
      'alias',
      'severity',
      'blocking',
      'status',
      'app',
      'object',
      'pointer',
      'message',
      'why',
      'fix',
      'location',
    ]);
    expect(keys(verdict.findings[0]?.object ?? undefined)).toEqual(['apiVersion', 'kind', 'namespace', 'name']);
    expect(keys(verdict.findings[0]?.location ?? undefined)).toEqual(['file', 'line', 'endLine']);
  });
});

describe('which repository', () => {
  test('any folder of it will do', async () => {
    const { status } = await verdictOf(['--repo', 'apps/web', '--base', 'main', '--head', 'fine', ...URL], {
      cwd: world.repository.folder,
    });
    expect(status).toBe(0);
  });

  test('a bare one, with blanks in its path, will do', async () => {
    const bare = join(world.folder, 'bare copy.git');
    runGit(world.folder, ['clone', '--quiet', '--bare', world.repository.folder, bare]);
    const { status, verdict } = await verdictOf(
      ['--repo', 'bare copy.git', '--base', 'main', '--head', 'fine', ...URL],
      { cwd: world.folder },
    );
    expect({ status, changed: verdict.changes.length }).toEqual({ status: 0, changed: 1 });
  });

  test('npm run resolves paths from where the user stands', async () => {
    const ended = await run(
      'npm',
      [
        '--prefix',
        ROOT,
        'run',
        '--silent',
        'presync',
        '--',
        'check',
        '--repo',
        '.',
        '--base',
        'main',
        '--head',
        'fine',
        '--format',
        'json',
        ...URL,
      ],
      {
        cwd: join(world.repository.folder, 'apps'),
      },
    );
    expect(JSON.parse(ended.stdout)).toMatchObject({ conclusion: 'passed', base: world.repository.ids['main'] });
    expect(ended.status).toBe(0);
  });

  test('a shallow clone is told what to fetch', async () => {
    const shallow = join(world.folder, 'shallow');
    runGit(world.folder, ['init', '--quiet', '--bare', shallow]);
    const branches = ['refs/heads/ours:refs/heads/ours', 'refs/heads/fine:refs/heads/fine'];
    runGit(shallow, ['fetch', '--quiet', '--depth=1', pathToFileURL(world.repository.folder).href, ...branches]);
    const { status, stderr } = await presync(['check', '--repo', shallow, '--base', 'ours', '--head', 'fine']);
    expect(status).toBe(2);
    expect(stderr).toContain('git fetch --unshallow');
  });

  test('a conflict is a verdict of its own, with the files and what to do', async () => {
    const { status, verdict } = await verdictOf(change('fine', 'ours'));
    expect(status).toBe(2);
    expect(verdict).toMatchObject({
      conclusion: 'errored',
      tree: '',
      apps: [],
      checks: [{ id: 'merge', outcome: 'errored' }],
    });
    expect(verdict.checks[0]?.reason).toContain('apps/web/web.yaml');
  });
});

/** Names, sizes and times of all that git keeps. */
function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}

describe('--worktree', () => {
  test('sees changed, new and removed files as they lie there, and writes nothing', async () => {
    const copy = join(world.folder, 'work');
    cpSync(world.repository.folder, copy, { recursive: true });
    runGit(copy, ['checkout', '--quiet', '--force', 'feature']);
    writeFiles(copy, {
      'apps/web/web.yaml': configMap('dirty'),
      'apps/web/new file.yaml': configMap('new', 'untracked'),
    });
    const before = stateOf(copy);
    const { status, verdict } = await verdictOf(['--repo', copy, '--base', 'main', '--worktree', ...URL]);
    expect(status).toBe(0);
    expect(verdict.changes.map(({ change: how, object }) => [how, object.name])).toEqual([
      ['added', 'untracked'],
      ['changed', 'web'],
    ]);
    expect(stateOf(copy)).toEqual(before);
  });
});

describe('--config', () => {
  test('stands in place of the rules of the repository, which then have no say', async () => {
    writeFileSync(
      join(world.folder, 'rules.yaml'),
      'version: 1\nignore: ["apps/**", "argocd/**"]\nrbac: { block: critical }\n',
    );
    writeFileSync(join(world.folder, 'wrong.yaml'), 'version: 1\nignoer: []\n');
    const fine = await verdictOf([...change('bad'), '--config', 'rules.yaml'], { cwd: world.folder });
    expect(fine.status).toBe(1);
    const wrong = await verdictOf([...change('bad'), '--config', 'wrong.yaml'], { cwd: world.folder });
    expect({ status: wrong.status, checks: wrong.verdict.checks }).toEqual({
      status: 2,
      checks: [{ id: 'policy', outcome: 'errored', reason: expect.stringMatching(/wrong\.yaml.*ignoer/s) }],
    });
  });
});

describe('--manifests', () => {
  beforeAll(() => {
    mkdirSync(join(world.folder, 'many', 'below'), { recursive: true });
    writeFileSync(join(world.folder, 'many', 'fine.yaml'), configMap('x'));
    writeFileSync(join(world.folder, 'many', 'below', 'bad role.yaml'), everything);
    writeFileSync(join(world.folder, 'many', 'notes.md'), '# notes');
  });

  test.each([
    { name: 'a file', args: ['many/fine.yaml'], status: 0 },
    { name: 'a file with a blank in its name', args: ['many/below/bad role.yaml'], status: 1, files: [BAD] },
    { name: 'a folder and what lies below it', args: ['many'], status: 1, files: [BAD] },
    { name: 'several', args: ['many/fine.yaml', 'many/below'], status: 1, files: [BAD] },
    { name: 'standard input', args: ['-'], stdin: everything, status: 1, files: ['stdin.yaml:4'] },
    {
      name: 'standard input that is no manifest',
      args: ['-'],
      stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: [',
      status: 2,
    },
  ])('$name', async ({ args, stdin = '', status, files = [] }) => {
    const checked = await verdictOf(['--manifests', ...args], { cwd: world.folder, stdin });
    const blocking = checked.verdict.findings.filter((one) => one.blocking);
    const states = [...new Set(blocking.map((one) => one.status))];
    const places = blocking.map(({ location }) => `${location?.file}:${location?.line}`);
    expect({ status: checked.status, states, files: [...new Set(places)] }).toEqual({
      status,
      states: status === 1 ? ['new'] : [],
      files,
    });
  });
});

describe('render', () => {
  test('gives the objects of each app, and says which could not be rendered', async () => {
    const { folder } = world.repository;
    const fine = await presync(['render', '--repo', folder, '--ref', 'main', '--format', 'json', ...URL]);
    const report = JSON.parse(fine.stdout);
    expect({ status: fine.status, keys: Object.keys(report) }).toEqual({
      status: 0,
      keys: ['schema', 'versions', 'apps', 'errors'],
    });
    expect(report.versions).toHaveProperty('presync');
    const broken = await presync(['render', '--repo', folder, '--ref', 'broken', ...URL]);
    expect(broken.status).toBe(2);
    expect(broken.stderr).toContain('Application:production/argocd/web: ');
  });

  test('an app that there is not is named, with those that there are', async () => {
    const { status, stdout, stderr } = await presync([
      'render',
      '--repo',
      world.repository.folder,
      '--ref',
      'main',
      '--app',
      'nobody',
      ...URL,
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Application:production/argocd/web');
  });
});
