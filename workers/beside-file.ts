import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadFile } from '../src/pipeline/rules.ts';

/** Files beside the operator's own, by the paths that it names them with. */
export function besideFile(file: string): ReadFile {
  return async (path) => {
    try {
      return await readFile(join(dirname(file), path));
    } catch (error) {
      if (error instanceof Error && 'code' in error && ['ENOENT', 'EISDIR', 'ENOTDIR'].includes(String(error.code)))
        return undefined;
      throw error;
    }
  };
}
