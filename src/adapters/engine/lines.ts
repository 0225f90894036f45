const NEWLINE = 10;

/** Lines of a stream; `undefined` where it ends. Throws `TooLong` when a reader has taken more bytes than its allowance. */
export class Lines {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #allowance = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** From here on, this many bytes may be read. */
  allow(bytes: number): void {
    this.#allowance = bytes;
  }

  async next(): Promise<string | undefined> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      const part = end < 0 ? this.#rest : this.#rest.subarray(0, end);
      this.#allowance -= part.length;
      if (this.#allowance < 0) throw new TooLong('more output than allowed');
      parts.push(part);
      if (end >= 0) {
        this.#rest = this.#rest.subarray(end + 1);
        return Buffer.concat(parts).toString('utf8');
      }
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      this.#rest = chunk.value;
    }
  }
}

export class TooLong extends Error {}
