import type { ChildProcess } from 'node:child_process';
import { ToolError, type ToolResult, type ToolRun } from '../../ports/tool-runner.ts';
import { killGroup, startError, startInGroup, Tail } from './group.ts';

/** Runs a program to its end. Whatever ends it early (deadline, too much output, the signal) ends its whole process group. */
export async function run(asked: ToolRun, signal?: AbortSignal): Promise<ToolResult> {
  signal?.throwIfAborted();
  const child = startInGroup(asked);
  const stop = new AbortController();
  const end = (reason: unknown) => stop.abort(reason);
  const timer = setTimeout(
    () => end(new ToolError('DEADLINE', `${asked.program} took longer than ${asked.timeoutMs} ms`)),
    asked.timeoutMs,
  );
  const onAbort = () => end(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await resultOf(child, asked, stop);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    killGroup(child);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  }
}

function resultOf(child: ChildProcess, asked: ToolRun, stop: AbortController): Promise<ToolResult> {
  const stdout: Buffer[] = [];
  const stderr = new Tail();
  const { program, maxOutputBytes } = asked;
  const read = { bytes: 0 };
  return new Promise((resolve, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true });
    child.once('error', (cause) => reject(startError(asked, cause)));
    child.stdout?.on('data', (chunk: Buffer) => {
      read.bytes += chunk.length;
      if (read.bytes <= maxOutputBytes) stdout.push(chunk);
      else stop.abort(new ToolError('TOO_MUCH_OUTPUT', `${program} wrote more than ${maxOutputBytes} bytes`));
    });
    child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
    // What it leaves behind holds the streams open and would be waited for.
    child.once('exit', () => killGroup(child));
    child.once('close', (status, name) => {
      if (status !== null) resolve({ status, stdout: new Uint8Array(Buffer.concat(stdout)), stderr: stderr.text() });
      else reject(new ToolError('CRASHED', `${program} was ended by ${name ?? 'a signal'}`));
    });
    // A program that ends without reading its input closes the pipe; its status says what became of it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(asked.stdin ?? '');
  });
}
