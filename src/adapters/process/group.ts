import { type ChildProcess, spawn } from 'node:child_process';
import { ToolError, type ToolRun } from '../../ports/tool-runner.ts';

export type Program = Pick<ToolRun, 'program' | 'args' | 'cwd' | 'env'>;

/** What is kept of stderr: enough for the last words of a program, whatever it printed before. */
export const STDERR_BYTES = 64 * 1024;

/**
 * Starts a program in a process group and session of its own, so that it and all it started can be ended together, and so that
 * nothing (git asking for a password) can open the user's terminal.
 */
export function startInGroup({ program, args, cwd, env }: Program): ChildProcess {
  try {
    return spawn(program, args, {
      cwd,
      env,
      shell: false,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
  } catch (cause) {
    throw new ToolError('CRASHED', `${program} could not be started`, { cause });
  }
}

/** Ends the program and everything it started; nothing happens where all of it has ended. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: there is no process left in the group.
  }
}

/** Node's `error` event of a program that never ran. */
export function startError({ program, cwd }: Program, cause: Error): ToolError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT')
    return new ToolError('NOT_FOUND', `${program} was not found (or the folder ${cwd} is gone); install it`, { cause });
  if (code === 'EACCES')
    return new ToolError('NOT_FOUND', `${program} may not be executed; check its permissions`, { cause });
  return new ToolError('CRASHED', `${program} could not be started: ${cause.message}`, { cause });
}

/** The last bytes of a stream. */
export class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 2 * STDERR_BYTES) {
      const kept = Buffer.concat(this.#chunks).subarray(-STDERR_BYTES);
      this.#chunks = [Buffer.from(kept)];
      this.#bytes = kept.length;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-STDERR_BYTES).toString('utf8');
  }
}
