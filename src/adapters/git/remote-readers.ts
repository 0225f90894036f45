import { join } from 'node:path';
import type { CommitSha } from '../../model/ids.ts';
import type { SourceTree } from '../../ports/source-tree.ts';
import type { ToolRunner } from '../../ports/tool-runner.ts';
import { BlobReader } from './blob-reader.ts';
import { readTree } from './listing.ts';
import { openQuarantine, type Quarantine } from './quarantine.ts';
import { holdCatFile } from './repository.ts';

/** Each holds a process; a change names a handful of repositories. */
const MAX_OPEN = 8;

interface Open {
  readonly quarantine: Quarantine;
  readonly blobs: BlobReader;
}

interface Held {
  readonly opening: Promise<Open>;
  reading: number;
}

/**
 * Repositories that are read from, the few of last use held open. Each is read through a quarantine, so that nothing but its objects
 * is looked at: what its folder says about itself is believed no more than what a server says.
 */
export class RemoteReaders {
  readonly #runner: ToolRunner;
  readonly #maxBlobBytes: number;
  readonly #held = new Map<string, Held>();

  constructor(runner: ToolRunner, maxBlobBytes: number) {
    this.#runner = runner;
    this.#maxBlobBytes = maxBlobBytes;
  }

  /** The tree of a commit of the bare repository at `path`. */
  tree(path: string, commit: CommitSha): Promise<SourceTree> {
    return this.#with(path, async ({ quarantine, blobs }) => {
      const tree = await readTree(quarantine, blobs, commit);
      const own = new Set<string>(tree.entries.map(({ oid }) => oid));
      // The reader of now may be closed when somebody reads.
      return {
        ...tree,
        read: (oid) => (own.has(oid) ? this.#with(path, (open) => open.blobs.read(oid)) : tree.read(oid)),
      };
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#held].map(([path, held]) => this.#close(path, held)));
  }

  async #with<Answer>(path: string, ask: (open: Open) => Promise<Answer>): Promise<Answer> {
    const held = this.#held.get(path) ?? { opening: this.#start(path), reading: 0 };
    // A Map keeps the order of insertion: the first is what was used longest ago.
    this.#held.delete(path);
    this.#held.set(path, held);
    held.reading += 1;
    try {
      return await ask(await held.opening);
    } finally {
      held.reading -= 1;
      await this.#closeIdle();
    }
  }

  async #start(path: string): Promise<Open> {
    const gitDir = { gitDir: path, common: path, objects: join(path, 'objects'), workTree: undefined };
    const quarantine = await openQuarantine(this.#runner, gitDir);
    return { quarantine, blobs: new BlobReader(() => holdCatFile(this.#runner, quarantine), this.#maxBlobBytes) };
  }

  async #closeIdle(): Promise<void> {
    for (const [path, held] of this.#held) {
      if (this.#held.size <= MAX_OPEN) return;
      if (held.reading === 0) await this.#close(path, held);
    }
  }

  async #close(path: string, { opening }: Held): Promise<void> {
    this.#held.delete(path);
    // Whoever asked was told why it could not be opened.
    const open = await opening.catch(() => undefined);
    await open?.blobs.close();
    await open?.quarantine.close();
  }
}
