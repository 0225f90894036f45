import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Which build of the engine a program is: size and time of the file, and the hash of its sources where `npm run engine` left it
 * beside it. The file itself has 120 MB; hashing it would cost a tenth of a second at every start.
 */
export async function engineStamp(binary: string): Promise<string> {
  const [{ size, mtimeMs }, sources] = await Promise.all([
    stat(binary),
    readFile(join(dirname(binary), 'sources.sha256'), 'utf8').catch(() => ''),
  ]);
  return JSON.stringify([size, mtimeMs, sources.trim()]);
}
