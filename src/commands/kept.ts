import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { folderValues } from '../adapters/store/folder.ts';
import { readOrMakeKey } from '../adapters/store/key-file.ts';
import { cacheMemory, type SealedCache, sealedCache, type SealedCacheOptions } from '../adapters/store/sealed-cache.ts';
import { cacheFolder } from './cache-folder.ts';
import type { Io } from './command.ts';

/** Some twenty repositories of five hundred apps. The folder is looked through by every run that writes, so it stays small. */
const LIMITS = { maxEntries: 20_000, maxBytes: 1024 ** 3 };

/** `isWanted: false`, no home, or a folder that cannot be written: what is kept ends with the process. */
export async function openCache(io: Io, { isWanted }: { readonly isWanted: boolean }): Promise<SealedCache> {
  const folder = isWanted ? cacheFolder(io) : undefined;
  const store = folder === undefined ? undefined : await openStore(folder, io);
  return sealedCache({ scope: 'command line', memory: cacheMemory(), store, clock: systemClock() });
}

async function openStore(folder: string, io: Io): Promise<SealedCacheOptions['store']> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const key = await readOrMakeKey(join(folder, 'key'));
    const values = await folderValues({ folder: join(folder, 'values'), clock: systemClock(), limits: LIMITS });
    return { values, key };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    io.note(
      `nothing is kept for the next run: ${why}; set XDG_CACHE_HOME to a folder that can be written, or --no-cache`,
    );
    return undefined;
  }
}

/** Says so where somebody has changed what was kept; it has been made again. */
export function noteTroubles(cache: SealedCache, io: Io): void {
  const { rejected, unanswered } = cache.troubles();
  if (rejected > 0) io.note(`${rejected} kept renders were not as presync wrote them, and were made again`);
  if (unanswered > 0) io.note(`${unanswered} times the folder of kept renders could not be read or written`);
}
