import { lstat, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentCache } from '../../ports/content-cache.ts';
import { sha256 } from './bytes-tree.ts';

export interface ContentCacheOptions {
  readonly folder: string;
  /** Of all scopes together. */
  readonly maxBytes: number;
}

export interface ContentCaches {
  /** What one scope (an installation) keeps, no other sees: whether something is there would tell what others read. */
  of(scope: string): ContentCache;
}

const DRAFT = 'draft-';
const NAME = /^[0-9a-f]{64}$/;

/**
 * Bytes as files `<scope>/<sha256>`, for one process at a time, written beside and renamed. Whatever is read is hashed again: a file
 * that was changed is removed and taken for missing. What was read longest ago goes first.
 */
export async function contentCache({ folder, maxBytes }: ContentCacheOptions): Promise<ContentCaches> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = new Files(folder, maxBytes, await filesIn(folder));
  return {
    of(name) {
      const scope = sha256(name);
      return {
        read: async (digest) => {
          const [algorithm, hex = ''] = digest.split(':');
          return algorithm === 'sha256' && NAME.test(hex) ? await files.read(`${scope}/${hex}`) : undefined;
        },
        async keep(bytes) {
          await files.keep(scope, bytes);
          return `sha256:${sha256(bytes)}`;
        },
      };
    },
  };
}

/** The folder and what lies in it. */
class Files {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** A Map keeps the order of insertion: the first is what was used longest ago. */
  readonly #sizes: Map<string, number>;
  #drafts = 0;

  constructor(folder: string, maxBytes: number, sizes: Map<string, number>) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#sizes = sizes;
  }

  async read(file: string): Promise<Uint8Array | undefined> {
    const path = join(this.#folder, file);
    const bytes = await bytesAt(path, this.#maxBytes);
    if (bytes === undefined || sha256(bytes) !== file.slice(-64)) {
      await this.#forget(file);
      return undefined;
    }
    this.#touch(file, bytes.length);
    const now = new Date();
    // Another process may just have removed it; the bytes are here.
    await utimes(path, now, now).catch(() => undefined);
    return bytes;
  }

  async keep(scope: string, bytes: Uint8Array): Promise<void> {
    // One large thing must not drive out all others.
    if (bytes.length > this.#maxBytes / 4) return;
    const file = `${scope}/${sha256(bytes)}`;
    this.#drafts += 1;
    const draft = join(this.#folder, scope, `${DRAFT}${process.pid}-${this.#drafts}`);
    try {
      await mkdir(join(this.#folder, scope), { recursive: true, mode: 0o700 });
      await writeFile(draft, bytes, { mode: 0o600 });
      await rename(draft, join(this.#folder, file));
      this.#touch(file, bytes.length);
      await this.#evict();
    } catch (error) {
      if (!isFull(error)) throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  #touch(file: string, bytes: number): void {
    this.#sizes.delete(file);
    this.#sizes.set(file, bytes);
  }

  async #evict(): Promise<void> {
    for (const [file] of this.#sizes) {
      if (total(this.#sizes) <= this.#maxBytes) return;
      await this.#forget(file);
    }
  }

  async #forget(file: string): Promise<void> {
    this.#sizes.delete(file);
    await rm(join(this.#folder, file), { force: true });
  }
}

/** A link, or a file that has grown beyond all that is kept here, is none of ours. */
async function bytesAt(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const facts = await lstat(path);
    return facts.isFile() && facts.size <= maxBytes ? new Uint8Array(await readFile(path)) : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What lies there from before, oldest first; drafts of a process that was killed are swept away. */
async function filesIn(folder: string): Promise<Map<string, number>> {
  const found: { readonly file: string; readonly size: number; readonly usedAt: number }[] = [];
  for (const scope of await readdir(folder)) {
    for (const name of NAME.test(scope) ? await readdir(join(folder, scope)) : []) {
      const file = `${scope}/${name}`;
      if (name.startsWith(DRAFT)) await rm(join(folder, file), { force: true });
      const facts = NAME.test(name) ? await lstat(join(folder, file)) : undefined;
      if (facts !== undefined) found.push({ file, size: facts.size, usedAt: facts.mtimeMs });
    }
  }
  return new Map(found.toSorted((a, b) => a.usedAt - b.usedAt).map(({ file, size }) => [file, size]));
}

function total(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** A full disk costs time, not the answer. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
