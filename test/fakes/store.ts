import { parseVerdictId, verdictId } from '../../src/model/verdict-key.ts';
import type { LockEntry } from '../../src/model/lock.ts';
import {
  type Leave,
  type LeaveName,
  type LockName,
  type Store,
  StoreError,
  type StoredRun,
  type StoredVerdict,
} from '../../src/ports/store.ts';

/** A store in memory. `isDown` makes every call fail. */
export class FakeStore implements Store {
  isDown = false;
  readonly verdicts = new Map<string, StoredVerdict>();
  readonly runs = new Map<string, StoredRun>();
  readonly locks = new Map<string, readonly LockEntry[]>();
  readonly leaves = new Map<string, Leave>();
  readonly deliveries = new Set<string>();

  #reach(): void {
    if (this.isDown) throw new StoreError('UNREACHABLE', 'the store did not answer');
  }

  async putVerdict(key: StoredVerdict['key'], content: Omit<StoredVerdict, 'id' | 'key'>): Promise<string> {
    this.#reach();
    const id = verdictId(key);
    this.verdicts.set(id, structuredClone({ id, key, ...content }));
    return id;
  }

  async verdictById(id: string): Promise<StoredVerdict | undefined> {
    this.#reach();
    return structuredClone(this.verdicts.get(verdictId(parseVerdictId(id))));
  }

  async verdictFor(key: StoredVerdict['key']): Promise<StoredVerdict | undefined> {
    return await this.verdictById(verdictId(key));
  }

  async putLock(name: LockName, entries: readonly LockEntry[]): Promise<void> {
    this.#reach();
    this.locks.set(lockNameOf(name), structuredClone(entries));
  }

  async lock(name: LockName): Promise<readonly LockEntry[]> {
    this.#reach();
    return structuredClone(this.locks.get(lockNameOf(name)) ?? []);
  }

  async putLeave(name: LeaveName, leave: Leave): Promise<void> {
    this.#reach();
    this.leaves.set(leaveNameOf(name), structuredClone(leave));
  }

  async leave(name: LeaveName): Promise<Leave | undefined> {
    this.#reach();
    return structuredClone(this.leaves.get(leaveNameOf(name)));
  }

  async putRun(name: Parameters<Store['putRun']>[0], run: StoredRun): Promise<void> {
    this.#reach();
    this.runs.set(nameOf(name), structuredClone(run));
  }

  async run(name: Parameters<Store['run']>[0]): Promise<StoredRun | undefined> {
    this.#reach();
    return structuredClone(this.runs.get(nameOf(name)));
  }

  async sawDelivery(id: string): Promise<boolean> {
    this.#reach();
    return this.deliveries.has(id);
  }

  async rememberDelivery(id: string): Promise<boolean> {
    this.#reach();
    const isNew = !this.deliveries.has(id);
    this.deliveries.add(id);
    return isNew;
  }

  async ready(): Promise<boolean> {
    return !this.isDown;
  }

  async close(): Promise<void> {}
}

function nameOf({ installation, repository, subject }: Parameters<Store['run']>[0]): string {
  return `${installation}/${repository}/${subject}`;
}

function leaveNameOf({ installation, repository, number, head, base }: LeaveName): string {
  return [installation, repository, number, head, base].join('/');
}

function lockNameOf({ installation, repository, of }: LockName): string {
  return `${installation}/${repository}/${of}`;
}
