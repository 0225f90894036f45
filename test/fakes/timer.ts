import type { Timer } from '../../src/ports/timer.ts';

interface Appointment {
  readonly atMs: number;
  readonly act: () => void;
}

/** Time that passes when the test says so. */
export class FakeTimer implements Timer {
  nowMs = 0;
  readonly #appointments = new Set<Appointment>();

  after(delayMs: number, act: () => void): () => void {
    const appointment = { atMs: this.nowMs + delayMs, act };
    this.#appointments.add(appointment);
    return () => {
      this.#appointments.delete(appointment);
    };
  }

  /** Runs what is due until then, in order, letting promises settle in between. */
  async pass(ms: number): Promise<void> {
    const until = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#appointments].filter(({ atMs }) => atMs <= until).toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#appointments.delete(next);
      this.nowMs = next.atMs;
      next.act();
      await settled();
    }
    this.nowMs = until;
    await settled();
  }

  get pending(): number {
    return this.#appointments.size;
  }
}

/** Lets everything that needs no more than the event loop happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
