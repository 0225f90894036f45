import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { packedBytes } from './bounded-fetch.ts';
import { isFolder } from './git-dir.ts';

/** What was used within this time may be read by a job that is still running. */
const GRACE_MS = 30 * 60_000;
const DRAFT = 'draft-';

/** Bare repositories by scope (an installation), address and commit: `<folder>/<scope>/<name>`, and how much all may hold. */
export interface RemoteFolders {
  pathOf(address: string, commit: string): string;
  /** It is used now. */
  touch(path: string): Promise<boolean>;
  /** Makes what `fill` wrote to a draft the folder `path`, and makes place for it. */
  add(path: string, fill: (draft: string) => Promise<void>): Promise<void>;
}

export function remoteFolders({
  folder,
  scope,
  maxBytes,
}: {
  readonly folder: string;
  readonly scope: string;
  readonly maxBytes: number;
}): RemoteFolders {
  const counter = { drafts: 0 };
  return {
    pathOf: (address, commit) => join(folder, sha256(scope), sha256(`${address}\0${commit}`)),
    async touch(path) {
      const now = new Date();
      const isThere = await isFolder(path);
      if (isThere) await utimes(path, now, now);
      return isThere;
    },
    async add(path, fill) {
      counter.drafts += 1;
      const draft = `${join(folder, sha256(scope), DRAFT)}${process.pid}-${Date.now()}-${counter.drafts}`;
      try {
        await mkdir(draft, { recursive: true, mode: 0o700 });
        await fill(draft);
        // Another job may have been faster: what it fetched has the same name, so it is the same.
        await rename(draft, path).catch(async (error: unknown) => {
          if (!(await isFolder(path))) throw error;
        });
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
      await evict(folder, maxBytes);
    },
  };
}

/** The oldest go first, whatever scope they are of; what a killed process left as a draft goes with them. */
async function evict(folder: string, maxBytes: number): Promise<void> {
  const found: { readonly path: string; readonly bytes: number; readonly usedAt: number }[] = [];
  for (const scope of await readdir(folder)) {
    for (const name of await readdir(join(folder, scope)).catch(() => [])) {
      const path = join(folder, scope, name);
      const facts = await stat(path).catch(() => undefined);
      if (facts !== undefined) found.push({ path, bytes: await packedBytes(path), usedAt: facts.mtimeMs });
    }
  }
  let left = found.reduce((sum, { bytes }) => sum + bytes, 0);
  const idle = found.filter(({ usedAt }) => usedAt < Date.now() - GRACE_MS).toSorted((a, b) => a.usedAt - b.usedAt);
  for (const { path, bytes } of idle) {
    if (left <= maxBytes && !path.includes(`/${DRAFT}`)) continue;
    await rm(path, { recursive: true, force: true });
    left -= bytes;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
