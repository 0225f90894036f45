import type { JsonValue } from '../../model/json.ts';
import { holdsSecret } from '../../model/secret-object.ts';
import type { Cache, Keep } from '../../ports/cache.ts';
import type { Clock } from '../../ports/clock.ts';
import { StoreError } from '../../ports/store.ts';
import type { Values } from '../../ports/values.ts';
import { Lru } from './lru.ts';
import { sealJson, unseal } from './sealed.ts';

const DAY_MS = 86_400_000;
/** What no change asked for within two weeks is made again. */
const TTL_MS = 14 * DAY_MS;
/** A larger value would take longer to read back than to make, and no store takes it. */
const MAX_STORED_BYTES = 32 * 1024 * 1024;
/** As text; the objects themselves take about three times as much. */
const MEMORY_BYTES = 128 * 1024 * 1024;
/** Texts that wait for the store; whoever writes more than this waits with them. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** The level that all runs of a process share. */
export type CacheMemory = Lru<JsonValue>;

export function cacheMemory(maxBytes: number = MEMORY_BYTES): CacheMemory {
  return new Lru(maxBytes);
}

export interface SealedCacheOptions {
  /** Nobody but callers of the same scope gets what is written here: an installation. */
  readonly scope: string;
  readonly memory: CacheMemory;
  /** Without a store everything ends with the process. */
  readonly store?: { readonly values: Values; readonly key: Uint8Array } | undefined;
  readonly clock: Clock;
}

export interface SealedCache extends Cache {
  /** Values of the store that were not sealed by us, and calls that the store did not answer. */
  troubles(): { readonly rejected: number; readonly unanswered: number };
}

/** Two levels: memory, and values under a MAC. What was changed there is as good as absent, and counted. */
export function sealedCache({ scope, memory, store, clock }: SealedCacheOptions): SealedCache {
  const counts = { rejected: 0, unanswered: 0 };
  const waiting = { bytes: 0, last: Promise.resolve() };
  const placeOf = (name: string): string => JSON.stringify([scope, name]);

  async function stored(place: string): Promise<JsonValue | undefined> {
    const text = await store?.values.text(place).catch(() => {
      counts.unanswered += 1;
    });
    if (store === undefined || text === undefined) return undefined;
    const sealed = unseal(store.key, place, text);
    if (sealed === undefined) counts.rejected += 1;
    if (sealed === undefined || sealed.expiresAt <= clock.now().getTime()) return undefined;
    const value = sealed.value as JsonValue;
    memory.hold(place, value, sealed.bytes);
    return value;
  }

  async function put(place: string, json: string): Promise<void> {
    if (store === undefined) return;
    const expiresAt = clock.now().getTime() + TTL_MS;
    try {
      await store.values.put(place, sealJson(store.key, place, { expiresAt, json }), TTL_MS);
    } catch (error) {
      // What does not fit is not kept; nothing is wrong with the store.
      if (!(error instanceof StoreError && error.code === 'TOO_LARGE')) counts.unanswered += 1;
    } finally {
      waiting.bytes -= json.length;
    }
  }

  return {
    troubles: () => ({ ...counts }),
    async read(name, keep) {
      const place = placeOf(name);
      return memory.find(place) ?? (keep === 'store' ? await stored(place) : undefined);
    },
    async write(name, value, keep) {
      const place = placeOf(name);
      const json = JSON.stringify(value);
      memory.hold(place, value, json.length);
      if (store === undefined || !mayBeStored(value, json, keep)) return;
      waiting.bytes += json.length;
      const turn = waiting.last.then(() => put(place, json));
      waiting.last = turn;
      if (waiting.bytes > MAX_WAITING_BYTES) await turn;
    },
    flush: () => waiting.last,
  };
}

function mayBeStored(value: JsonValue, json: string, keep: Keep): boolean {
  return keep === 'store' && json.length <= MAX_STORED_BYTES && !holdsSecret(value);
}
