import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EngineProgram } from '../adapters/engine/engine-pool.ts';

const NAME = process.platform === 'win32' ? 'presync-engine.exe' : 'presync-engine';

/** Beside package.json: the same place seen from `src` and from the built `dist/src`. */
export function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

export function engineBinary(): string {
  return join(projectRoot(), 'engine', 'bin', NAME);
}

/** The engine that belongs to this presync, and which presync that is. */
export function ownEngine(): EngineProgram {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(join(projectRoot(), 'package.json'), 'utf8'),
  );
  return { binary: engineBinary(), presync: version };
}
