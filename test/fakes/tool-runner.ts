import type { HeldTool, ToolResult, ToolRun, ToolRunner } from '../../src/ports/tool-runner.ts';
import { ToolError } from '../../src/ports/tool-runner.ts';

export interface FakeVoice {
  readonly say: (text: string) => void;
  readonly end: (status: number | string) => void;
}

/** A held program: what it says when it starts, and what it does with each line that it is told. */
export interface FakeProgram {
  readonly greeting?: string;
  hear(line: string, program: FakeVoice): void;
}

export interface FakeToolRunner extends ToolRunner {
  /** How often each program was started, and with what. */
  readonly held: readonly Pick<ToolRun, 'program' | 'args' | 'cwd' | 'env'>[];
}

/** Programs in memory: `hold` gives the one that `programs` makes, `run` what `results` answers. */
export function aToolRunner(
  programs: () => FakeProgram,
  results: (run: ToolRun) => ToolResult = () => ({ status: 0, stdout: new Uint8Array(), stderr: '' }),
): FakeToolRunner {
  const held: Pick<ToolRun, 'program' | 'args' | 'cwd' | 'env'>[] = [];
  return {
    held,
    run: (run) => new Promise((resolve) => resolve(results(run))),
    hold(run) {
      held.push(run);
      return holdFake(programs());
    },
  };
}

function holdFake(program: FakeProgram): HeldTool {
  const ended = Promise.withResolvers<number | string>();
  const said: string[] = program.greeting === undefined ? [] : [program.greeting];
  const state = { partial: '', over: false, wake: Promise.withResolvers<void>() };
  const notify = () => {
    state.wake.resolve();
    state.wake = Promise.withResolvers<void>();
  };
  const end = (status: number | string) => {
    state.over = true;
    ended.resolve(status);
    notify();
  };
  const say = (text: string) => {
    said.push(text);
    notify();
  };
  return {
    write(bytes) {
      if (state.over) return Promise.reject(new ToolError('CRASHED', 'the program has ended'));
      const lines = `${state.partial}${Buffer.from(bytes).toString('utf8')}`.split('\n');
      state.partial = lines.pop() ?? '';
      for (const line of lines) program.hear(line, { say, end });
      return Promise.resolve();
    },
    output: {
      async *[Symbol.asyncIterator]() {
        while (said.length > 0 || !state.over) {
          const text = said.shift();
          if (text === undefined) await state.wake.promise;
          else yield Buffer.from(text);
        }
      },
    },
    stderr: () => 'last words\n',
    ended: ended.promise,
    kill: () => end('SIGKILL'),
  };
}
