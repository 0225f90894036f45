import type { Oid } from '../../model/ids.ts';
import { RepositoryError } from '../../ports/repository.ts';
import type { HeldTool } from '../../ports/tool-runner.ts';
import { ByteSource } from './byte-source.ts';
import { firstLine } from './call.ts';

interface Waiting {
  readonly oid: Oid;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: RepositoryError) => void;
}

/**
 * Blobs through one held `git cat-file --batch`, asked for without waiting for the answer before:
 * https://git-scm.com/docs/git-cat-file#_batch_output. Where git dies over an object, that one fails and the rest is asked again.
 */
export class BlobReader {
  readonly #start: () => HeldTool;
  readonly #maxBytes: number;
  readonly #waiting: Waiting[] = [];
  #tool: HeldTool | undefined;
  #closed = false;

  constructor(start: () => HeldTool, maxBytes: number) {
    this.#start = start;
    this.#maxBytes = maxBytes;
  }

  read(oid: Oid): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(new RepositoryError('GIT', 'the repository is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ oid, resolve, reject });
      this.#ask([oid]);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#tool?.kill();
    await this.#tool?.ended;
  }

  #ask(oids: readonly Oid[]): void {
    const running = this.#tool;
    const tool = running ?? this.#start();
    this.#tool = tool;
    // A write that fails means that git has ended, which the end of its output says as well.
    tool.write(oids.map((oid) => `${oid}\n`).join('')).catch(() => undefined);
    if (running === undefined) void this.#pump(tool);
  }

  async #pump(tool: HeldTool): Promise<void> {
    const source = new ByteSource(tool.output);
    try {
      while (await this.#answer(source));
    } catch {
      // Only an answer that breaks the format ends here; the request that got it fails below.
      tool.kill();
    }
    await tool.ended;
    this.#afterEnd(tool);
  }

  #afterEnd(tool: HeldTool): void {
    this.#tool = undefined;
    const reason = `git cat-file ended: ${this.#closed ? 'the repository is closed' : firstLine(tool.stderr())}`;
    const failing = this.#waiting.splice(0, this.#closed ? this.#waiting.length : 1);
    for (const { reject } of failing) reject(new RepositoryError('GIT', reason));
    if (this.#waiting.length > 0) this.#ask(this.#waiting.map(({ oid }) => oid));
  }

  async #answer(source: ByteSource): Promise<boolean> {
    const header = await source.line();
    const [first] = this.#waiting;
    if (header === undefined || first === undefined) return false;
    const [oid, type, size] = header.split(' ');
    if (oid !== first.oid) throw new RepositoryError('GIT', 'git cat-file answered out of order');
    if (type === 'missing' || size === undefined) {
      this.#waiting.shift()?.reject(missing(first.oid));
      return true;
    }
    return this.#body(source, type === 'blob', Number(size));
  }

  async #body(source: ByteSource, isBlob: boolean, size: number): Promise<boolean> {
    const isWanted = isBlob && size <= this.#maxBytes;
    const bytes = isWanted ? await source.take(size) : undefined;
    const complete = isWanted ? bytes !== undefined : await source.skip(size);
    if (!complete || !(await source.skip(1))) return false;
    const waiting = this.#waiting.shift();
    if (bytes !== undefined) waiting?.resolve(bytes);
    else waiting?.reject(isBlob ? tooLarge(waiting.oid, size, this.#maxBytes) : missing(waiting.oid));
    return true;
  }
}

function tooLarge(oid: Oid, size: number, maxBytes: number): RepositoryError {
  return new RepositoryError('TOO_LARGE', `${oid} has ${size} bytes, more than the ${maxBytes} that presync reads`);
}

function missing(oid: Oid): RepositoryError {
  return new RepositoryError(
    'MISSING',
    `${oid} is not in this clone; a partial clone gets it with "git fetch --refetch --filter=blob:limit=1g"`,
  );
}
