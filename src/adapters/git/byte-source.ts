import { RepositoryError } from '../../ports/repository.ts';

const NEWLINE = 10;
const LONGEST_LINE = 64 * 1024;

/** Reads lines and counted bytes from a stream; `undefined` where it has ended before. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf(NEWLINE);
      if (end >= 0) {
        const line = Buffer.from(this.#buffer.subarray(0, end)).toString('latin1');
        this.#buffer = this.#buffer.subarray(end + 1);
        return line;
      }
      if (this.#buffer.length > LONGEST_LINE) throw new RepositoryError('GIT', 'git answered with an endless line');
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
    }
  }

  /** A copy of its own, so that a small blob does not keep a large chunk alive. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const taken = new Uint8Array(count);
    const complete = await this.#consume(count, (bytes, at) => taken.set(bytes, at));
    return complete ? taken : undefined;
  }

  skip(count: number): Promise<boolean> {
    return this.#consume(count, () => undefined);
  }

  async #consume(count: number, each: (bytes: Uint8Array, at: number) => void): Promise<boolean> {
    for (let at = 0; at < count; ) {
      if (this.#buffer.length === 0) {
        const chunk = await this.#next();
        if (chunk === undefined) return false;
        this.#buffer = chunk;
      }
      const bytes = this.#buffer.subarray(0, count - at);
      each(bytes, at);
      this.#buffer = this.#buffer.subarray(bytes.length);
      at += bytes.length;
    }
    return true;
  }

  async #next(): Promise<Uint8Array | undefined> {
    const next = await this.#chunks.next();
    return next.done === true ? undefined : next.value;
  }
}
