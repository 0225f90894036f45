interface Held<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** Values in memory, no more than `maxBytes` of them together; what was not asked for the longest goes first. */
export class Lru<Value> {
  readonly #held = new Map<string, Held<Value>>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(name: string): Value | undefined {
    const found = this.#held.get(name);
    if (found === undefined) return undefined;
    this.#held.delete(name);
    this.#held.set(name, found);
    return found.value;
  }

  /** A value that is larger than the whole is not held, and neither is the one that it replaces. */
  hold(name: string, value: Value, bytes: number): void {
    this.#drop(name);
    if (bytes > this.#maxBytes) return;
    this.#held.set(name, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    this.#bytes -= this.#held.get(name)?.bytes ?? 0;
    this.#held.delete(name);
  }
}
