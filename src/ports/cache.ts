import type { JsonValue } from '../model/json.ts';

/** `store`: outlives the process where there is a store, unless the value holds a Secret; `memory`: never does. */
export type Keep = 'memory' | 'store';

/**
 * What can be made again at some cost, by name. It answers what was written under the name or nothing, and never throws: a store
 * that cannot be reached costs time, not the run. Values are shared by reference, so nobody changes them.
 */
export interface Cache {
  read(name: string, keep: Keep): Promise<JsonValue | undefined>;
  /** Returns once the value can be read again; the store may be written later. */
  write(name: string, value: JsonValue, keep: Keep): Promise<void>;
  /** Waits until everything that was written lies in the store. */
  flush(): Promise<void>;
}
