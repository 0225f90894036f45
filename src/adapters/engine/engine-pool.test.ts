import { describe, expect, test } from '@jest/globals';
import { aTree, blobOid } from '../../../test/fakes/source-tree.ts';
import { aToolRunner, type FakeProgram } from '../../../test/fakes/tool-runner.ts';
import { type Bring, type Engine, EngineError, type EngineRequest } from '../../ports/engine.ts';
import { type EngineOptions, engineOf } from './engine-pool.ts';

interface Message {
  readonly id: number;
  readonly op?: string;
  readonly tree?: string;
  readonly mounts?: unknown;
  readonly input?: { readonly name?: string };
  readonly blobs?: Readonly<Record<string, string>>;
  readonly denied?: unknown;
}

const READY = `${JSON.stringify({ ready: { protocol: 1, versions: { helm: '4' }, sandbox: 'seccomp' } })}\n`;
const never = new AbortController().signal;
const noSuchHost: Bring = () => Promise.reject(new Error('no such host'));

/** An engine whose reactions to messages are given; what it heard is written down. */
function scripted(react: (message: Message) => unknown, greeting = READY) {
  const heard: Message[] = [];
  const program = (): FakeProgram => ({
    greeting,
    hear(line, { say, end }) {
      const message = JSON.parse(line) as Message;
      heard.push(message);
      const answer = react(message);
      if (answer === 'die') end('SIGKILL');
      else if (typeof answer === 'string') say(answer);
      else if (answer !== undefined) say(`${JSON.stringify(answer)}\n`);
    },
  });
  return { heard, runner: aToolRunner(program) };
}

const ok = (id: number, parts = {}) => ({ id, ok: { objects: [], uses: [], warnings: [], ...parts } });

function request(name: string, more: Partial<EngineRequest> = {}): EngineRequest {
  return { operation: 'gotemplate', mounts: [], input: { name }, ...more };
}

function start(runner: EngineOptions['runner'], more: Partial<EngineOptions> = {}): Engine {
  return engineOf({ runner, binary: '/engine', processes: 1, ...more });
}

describe('starting', () => {
  test('the program has an empty environment', async () => {
    const { runner } = scripted(() => undefined);
    const engine = start(runner);
    expect(runner.held).toEqual([]);
    expect(await engine.versions()).toEqual({ helm: '4', sandbox: 'seccomp' });
    expect(runner.held).toEqual([{ program: '/engine', args: [], cwd: '/', env: {} }]);
  });

  test('its own version stands beside those of the engine', async () => {
    const engine = start(scripted(() => undefined).runner, { presync: '1.2.3' });
    expect(await engine.versions()).toEqual({ helm: '4', sandbox: 'seccomp', presync: '1.2.3' });
  });

  test.each([
    ['seccomp', 'seccomp'],
    ['none', 'none'],
    [undefined, 'none'],
  ])('a sandbox of %j is told as %s', async (sandbox, told) => {
    const { runner } = scripted(
      () => undefined,
      `${JSON.stringify({ ready: { protocol: 1, versions: {}, sandbox } })}\n`,
    );
    expect(await start(runner).versions()).toEqual({ sandbox: told });
  });

  test.each([
    ['an engine of another protocol', '{"ready":{"protocol":2,"versions":{}}}\n'],
    ['a program that is no engine', 'hello\n'],
    ['a program that never ends its line', 'x'.repeat(100_000)],
    ['an engine that says nothing', ''],
  ])('%s is refused, with what to do', async (_, greeting) => {
    const { runner } = scripted(() => undefined, greeting);
    const starting = start(runner, { limits: { startMs: 20 } }).versions();
    await expect(starting).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('npm run engine'),
    });
  });
});

describe('a request', () => {
  test('gives each tree once, and again when it is asked for', async () => {
    const tree = aTree({ 'a.yaml': 'a' });
    const { heard, runner } = scripted(({ id, op, tree: given, input }) => {
      if (op !== undefined && input?.name === 'forgetful') return { id, need: { trees: [tree.id] } };
      return given === undefined ? ok(id) : undefined;
    });
    const engine = start(runner);
    const mounts = [{ at: '/', tree }];
    for (const name of ['first', 'second', 'forgetful']) await engine.run(request(name, { mounts }), never);
    const given = heard.map((message) => message.tree ?? message.input?.name ?? 'answer');
    expect(given).toEqual([tree.id, 'first', 'second', 'forgetful', tree.id, 'answer']);
    expect(heard[0]).toEqual({ tree: tree.id, entries: [['a.yaml', '100644', blobOid('a')]] });
    expect(heard[1]).toEqual({
      id: 1,
      op: 'gotemplate',
      mounts: [{ at: '/', tree: tree.id }],
      input: { name: 'first' },
    });
  });

  test('gives the blobs that are needed, from whichever mount has them', async () => {
    const mounts = [
      { at: '/', tree: aTree({ a: 'a' }) },
      { at: '/values', tree: aTree({ b: 'b' }) },
    ];
    const { heard, runner } = scripted(({ id, op, blobs }) => {
      if (op !== undefined) return { id, need: { blobs: [blobOid('a'), blobOid('b')] } };
      return blobs === undefined ? undefined : ok(id);
    });
    await start(runner).run(request('x', { mounts }), never);
    expect(heard.at(-1)).toEqual({ id: 1, blobs: { [blobOid('a')]: 'YQ==', [blobOid('b')]: 'Yg==' } });
  });

  test.each<[string, Parameters<typeof aTree>[1], number, string]>([
    ['is missing', { missing: ['a'] }, 1000, 'not in this tree'],
    ['is too large', { tooLarge: ['a'] }, 1000, 'too large'],
    ['is more than may be read', {}, 3, 'larger together'],
  ])('whose file %s names the file', async (_, trouble, inputBytes, reason) => {
    const { heard, runner } = scripted(({ id, op, blobs }) => {
      if (op !== undefined) return { id, need: { blobs: [blobOid('aaaa')] } };
      return blobs === undefined ? undefined : { id, error: { code: 'limit', message: 'blob is missing' } };
    });
    const engine = start(runner, { limits: { inputBytes } });
    const running = engine.run(request('x', { mounts: [{ at: '/', tree: aTree({ a: 'aaaa' }, trouble) }] }), never);
    await expect(running).rejects.toMatchObject({ code: 'limit', path: 'a', message: expect.stringContaining(reason) });
    expect(heard.at(-1)).toEqual({ id: 1, blobs: {} });
  });

  test('is refused what lies elsewhere, where nobody fetches it', async () => {
    const { heard, runner } = scripted(({ id, op }) =>
      op === undefined
        ? { id, error: { code: 'remote', message: 'needed' } }
        : { id, need: { remotes: [{ kind: 'git', url: 'https://x/y' }] } },
    );
    await expect(start(runner).run(request('x'), never)).rejects.toMatchObject({ code: 'remote' });
    expect(heard.at(-1)?.denied).toEqual([{ url: 'https://x/y', reason: 'presync does not fetch it' }]);
  });

  test('gets what lies elsewhere mounted, where somebody fetches it', async () => {
    const tree = aTree({ 'kustomization.yaml': 'k' });
    const { heard, runner } = scripted(({ id, op, mounts, blobs }) => {
      if (op !== undefined)
        return { id, need: { remotes: [{ kind: 'git', url: 'https://x/y', ref: 'v1', at: '/remote/1' }] } };
      if (mounts !== undefined) return { id, need: { blobs: [blobOid('k')] } };
      return blobs === undefined ? undefined : ok(id);
    });
    const wanted: unknown[] = [];
    const bring: Bring = (remotes) => {
      wanted.push(...remotes);
      return Promise.resolve({ mounts: [{ at: '/remote/1', tree, isOwn: false }] });
    };
    const answer = await start(runner).run(request('x', { bring }), never);
    expect(wanted).toEqual([{ kind: 'git', url: 'https://x/y', ref: 'v1', path: '', at: '/remote/1' }]);
    expect(answer.brought).toEqual(wanted);
    expect(heard.slice(1).map(({ tree: given, mounts, blobs }) => given ?? mounts ?? blobs)).toEqual([
      tree.id,
      [{ at: '/remote/1', tree: tree.id }],
      { [blobOid('k')]: 'aw==' },
    ]);
  });

  test('whose fetch fails is refused with that reason', async () => {
    const { heard, runner } = scripted(({ id, op }) =>
      op === undefined
        ? { id, error: { code: 'remote', message: 'needed' } }
        : { id, need: { remotes: [{ kind: 'git', url: 'u' }] } },
    );
    await expect(start(runner).run(request('x', { bring: noSuchHost }), never)).rejects.toMatchObject({
      code: 'remote',
    });
    expect(heard.at(-1)?.denied).toEqual([{ url: 'u', reason: 'no such host' }]);
  });

  test('ends with an answer in full', async () => {
    const reads = [{ at: '/', files: [['a', blobOid('a')]], present: ['p'], absent: ['n'], listed: [''], links: [] }];
    const object = { manifest: { kind: 'A' }, origin: { path: 'a', line: 3 }, volatile: ['/data'] };
    const problems = [{ path: 'a', line: 2, code: 'parse', message: 'm' }];
    const { runner } = scripted(({ id }) => ({
      ...ok(id, { objects: [object], value: 7, uses: ['now'], warnings: ['w'], problems }),
      reads,
    }));
    expect(await start(runner).run(request('x'), never)).toEqual({
      objects: [{ manifest: { kind: 'A' }, origin: { path: 'a', document: 0, line: 3 }, volatile: ['/data'] }],
      value: 7,
      uses: ['now'],
      warnings: ['w'],
      problems,
      reads,
      brought: [],
    });
  });

  test('ends with an error in full', async () => {
    const reads = [{ at: '/', files: [], present: [], absent: ['n'], listed: [], links: [] }];
    const { runner } = scripted(({ id }) => ({
      id,
      error: { code: 'build', message: 'no', path: 'a', line: 2 },
      reads,
    }));
    const error = await start(runner)
      .run(request('x'), never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'build', message: 'no', path: 'a', line: 2, reads });
  });

  test('an unknown code is an internal error', async () => {
    const { runner } = scripted(({ id }) => ({ id, error: { code: 'fine', message: 'no' } }));
    await expect(start(runner).run(request('x'), never)).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('a breach', () => {
  test.each<[string, unknown]>([
    ['death', 'die'],
    ['silence', undefined],
    ['no JSON', 'no JSON\n'],
    ['an answer to another request', ok(99)],
    ['a second greeting', READY],
    ['an object that is none', ok(1, { objects: [{ manifest: 'text' }] })],
    ['no list of objects', { id: 1, ok: {} }],
  ])('%s fails that request alone, and the next has a new process', async (_, answer) => {
    const { runner } = scripted(({ id, input }) => (input?.name === 'bad' ? answer : ok(id)));
    const engine = start(runner, { limits: { requestMs: 50, outputBytes: 4000 } });
    const [bad, ...good] = await Promise.allSettled(
      ['bad', 'good', 'good'].map((name) => engine.run(request(name), never)),
    );
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { code: 'limit', message: 'gotemplate was ended by its memory or time limit' },
    });
    expect(good.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(runner.held).toHaveLength(2);
  });

  test('more output than allowed is ended at once, not at the deadline', async () => {
    const { runner } = scripted(() => 'x'.repeat(5000));
    const engine = start(runner, { limits: { outputBytes: 4000 } });
    await expect(engine.run(request('x'), never)).rejects.toMatchObject({ code: 'limit' });
  });

  test('a tree that cannot be read for a reason of our own is no limit', async () => {
    const { runner } = scripted(({ id, op }) => (op === undefined ? undefined : { id, need: { blobs: ['x'] } }));
    const tree = { ...aTree({}), read: () => Promise.reject(new TypeError('a mistake')) };
    await expect(start(runner).run(request('x', { mounts: [{ at: '/', tree }] }), never)).rejects.toThrow('a mistake');
  });

  test('a file that never comes is ended by the deadline', async () => {
    const { runner } = scripted(({ id, op }) => (op === undefined ? undefined : { id, need: { blobs: ['x'] } }));
    const tree = { ...aTree({}), read: () => new Promise<never>(() => undefined) };
    const engine = start(runner, { limits: { requestMs: 20 } });
    await expect(engine.run(request('x', { mounts: [{ at: '/', tree }] }), never)).rejects.toMatchObject({
      code: 'limit',
    });
  });
});

test('an abort ends the request with its reason, and one that waits never starts', async () => {
  const controller = new AbortController();
  const { heard, runner } = scripted(({ id, input }) => {
    if (input?.name !== 'slow') return ok(id);
    controller.abort(new Error('superseded'));
    return undefined;
  });
  const engine = start(runner);
  const results = await Promise.allSettled([
    engine.run(request('slow'), controller.signal),
    engine.run(request('late'), controller.signal),
    engine.run(request('other'), never),
  ]);
  expect(results.map((result) => ('reason' in result ? String(result.reason) : result.status))).toEqual([
    'Error: superseded',
    'Error: superseded',
    'fulfilled',
  ]);
  expect(heard.map(({ input }) => input?.name)).toEqual(['slow', 'other']);
});

test('a process has one request at a time, and there are no more processes than allowed', async () => {
  const open = new Set<number>();
  const most = { count: 0 };
  const { runner } = scripted(({ id, op }) => {
    if (op === undefined) {
      open.delete(id);
      return ok(id);
    }
    open.add(id);
    most.count = Math.max(most.count, open.size);
    return { id, need: { blobs: [] } };
  });
  const engine = start(runner, { processes: 1 });
  await Promise.all(Array.from({ length: 20 }, (_, index) => engine.run(request(String(index)), never)));
  expect([most.count, runner.held.length]).toEqual([1, 1]);
  const wide = scripted(({ id }) => ok(id));
  const three = start(wide.runner, { processes: 3 });
  await Promise.all(Array.from({ length: 20 }, (_, index) => three.run(request(String(index)), never)));
  expect(wide.runner.held.length).toBeLessThanOrEqual(3);
});

test('closing ends what runs, and nothing runs afterwards', async () => {
  const { heard, runner } = scripted(({ input }) => {
    if (input?.name === 'x') closing.resolve();
    return undefined;
  });
  const closing = Promise.withResolvers<void>();
  const engine = start(runner);
  const running = engine.run(request('x'), never).catch((error: unknown) => error);
  const waiting = engine.run(request('y'), never).catch((error: unknown) => error);
  await closing.promise;
  await engine.close();
  expect(await running).toMatchObject({ code: 'limit' });
  expect(await waiting).toMatchObject({ code: 'internal', message: 'the engine is closed' });
  await expect(engine.run(request('z'), never)).rejects.toMatchObject({
    code: 'internal',
    message: 'the engine is closed',
  });
  expect(heard).toHaveLength(1);
});
