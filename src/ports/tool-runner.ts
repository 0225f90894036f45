import { PresyncError } from '../model/error.ts';

export class ToolError extends PresyncError<'NOT_FOUND' | 'DEADLINE' | 'TOO_MUCH_OUTPUT' | 'CRASHED'> {}

export interface ToolRun {
  readonly program: string;
  /** Never a shell: each element is one argument. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the program; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly stdin?: Uint8Array | undefined;
}

export interface ToolResult {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** A program that is held open and spoken to over its standard streams. */
export interface HeldTool {
  /** Writes bytes to its stdin; resolves when they are taken. Throws ToolError (`CRASHED`). */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Bytes of stdout as they come; ends when the program ends. */
  readonly output: AsyncIterable<Uint8Array>;
  /** The last part of stderr, bounded. */
  stderr(): string;
  /** Resolves with the exit status, or the name of the signal, when the program has ended. */
  readonly ended: Promise<number | string>;
  kill(): void;
}

/** Programs, run once or held open: argv arrays, deadline, byte caps, named environment. Throws ToolError. */
export interface ToolRunner {
  run(run: ToolRun, signal?: AbortSignal): Promise<ToolResult>;
  hold(run: Pick<ToolRun, 'program' | 'args' | 'cwd' | 'env'>): HeldTool;
}
