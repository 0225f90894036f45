import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { hasCode } from './file-error.ts';

const KEY_BYTES = 32;

/** The key of the store's MACs, made on first start; readable by this user alone. */
export async function readOrMakeKey(file: string): Promise<Uint8Array> {
  try {
    await writeFile(file, randomBytes(KEY_BYTES).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    await chmod(file, 0o600);
  }
  const key = Buffer.from(await readFile(file, 'utf8'), 'base64');
  if (key.length < KEY_BYTES) throw new Error(`${file} is not a key of presync; remove it, and a new one is made`);
  return key;
}
