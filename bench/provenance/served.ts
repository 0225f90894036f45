import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TrustedRoot } from '../../src/model/provenance.ts';

export interface Served {
  readonly origin: string;
  readonly refs: readonly string[];
  /** Signed by a bare key, in no log. */
  readonly keyed: { readonly ref: string; readonly pem: string };
  readonly root: TrustedRoot;
  close(): Promise<void>;
}

/** Signed images on a registry of this machine, until it is closed. */
export async function serve(count: number): Promise<Served> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'registry.ts'), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = await firstLine(child);
  return {
    ...(JSON.parse(line) as Omit<Served, 'close'>),
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout !== null) for await (const line of createInterface(stdout)) return line;
  throw new Error('the registry with signed images did not start');
}
