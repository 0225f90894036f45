import { createHash } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import { StoreError } from '../../ports/store.ts';
import type { Values } from '../../ports/values.ts';
import { hasCode } from './file-error.ts';

export interface FolderOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly limits: FolderLimits;
}

export interface FolderLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export const FOLDER_LIMITS: FolderLimits = { maxEntries: 50_000, maxBytes: 2 * 1024 ** 3 };

interface Entry {
  readonly bytes: number;
  readonly expiresAt: number;
}

/**
 * Values as files, for one process at a time: `<end>.<sha256 of the name>`, written beside and renamed, so that a reader
 * sees all of a value or nothing. The oldest go when there are too many.
 */
export async function folderValues({ folder, clock, limits }: FolderOptions): Promise<Values> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = await entriesIn(folder);
  const counter = { writes: 0 };
  const nowMs = (): number => clock.now().getTime();

  async function write(name: string, value: string, ttlMs: number, place: Place): Promise<boolean> {
    const file = fileOf(name);
    const bytes = Buffer.byteLength(value);
    if (bytes > limits.maxBytes / 4)
      throw new StoreError('TOO_LARGE', `a value of ${bytes} bytes does not fit the store`);
    const expiresAt = nowMs() + ttlMs;
    counter.writes += 1;
    const draft = join(folder, `${DRAFT}${process.pid}-${counter.writes}`);
    try {
      await writeFile(draft, `${expiresAt}\n${value}`, { mode: 0o600 });
      if (!(await place(draft, join(folder, file)))) return false;
    } finally {
      await rm(draft, { force: true });
    }
    entries.delete(file);
    entries.set(file, { bytes, expiresAt });
    await evict(folder, entries, { nowMs: nowMs(), limits });
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

const DRAFT = 'draft-';

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

/** What lies there from before, oldest first; drafts of a process that was killed are swept away. */
async function entriesIn(folder: string): Promise<Map<string, Entry>> {
  const names = await readdir(folder);
  const drafts = names.filter((name) => name.startsWith(DRAFT));
  await Promise.all(drafts.map((name) => rm(join(folder, name), { force: true })));
  const found = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map(async (name) => ({ name, facts: await stat(join(folder, name)) })),
  );
  const byAge = found.toSorted((a, b) => a.facts.mtimeMs - b.facts.mtimeMs);
  // When it ends stands in the file; whoever reads it looks there.
  return new Map(byAge.map(({ name, facts }) => [name, { bytes: facts.size, expiresAt: Number.POSITIVE_INFINITY }]));
}

interface Eviction {
  readonly nowMs: number;
  readonly limits: FolderLimits;
}

async function evict(folder: string, entries: Map<string, Entry>, { nowMs, limits }: Eviction): Promise<void> {
  const excess = (): boolean => entries.size > limits.maxEntries || bytesOf(entries) > limits.maxBytes;
  if (!excess()) return;
  const ended = [...entries].filter(([, { expiresAt }]) => expiresAt <= nowMs);
  for (const [file] of [...ended, ...entries]) {
    if (!excess()) return;
    entries.delete(file);
    await rm(join(folder, file), { force: true });
  }
}

function bytesOf(entries: ReadonlyMap<string, Entry>): number {
  return [...entries.values()].reduce((total, { bytes }) => total + bytes, 0);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
