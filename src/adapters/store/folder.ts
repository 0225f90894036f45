import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import { StoreError } from '../../ports/store.ts';
import type { Values } from '../../ports/values.ts';
import { hasCode } from './file-error.ts';
import { DRAFT, FolderIndex, type FolderLimits } from './folder-index.ts';

export interface FolderOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly limits: FolderLimits;
}

export const FOLDER_LIMITS: FolderLimits = { maxEntries: 50_000, maxBytes: 2 * 1024 ** 3 };

/**
 * Values as files: `<end>` and the value in `<sha256 of the name>`, written beside and renamed, so that a reader sees all of a
 * value or nothing. The oldest go when there are too many. Several processes may share a folder; each keeps the bounds with what
 * it knows of.
 */
export async function folderValues({ folder, clock, limits }: FolderOptions): Promise<Values> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const nowMs = (): number => clock.now().getTime();
  const index = new FolderIndex(folder, limits, nowMs);
  const run = randomUUID();
  const counter = { writes: 0 };

  async function write(name: string, value: string, ttlMs: number, place: Place): Promise<boolean> {
    const file = fileOf(name);
    const bytes = Buffer.byteLength(value);
    if (bytes > limits.maxBytes / 4)
      throw new StoreError('TOO_LARGE', `a value of ${bytes} bytes does not fit the store`);
    const expiresAt = nowMs() + ttlMs;
    counter.writes += 1;
    const draft = join(folder, `${DRAFT}${run}-${counter.writes}`);
    try {
      await writeFile(draft, `${expiresAt}\n${value}`, { mode: 0o600 });
      if (!(await place(draft, join(folder, file)))) return false;
    } finally {
      await rm(draft, { force: true });
    }
    await index.add(file, { bytes, expiresAt });
    return true;
  }

  async function text(name: string): Promise<string | undefined> {
    const content = await readIfThere(join(folder, fileOf(name)));
    const end = content?.indexOf('\n') ?? -1;
    if (content === undefined || end < 0) return undefined;
    return Number(content.slice(0, end)) > nowMs() ? content.slice(end + 1) : undefined;
  }

  return {
    put: async (name, value, ttlMs) => {
      await write(name, value, ttlMs, replace);
    },
    putNew: async (name, value, ttlMs) => {
      if ((await text(name)) === undefined) await rm(join(folder, fileOf(name)), { force: true });
      return await write(name, value, ttlMs, placeNew);
    },
    text,
    ready: async () => (await stat(folder)).isDirectory(),
    close: async () => undefined,
  };
}

type Place = (draft: string, file: string) => Promise<boolean>;

async function replace(draft: string, file: string): Promise<boolean> {
  await rename(draft, file);
  return true;
}

async function placeNew(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function fileOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
