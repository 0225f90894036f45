import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Io, UsageError } from './command.ts';

/** Results go to stdout, or to the file that `--output` names. */
export async function deliver(result: string, output: string | undefined, io: Io): Promise<void> {
  if (output === undefined) return io.out(result);
  try {
    await writeFile(resolve(io.cwd, output), result);
  } catch (error) {
    throw new UsageError(`cannot write --output ${output}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
