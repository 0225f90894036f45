import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadFile } from '../src/pipeline/rules.ts';

/** Files beside the operator's own, by the paths that it names them with. */
export function besideFile(file: string): ReadFile {
  return async (path) => {
    try {
      return await readFile(join(dirname(file), path));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  };
}

function isAbsent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR';
}
