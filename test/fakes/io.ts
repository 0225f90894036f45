import type { Io } from '../../src/commands/command.ts';

/** A terminal that nobody looks at: what a command said, for a test to read. */
export interface FakeIo extends Io {
  readonly told: { stdout: string; stderr: string };
}

interface Given {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly environment?: FakeIo['environment'];
}

export function anIo({ cwd = '/', stdin = '', environment = {} }: Given = {}): FakeIo {
  const told = { stdout: '', stderr: '' };
  return {
    told,
    cwd,
    environment,
    color: false,
    out(text) {
      told.stdout += text;
      return Promise.resolve();
    },
    note(text) {
      told.stderr += `${text}\n`;
    },
    log(line) {
      told.stderr += line;
    },
    stdin: () => Promise.resolve(stdin),
  };
}
