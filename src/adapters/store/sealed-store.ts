import type { LockEntry } from '../../model/lock.ts';
import { parseVerdictId, type VerdictKey, verdictId } from '../../model/verdict-key.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Leave, LeaveName, LockName, RunName, Store, StoredRun, StoredVerdict } from '../../ports/store.ts';
import type { Values } from '../../ports/values.ts';
import { seal, unseal } from './sealed.ts';

export interface SealedStoreOptions {
  readonly values: Values;
  /** 32 bytes or more that nobody else who can write the values knows. */
  readonly key: Uint8Array;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
/** A run that is not completed for 14 days is stale (C8); what is older is validated anew. */
const VERDICT_MS = 14 * DAY_MS;
const RUN_MS = 30 * DAY_MS;
/** GitHub redelivers for three days (W3). */
const DELIVERY_MS = 4 * DAY_MS;

/** A Store on any Values: names carry installation and repository, values a MAC, and both have an end. */
export function sealedStore({ values, key, clock }: SealedStoreOptions): Store {
  async function put(name: string, value: unknown, ttlMs: number): Promise<void> {
    await values.put(name, seal(key, name, { expiresAt: clock.now().getTime() + ttlMs, value }), ttlMs);
  }

  async function read<Value>(name: string): Promise<Value | undefined> {
    const text = await values.text(name);
    const sealed = text === undefined ? undefined : unseal(key, name, text);
    const isThere = sealed !== undefined && sealed.expiresAt > clock.now().getTime();
    // Only this store holds the key, so what the MAC vouches for has the shape that was put under this name.
    return isThere ? (sealed.value as Value) : undefined;
  }

  return {
    async putVerdict(verdictKey, content) {
      const id = verdictId(verdictKey);
      const stored: StoredVerdict = { id, key: verdictKey, ...content };
      await put(verdictName(verdictKey), stored, VERDICT_MS);
      return id;
    },
    verdictById: (id) => read(verdictName(parseVerdictId(id))),
    verdictFor: (verdictKey) => read(verdictName(verdictKey)),
    putLock: (name, entries) => put(lockName(name), entries, VERDICT_MS),
    lock: async (name) => (await read<readonly LockEntry[]>(lockName(name))) ?? [],
    putLeave: (name: LeaveName, leave: Leave) => put(leaveName(name), leave, VERDICT_MS),
    leave: (name) => read(leaveName(name)),
    putRun: (name: RunName, run: StoredRun) => put(runName(name), run, RUN_MS),
    run: (name) => read(runName(name)),
    sawDelivery: async (id) => (await read(deliveryName(id))) !== undefined,
    rememberDelivery: (id) => {
      const name = deliveryName(id);
      const expiresAt = clock.now().getTime() + DELIVERY_MS;
      return values.putNew(name, seal(key, name, { expiresAt, value: true }), DELIVERY_MS);
    },
    ready: () => values.ready(),
    close: () => values.close(),
  };
}

function verdictName(key: VerdictKey): string {
  return `${key.installation}/${key.repository}/verdict/${verdictId(key)}`;
}

function lockName({ installation, repository, of }: LockName): string {
  return `${installation}/${repository}/lock/${of}`;
}

function leaveName({ installation, repository, number, head, base }: LeaveName): string {
  return `${installation}/${repository}/leave/${number}/${head}/${base}`;
}

function runName({ installation, repository, subject }: RunName): string {
  return `${installation}/${repository}/run/${subject}`;
}

function deliveryName(id: string): string {
  return `delivery/${id}`;
}
