import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { cachedEngine } from '../../src/adapters/engine/render-cache.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { sameInputs } from '../../src/model/closure.ts';
import { type Engine, EngineError, type EngineRequest } from '../../src/ports/engine.ts';
import { aCache } from '../builders/cache.ts';
import { anEngine } from '../fakes/engine.ts';
import { aTree, blobOid, type FakeFile } from '../fakes/source-tree.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'engine', 'bin', 'presync-engine');
const isBuilt = existsSync(BINARY);
const never = new AbortController().signal;

if (!isBuilt) {
  if (process.env['CI'] !== undefined)
    throw new Error('the engine is not built: run "npm run engine" before the tests');
  process.stderr.write('the engine contract is skipped for the real engine: it is not built (npm run engine)\n');
}

const config = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

function load(files: Readonly<Record<string, FakeFile>>, path = '/app'): EngineRequest {
  return { operation: 'directory.load', mounts: [{ at: '/', tree: aTree(files) }], input: { path } };
}

const openReal = (): Engine => engineOf({ runner: toolRunner(), binary: BINARY });
const engines: readonly (readonly [string, () => Engine])[] = [
  ['the fake', () => anEngine()],
  ...(isBuilt ? ([['the real one', openReal]] as const) : []),
];

describe.each(engines)('an engine, %s', (_, open) => {
  const engine = open();
  afterAll(() => engine.close());

  test('says what it is and how it is confined', async () => {
    const { sandbox } = await engine.versions();
    expect(['seccomp', 'none']).toContain(sandbox);
  });

  test('answers objects with where they came from', async () => {
    const { objects } = await engine.run(
      load({ 'app/a.json': config('a'), 'app/b.json': config('b'), 'other/c.json': config('c') }),
      never,
    );
    expect(objects.map(({ manifest, origin }) => [manifest, origin.path])).toEqual([
      [JSON.parse(config('a')), 'app/a.json'],
      [JSON.parse(config('b')), 'app/b.json'],
    ]);
  });

  test('says what it looked at: another tree is the same input exactly where that is the same', async () => {
    const request = load({ 'app/a.json': config('a'), 'other/c.json': config('c') });
    const { reads } = await engine.run(request, never);
    const tree = (files: Readonly<Record<string, FakeFile>>) => aTree({ 'app/a.json': config('a'), ...files });
    const before = tree({ 'other/c.json': config('c') });
    expect(reads.find(({ at }) => at === '/')?.files).toEqual([['app/a.json', blobOid(config('a'))]]);
    expect(sameInputs(reads, before, tree({ 'other/c.json': config('d') }))).toBe(true);
    expect(sameInputs(reads, before, tree({ 'app/b.json': config('b') }))).toBe(false);
    expect(sameInputs(reads, before, tree({ 'app/a.json': config('x') }))).toBe(false);
  });

  test('what cannot be read is an error that names the file and says what was read', async () => {
    const error = await engine.run(load({ 'app/a.json': '{ broken' }), never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'build', path: 'app/a.json' });
    expect((error as EngineError).reads[0]?.files).toEqual([['app/a.json', blobOid('{ broken')]]);
  });

  test('many requests at once have each its own answer', async () => {
    const names = Array.from({ length: 30 }, (__, index) => `n${index}`);
    const answers = await Promise.all(names.map((name) => engine.run(load({ 'app/a.json': config(name) }), never)));
    expect(answers.map(({ objects }) => objects[0]?.manifest)).toEqual(
      names.map((name) => JSON.parse(config(name)) as unknown),
    );
  });

  test('an abort is thrown as it is', async () => {
    await expect(engine.run(load({}), AbortSignal.abort(new Error('superseded')))).rejects.toThrow('superseded');
  });

  test('nothing runs once it is closed', async () => {
    const other = open();
    await other.close();
    await expect(other.run(load({}), never)).rejects.toMatchObject({ code: 'internal' });
  });
});

function build(files: Readonly<Record<string, FakeFile>>): EngineRequest {
  return { ...load(files), operation: 'kustomize.build' };
}

const kustomization = (text: string) => `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${text}`;

(isBuilt ? describe : describe.skip)('the protocol, spoken with the real engine', () => {
  const engine = engineOf({ runner: toolRunner(), binary: BINARY, processes: 1, limits: { inputBytes: 1_000_000 } });
  afterAll(() => engine.close());
  test('names what is linked', async () => {
    expect(Object.keys(await engine.versions())).toEqual(
      expect.arrayContaining(['helm', 'kustomize', 'argocd', 'flux', 'kubernetes', 'sandbox']),
    );
  });

  test('a kustomization is built, and what was absent is told', async () => {
    const files = {
      'app/kustomization.yml': kustomization('resources: [../base]\nnamePrefix: p-\n'),
      'base/kustomization.yaml': kustomization('resources: [c.yaml]\n'),
      'base/c.yaml': config('c'),
    };
    const { objects, reads } = await engine.run(build(files), never);
    expect(objects.map(({ manifest }) => manifest)).toEqual([JSON.parse(config('p-c'))]);
    expect(reads[0]?.files.map(([path]) => path)).toEqual(Object.keys(files).toSorted());
    expect(reads[0]?.absent).toContain('app/kustomization.yaml');
    expect(sameInputs(reads, aTree(files), aTree({ ...files, 'app/kustomization.yaml': kustomization('') }))).toBe(
      false,
    );
  });

  test('a link is followed inside the tree, and both ends are told', async () => {
    const files = {
      'app/kustomization.yaml': kustomization('resources: [c.yaml]\n'),
      'app/c.yaml': { link: 'real/c.yaml' },
      'app/real/c.yaml': config('c'),
    };
    const { objects, reads } = await engine.run(build(files), never);
    expect(objects).toHaveLength(1);
    const isSame = (more: Readonly<Record<string, FakeFile>>) =>
      sameInputs(reads, aTree(files), aTree({ ...files, ...more }));
    expect(isSame({ unrelated: 'x' })).toBe(true);
    expect(isSame({ 'app/c.yaml': { link: 'real/d.yaml' } })).toBe(false);
    expect(isSame({ 'app/real/c.yaml': config('d') })).toBe(false);
  });

  test('trees that it no longer keeps are given again', async () => {
    const first = build({
      'app/kustomization.yaml': kustomization('resources: [c.yaml]\n'),
      'app/c.yaml': config('first'),
    });
    await engine.run(first, never);
    for (let index = 0; index < 40; index += 1) await engine.run(load({ 'app/a.json': config(`t${index}`) }), never);
    const { objects } = await engine.run(first, never);
    expect(objects).toHaveLength(1);
  });

  test('a file that is too large is named', async () => {
    const request = load({ 'app/a.json': JSON.stringify('x'.repeat(2_000_000)) });
    await expect(engine.run(request, never)).rejects.toMatchObject({ code: 'limit', path: 'app/a.json' });
  });

  test('a remote base is refused, not fetched (A4)', async () => {
    const request = build({
      'app/kustomization.yaml': kustomization('resources: ["https://127.0.0.1:1/x/y?ref=main"]\n'),
    });
    await expect(engine.run(request, never)).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringContaining('127.0.0.1'),
    });
  });

  test('files outside the tree are not there (A2)', async () => {
    const request = build({
      'app/kustomization.yaml': kustomization('resources: [../../../etc/passwd, /etc/passwd]\n'),
    });
    await expect(engine.run(request, never)).rejects.toBeInstanceOf(EngineError);
  });

  test('an endless template is ended, and the next request is answered (A9)', async () => {
    const short = engineOf({ runner: toolRunner(), binary: BINARY, processes: 1, limits: { requestMs: 1000 } });
    try {
      const endless = '{{ range $i := until 1000000000 }}{{ range $j := until 1000000000 }}{{ end }}{{ end }}';
      const template: EngineRequest = {
        operation: 'gotemplate',
        mounts: [],
        input: { template: { a: endless }, params: {}, options: [] },
      };
      const [bad, good] = await Promise.allSettled([
        short.run(template, never),
        short.run(load({ 'app/a.json': config('a') }), never),
      ]);
      expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'limit' } });
      expect(good.status).toBe('fulfilled');
    } finally {
      await short.close();
    }
  });

  test('two sides that differ elsewhere are rendered once', async () => {
    const app = { 'app/kustomization.yaml': kustomization('resources: [c.yaml]\n'), 'app/c.yaml': config('c') };
    const memo = cachedEngine(engine, { cache: aCache(), build: '' });
    const [base, merged, other] = await Promise.all([
      memo.run(build({ ...app, x: '1' }), never),
      memo.run(build({ ...app, x: '2' }), never),
      memo.run(build({ ...app, 'app/c.yaml': config('d') }), never),
    ]);
    expect(merged.objects).toBe(base.objects);
    expect(other.objects).not.toEqual(base.objects);
  });

  test('it is confined by seccomp where the system has it', async () => {
    expect((await engine.versions())['sandbox']).toBe(process.platform === 'linux' ? 'seccomp' : 'none');
  });
});

test('a missing engine says what to do', async () => {
  const engine = engineOf({ runner: toolRunner(), binary: '/no/such/presync-engine' });
  await expect(engine.versions()).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('npm run engine'),
  });
  await engine.close();
});
