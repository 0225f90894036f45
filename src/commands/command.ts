import { PresyncError } from '../model/error.ts';

/** Exit statuses of the contract (docs/cli.md). */
export const EXIT = { passed: 0, failed: 1, errored: 2, usage: 64 } as const;

/** What a command may touch besides its adapters: handed in, so that tests can look. */
export interface Io {
  /** Results; nothing else goes here. */
  out(text: string): Promise<void>;
  /** Progress, notes and problems. */
  note(text: string): void;
  /** A line of the service's log, line end included. */
  log(line: string): void;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether results go to a terminal that understands colours. */
  readonly color: boolean;
  stdin(): Promise<string>;
}

export interface Command {
  /** One line for the overview. */
  readonly summary: string;
  readonly usage: string;
  /** Resolves with the exit status. */
  run(args: readonly string[], io: Io): Promise<number>;
}

/** The user asked for something that there is not; says what there is. */
export class UsageError extends PresyncError<'USAGE'> {
  constructor(message: string, options?: ErrorOptions) {
    super('USAGE', message, options);
  }
}
