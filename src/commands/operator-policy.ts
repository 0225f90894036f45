import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type PolicyText, withFiles } from '../pipeline/rules.ts';
import { besideFile } from '../../workers/beside-file.ts';
import { type Io, UsageError } from './command.ts';

/** `--config`: the operator's rules in place of the repository's. Throws UsageError. */
export async function readOperatorPolicy(file: string | undefined, io: Io): Promise<PolicyText | undefined> {
  if (file === undefined) return undefined;
  try {
    const path = resolve(io.cwd, file);
    return await withFiles({ file, text: await readFile(path, 'utf8') }, besideFile(path));
  } catch (error) {
    throw new UsageError(`cannot read --config ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
