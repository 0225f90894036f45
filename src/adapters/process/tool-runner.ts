import type { ToolRunner } from '../../ports/tool-runner.ts';
import { hold } from './hold.ts';
import { run } from './run.ts';

/** Programs of this machine: argv arrays without a shell, no inherited environment, deadline, byte caps. */
export function toolRunner(): ToolRunner {
  return { run, hold };
}
