import type { Job } from '../ports/queue.ts';
import type { LaneWidth } from './lanes.ts';
import { Stop } from './running.ts';

export interface Entry {
  readonly id: string;
  readonly tenant: number;
  readonly job: Job;
  /** Times that it was tried. */
  readonly tries: number;
}

interface Running {
  readonly entry: Entry;
  readonly stop: AbortController;
  /** What has been asked for since it started. */
  next: Entry | undefined;
}

/** Jobs of one kind: who waits, who runs, whose turn it is. It starts nothing itself and knows no time. */
export class EmbeddedLane {
  readonly #width: LaneWidth;
  /** By installation, in order of turns; of each, by id in order of arrival. */
  readonly #waiting = new Map<number, Map<string, Entry>>();
  readonly #running = new Map<string, Running>();

  constructor(width: LaneWidth) {
    this.#width = width;
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((total, entries) => total + entries.size, 0);
  }

  /** A job that waits already is that job; one that runs is remembered for afterwards. */
  add(entry: Entry, { supersede }: { readonly supersede: boolean }): void {
    const running = this.#running.get(entry.id);
    if (running === undefined) {
      this.#wait(entry);
      return;
    }
    running.next = entry;
    if (supersede) running.stop.abort(new Stop('superseded'));
  }

  #wait(entry: Entry): void {
    const entries = this.#waiting.get(entry.tenant) ?? new Map<string, Entry>();
    if (!entries.has(entry.id)) entries.set(entry.id, entry);
    this.#waiting.set(entry.tenant, entries);
  }

  /** The next job whose installation has a turn, now counted as running; undefined when none may start. */
  take(): { readonly entry: Entry; readonly signal: AbortSignal } | undefined {
    if (this.#running.size >= this.#width.concurrency) return undefined;
    for (const [tenant, entries] of this.#waiting) {
      const [entry] = entries.values();
      if (entry === undefined || this.#inFlight(tenant) >= this.#width.perInstallation) continue;
      this.#endTurn(tenant, entries, entry);
      const stop = new AbortController();
      this.#running.set(entry.id, { entry, stop, next: undefined });
      return { entry, signal: stop.signal };
    }
    return undefined;
  }

  #inFlight(tenant: number): number {
    return [...this.#running.values()].filter(({ entry }) => entry.tenant === tenant).length;
  }

  #endTurn(tenant: number, entries: Map<string, Entry>, entry: Entry): void {
    entries.delete(entry.id);
    this.#waiting.delete(tenant);
    if (entries.size > 0) this.#waiting.set(tenant, entries);
  }

  /** The job has ended; answers whether it waits again because it was asked for meanwhile. */
  finish(id: string): boolean {
    const next = this.#running.get(id)?.next;
    this.#running.delete(id);
    if (next !== undefined) this.#wait(next);
    return next !== undefined;
  }

  drop(matches: (job: Job) => boolean): void {
    for (const [tenant, entries] of this.#waiting) {
      for (const { id, job } of entries.values()) if (matches(job)) entries.delete(id);
      if (entries.size === 0) this.#waiting.delete(tenant);
    }
    for (const running of this.#running.values()) {
      if (!matches(running.entry.job)) continue;
      running.next = undefined;
      running.stop.abort(new Stop('cancelled'));
    }
  }

  stopAll(): void {
    for (const { stop } of this.#running.values()) stop.abort(new Stop('closing'));
  }
}
