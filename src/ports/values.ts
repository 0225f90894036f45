/** Texts by name, each with a time to live; what a Store is built on. Throws StoreError (`UNREACHABLE`, `TOO_LARGE`). */
export interface Values {
  put(name: string, text: string, ttlMs: number): Promise<void>;
  /** False, and nothing changes, where the name has a value. */
  putNew(name: string, text: string, ttlMs: number): Promise<boolean>;
  text(name: string): Promise<string | undefined>;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}
