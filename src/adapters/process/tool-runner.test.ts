import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ToolError, type ToolRun } from '../../ports/tool-runner.ts';
import { toolRunner } from './tool-runner.ts';

const runner = toolRunner();

function node(script: string, more: Partial<ToolRun> = {}): ToolRun {
  const args = ['-e', script, '--', ...(more.args ?? [])];
  return {
    program: process.execPath,
    cwd: tmpdir(),
    env: {},
    timeoutMs: 60_000,
    maxOutputBytes: 1_000_000,
    ...more,
    args,
  };
}

function text({ stdout }: { readonly stdout: Uint8Array }): string {
  return Buffer.from(stdout).toString('utf8');
}

/** Is the process still there? Zombies that nobody has collected count as ended. */
async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

async function untilEnded(pid: number): Promise<void> {
  while (await lives(pid)) await new Promise((resolve) => setImmediate(resolve));
}

async function untilWritten(file: string): Promise<string> {
  const written = await readFile(file, 'utf8').catch(() => '');
  if (written.endsWith('.')) return written;
  await new Promise((resolve) => setImmediate(resolve));
  return untilWritten(file);
}

const GRANDCHILD = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  process.stdout.write(String(child.pid));
`;

describe('run', () => {
  test('arguments reach the program as they are', async () => {
    const hostile = ['$(touch x)', '`id`', ';', '--help', 'a b', "'", ''];
    const result = await runner.run(node('console.log(JSON.stringify(process.argv.slice(1)))', { args: hostile }));
    expect(JSON.parse(text(result))).toEqual(hostile);
  });

  test('nothing of the environment is inherited', async () => {
    const result = await runner.run(node('console.log(JSON.stringify(process.env))', { env: { ONLY: 'this' } }));
    expect(JSON.parse(text(result))).toEqual({ ONLY: 'this' });
  });

  test('status, output and error output are handed back', async () => {
    const result = await runner.run(
      node('process.stdin.pipe(process.stdout); console.error("no"); process.exitCode = 3', {
        stdin: Buffer.from('in'),
      }),
    );
    expect({ ...result, stdout: text(result) }).toEqual({ status: 3, stdout: 'in', stderr: 'no\n' });
  });

  test('input that the program does not read is no error', async () => {
    const result = await runner.run(node('process.exit(0)', { stdin: new Uint8Array(5_000_000) }));
    expect(result.status).toBe(0);
  });

  test.each([
    ['a deadline', node('setInterval(() => {}, 1000)', { timeoutMs: 50 }), 'DEADLINE'],
    ['endless output', node('setInterval(() => process.stdout.write("x".repeat(1000)), 0)'), 'TOO_MUCH_OUTPUT'],
    ['a program that kills itself', node('process.kill(process.pid, "SIGKILL")'), 'CRASHED'],
    ['a program that is not there', { ...node(''), program: 'no-such-program' }, 'NOT_FOUND'],
    ['a folder that is not there', { ...node(''), cwd: '/no/such/folder' }, 'NOT_FOUND'],
    ['an argument that no program can take', node('', { args: ['a\0b'] }), 'CRASHED'],
  ])('%s ends as a ToolError', async (_, asked, code) => {
    const error = await runner.run(asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ToolError);
    expect(error).toMatchObject({ code });
  });

  test('one byte more than allowed is too much, the allowed number is not', async () => {
    const four = node('process.stdout.write("1234")', { maxOutputBytes: 4 });
    expect(text(await runner.run(four))).toBe('1234');
    await expect(runner.run({ ...four, maxOutputBytes: 3 })).rejects.toMatchObject({ code: 'TOO_MUCH_OUTPUT' });
  });

  test('an endless error output is kept only at its end', async () => {
    const { stderr } = await runner.run(
      node('for (let i = 0; i < 300; i += 1) console.error("x".repeat(1000)); console.error("last")'),
    );
    expect(stderr.length).toBeLessThanOrEqual(64 * 1024);
    expect(stderr.endsWith('last\n')).toBe(true);
  });

  test('what the program left running is ended with it', async () => {
    const result = await runner.run(node(GRANDCHILD + 'child.unref();'));
    expect(Number(text(result))).toBeGreaterThan(0);
    await untilEnded(Number(text(result)));
  });

  test('ending a program early ends what it started, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'presync-'));
    const file = join(folder, 'pid');
    const controller = new AbortController();
    const script = `${GRANDCHILD} require('node:fs').writeFileSync(${JSON.stringify(file)}, child.pid + '.')`;
    const running = runner.run(node(script), controller.signal).catch((error: unknown) => error);
    const pid = Number.parseInt(await untilWritten(file), 10);
    expect(await lives(pid)).toBe(true);
    controller.abort(new Error('enough'));
    await running;
    await untilEnded(pid);
    await rm(folder, { recursive: true });
  });

  test('an abort ends the program and throws its reason', async () => {
    const controller = new AbortController();
    const running = runner.run(node('setInterval(() => {}, 1000)'), controller.signal);
    controller.abort(new Error('superseded'));
    await expect(running).rejects.toThrow('superseded');
    await expect(runner.run(node(''), controller.signal)).rejects.toThrow('superseded');
  });
});

async function firstOutput(output: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of output) return Buffer.from(chunk).toString('utf8');
  return '';
}

describe('hold', () => {
  test('a held program answers what it is told, until it is killed', async () => {
    const held = runner.hold(node('process.stdin.on("data", (chunk) => process.stdout.write(chunk + "!"))'));
    await held.write('hello');
    expect(await firstOutput(held.output)).toBe('hello!');
    held.kill();
    expect(await held.ended).toBe('SIGKILL');
    await expect(held.write('more')).rejects.toMatchObject({ code: 'CRASHED' });
  });

  test('its last words and its status can be read', async () => {
    const held = runner.hold(node('console.error("out of memory"); process.exitCode = 7'));
    expect(await held.ended).toBe(7);
    expect(await firstOutput(held.output)).toBe('');
    expect(held.stderr()).toBe('out of memory\n');
  });

  test('a program that is not there is named', async () => {
    const held = runner.hold({ ...node(''), program: '/no/such/engine' });
    expect(await held.ended).toBe('ENOENT');
    expect(await firstOutput(held.output)).toBe('');
    await expect(held.write('x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
