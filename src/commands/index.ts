import type { Command } from './command.ts';

/** Every command, in the order of the overview; loaded when it is called, so that `check` brings no Redis client along. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('./check.ts')).check,
  render: async () => (await import('./render.ts')).render,
  verify: async () => (await import('./verify.ts')).verify,
  demo: async () => (await import('./demo.ts')).demo,
  serve: async () => (await import('./serve.ts')).serve,
  work: async () => (await import('./work.ts')).work,
};

/** In the contract, not built yet: said so, with the status of wrong usage. */
export const ANNOUNCED: readonly string[] = ['init', 'doctor'];
