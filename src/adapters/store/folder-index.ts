import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

export interface FolderLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export interface Entry {
  readonly bytes: number;
  readonly expiresAt: number;
}

/** How a value is called while it is written. */
export const DRAFT = 'draft-';

/** Nobody writes a value for so long: its writer was killed. */
const ABANDONED_MS = 60 * 60_000;

/** `statSync` of 50,000 files takes 160 ms, with promises one second; in slices nothing else waits long for it. */
const SLICE = 1000;

/** What lies in the folder, oldest first, and its bounds. The folder is looked at with the first value that is added, not before. */
export class FolderIndex {
  readonly #folder: string;
  readonly #limits: FolderLimits;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #opened: Promise<void> | undefined;

  constructor(folder: string, limits: FolderLimits, nowMs: () => number) {
    this.#folder = folder;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** A file that was written; those that are too many by it go. */
  async add(file: string, entry: Entry): Promise<void> {
    this.#opened ??= this.#open();
    await this.#opened;
    this.#forget(file);
    this.#remember(file, entry);
    await this.#evict();
  }

  async #open(): Promise<void> {
    const names = await readdir(this.#folder);
    const found: { readonly name: string; readonly bytes: number; readonly writtenAt: number }[] = [];
    for (let start = 0; start < names.length; start += SLICE) {
      found.push(...names.slice(start, start + SLICE).flatMap((name) => factsOf(this.#folder, name)));
      await setImmediate();
    }
    const oldest = this.#nowMs() - ABANDONED_MS;
    const abandoned = found.filter(({ name, writtenAt }) => name.startsWith(DRAFT) && writtenAt < oldest);
    await Promise.all(abandoned.map(({ name }) => rm(join(this.#folder, name), { force: true })));
    const values = found.filter(({ name }) => /^[0-9a-f]{64}$/.test(name));
    // When it ends stands in the file; whoever reads it looks there.
    for (const { name, bytes } of values.toSorted((a, b) => a.writtenAt - b.writtenAt))
      this.#remember(name, { bytes, expiresAt: Number.POSITIVE_INFINITY });
  }

  #remember(file: string, entry: Entry): void {
    this.#entries.set(file, entry);
    this.#bytes += entry.bytes;
  }

  #forget(file: string): void {
    this.#bytes -= this.#entries.get(file)?.bytes ?? 0;
    this.#entries.delete(file);
  }

  async #evict(): Promise<void> {
    if (!this.#isOver()) return;
    const nowMs = this.#nowMs();
    await this.#evictWhile(({ expiresAt }) => expiresAt <= nowMs);
    await this.#evictWhile(() => true);
  }

  /** Without a copy of the entries: a full folder comes here with every value. */
  async #evictWhile(isRipe: (entry: Entry) => boolean): Promise<void> {
    for (const [file, entry] of this.#entries) {
      if (!this.#isOver()) return;
      if (!isRipe(entry)) continue;
      this.#forget(file);
      await rm(join(this.#folder, file), { force: true });
    }
  }

  #isOver(): boolean {
    return this.#entries.size > this.#limits.maxEntries || this.#bytes > this.#limits.maxBytes;
  }
}

/** Nothing where another process has taken it away meanwhile. */
function factsOf(folder: string, name: string) {
  const facts = statSync(join(folder, name), { throwIfNoEntry: false });
  return facts === undefined ? [] : [{ name, bytes: facts.size, writtenAt: facts.mtimeMs }];
}
