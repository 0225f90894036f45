import type { ChildProcess } from 'node:child_process';
import { type HeldTool, ToolError } from '../../ports/tool-runner.ts';
import { killGroup, type Program, startError, startInGroup, Tail } from './group.ts';

/** Starts a program that is spoken to until it is killed, or until its input ends with this process. */
export function hold(asked: Program): HeldTool {
  const child = startInGroup(asked);
  const stderr = new Tail();
  const failure: { error?: ToolError } = {};
  child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
  child.stdin?.on('error', () => undefined);
  const lastWords = new Promise<void>((resolve) => child.stderr?.once('close', resolve));
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (cause) => {
      failure.error = startError(asked, cause);
      stderr.add(Buffer.from(failure.error.message));
      resolve('code' in cause ? String(cause.code) : 'error');
    });
    child.once('exit', (status, name) => {
      killGroup(child);
      // The last words may come after the end.
      void lastWords.then(() => resolve(status ?? name ?? 'unknown'));
    });
  });
  return {
    write: (bytes) => write(child, bytes, () => failure.error ?? gone(asked)),
    output: output(child),
    stderr: () => stderr.text(),
    ended,
    kill: () => killGroup(child),
  };
}

function gone({ program }: Program): ToolError {
  return new ToolError('CRASHED', `${program} has ended`);
}

function write(child: ChildProcess, bytes: Uint8Array | string, error: () => ToolError): Promise<void> {
  const { stdin } = child;
  if (stdin === null || !stdin.writable) return Promise.reject(error());
  return new Promise((resolve, reject) => {
    stdin.write(bytes, (cause) => (cause ? reject(error()) : resolve()));
  });
}

/** Ends quietly however the program ended; `ended` says how. */
async function* output(child: ChildProcess): AsyncGenerator<Uint8Array> {
  if (child.stdout === null) return;
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
  } catch {
    // The pipe broke with the program.
  }
}
