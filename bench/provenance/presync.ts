import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publicGood } from '../../src/adapters/sigstore/instance.ts';
import { keepRoot } from '../../src/adapters/sigstore/kept-root.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

/** presync as the image has it, compiled; it sees a home of its own and no host but the registry. */
export interface PresyncProgram {
  /** Throws with what it says where it does not believe the image. */
  verify(ref: string): Promise<void>;
  /** Takes away what earlier runs learnt of images. Compiled code stays, and the root of the public good instance stays, refreshed a moment ago, as in a day's work. */
  forget(): Promise<void>;
}

export interface PresyncWish {
  readonly folder: string;
  readonly origin: string;
  /** A trusted_root.json. */
  readonly root: string;
  /** Text of a policy; omitted: any signature will do. */
  readonly policy?: string | undefined;
}

export function buildPresync(): void {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
}

/** A policy that asks for the key. */
export function keyPolicy(match: string, pem: string): string {
  const signature = { key: { pem } };
  return JSON.stringify({ version: 1, images: [{ match, require: { signature } }] });
}

export function presyncProgram({ folder, origin, root, policy }: PresyncWish): PresyncProgram {
  const at = (name: string) => join(folder, name);
  const [cache, rootFile, policyFile] = [at('cache'), at('presync-root.json'), at('presync.yaml')];
  writeFileSync(rootFile, root);
  if (policy !== undefined) writeFileSync(policyFile, policy);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    XDG_CACHE_HOME: cache,
    PRESYNC_PRIVATE_HOSTS: origin,
    PRESYNC_TRUSTED_ROOTS: rootFile,
  };
  const rules = policy === undefined ? [] : ['--config', policyFile];
  return {
    async verify(ref) {
      await run(process.execPath, [join(ROOT, 'dist', 'src', 'main.js'), 'verify', ref, ...rules], {
        // What lies below where presync starts may be of a change: compiled code is not kept there.
        cwd: ROOT,
        env,
      });
    },
    async forget() {
      const kept = join(cache, 'presync');
      for (const name of ['values', 'elsewhere']) rmSync(join(kept, name), { recursive: true, force: true });
      const roots = join(kept, 'elsewhere', 'roots');
      mkdirSync(roots, { recursive: true });
      const { tufRoot, trustedRoot } = publicGood();
      const refreshedAt = new Date().toISOString();
      await keepRoot(roots, publicGood(), { trustedRoot, metadata: { root: tufRoot }, refreshedAt });
    },
  };
}
