import { spawn } from 'node:child_process';
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
  /** Milliseconds of a core that the registry has taken so far. */
  spentMs(): Promise<number>;
  close(): Promise<void>;
}

/** Signed images on a registry of this machine, until it is closed. */
export async function serve(count: number): Promise<Served> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'registry.ts'), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the registry with signed images ended');
    return value;
  };
  return {
    ...(JSON.parse(await line()) as Omit<Served, 'close' | 'spentMs'>),
    async spentMs() {
      child.stdin.write('\n');
      return Number(await line());
    },
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
