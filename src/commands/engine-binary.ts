import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
