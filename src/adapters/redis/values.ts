import { Redis } from 'ioredis';
import { StoreError } from '../../ports/store.ts';
import type { Values } from '../../ports/values.ts';

export interface RedisValuesOptions {
  /** redis:// or rediss://, with its credentials. */
  readonly url: string;
  readonly prefix: string;
  /** Redis bounds the whole by `maxmemory`; this bounds one value. */
  readonly maxValueBytes: number;
  readonly onTrouble: () => void;
}

export const MAX_VALUE_BYTES = 16 * 1024 * 1024;

/** Values in Redis. Every one has an end, so that nothing stays for ever. */
export function redisValues({ url, prefix, maxValueBytes, onTrouble }: RedisValuesOptions): Values {
  const redis = new Redis(url, { maxRetriesPerRequest: 2, commandTimeout: 5_000, connectTimeout: 5_000 });
  redis.on('error', onTrouble);
  const keyOf = (name: string): string => `${prefix}:value:${name}`;

  function assertFits(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (bytes > maxValueBytes) throw new StoreError('TOO_LARGE', `a value of ${bytes} bytes does not fit the store`);
  }

  return {
    async put(name, text, ttlMs) {
      assertFits(text);
      await reached(redis.set(keyOf(name), text, 'PX', ttlMs));
    },
    async putNew(name, text, ttlMs) {
      assertFits(text);
      return (await reached(redis.set(keyOf(name), text, 'PX', ttlMs, 'NX'))) === 'OK';
    },
    text: async (name) => (await reached(redis.get(keyOf(name)))) ?? undefined,
    async ready() {
      try {
        return (await redis.ping()) === 'PONG';
      } catch {
        return false;
      }
    },
    async close() {
      redis.disconnect();
    },
  };
}

async function reached<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    throw new StoreError('UNREACHABLE', 'Redis did not answer', { cause: error });
  }
}
