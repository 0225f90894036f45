import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { isObject } from '../../model/json.ts';
import { holdsSecret } from '../../model/secret-object.ts';
import type { Cache } from '../../ports/cache.ts';
import type { Memo } from '../../ports/memo.ts';

/** A repository of 50,000 manifests; what was not asked for the longest goes first. */
const MAX_ANSWERS = 100_000;

export interface BlobMemo extends Memo {
  /** Writes what is new, in one value for all blobs. */
  save(): Promise<void>;
}

export interface MemoOptions {
  /** Which program answers: what another one said is not asked for. */
  readonly build: string;
  readonly repository: string;
  readonly maxAnswers?: number;
}

/** The memo of one repository, read as a whole. */
export async function openMemo(
  cache: Cache,
  { build, repository, maxAnswers = MAX_ANSWERS }: MemoOptions,
): Promise<BlobMemo> {
  const name = `memo/${createHash('sha256')
    .update(JSON.stringify([build, repository]))
    .digest('hex')}`;
  // What comes of files that hold Secrets ends with the process, and does not keep the rest from the store.
  const [open, secret] = await Promise.all([readAnswers(cache, name), readAnswers(cache, secretName(name))]);
  const answers = new Map<string, JsonValue>([...open, ...secret]);
  const running = new Map<string, Promise<JsonValue>>();
  const secrets = new Set(secret.keys());
  const fresh = new Set<string>();

  async function answered(key: string, answer: () => Promise<JsonValue>): Promise<JsonValue> {
    try {
      const value = await answer();
      answers.set(key, value);
      fresh.add(key);
      if (holdsSecret(value)) secrets.add(key);
      return value;
    } finally {
      running.delete(key);
    }
  }

  return {
    about<Value extends JsonValue>(...[oid, question, answer]: Parameters<Memo['about']>): Promise<Value> {
      const key = `${question} ${oid}`;
      const known = answers.get(key);
      if (known !== undefined) {
        touch(answers, key, known);
        return Promise.resolve(known as Value);
      }
      const next = running.get(key) ?? answered(key, answer);
      running.set(key, next);
      return next as Promise<Value>;
    },
    async save() {
      if (fresh.size === 0) return;
      fresh.clear();
      const newest = [...answers].slice(-maxAnswers);
      const part = (isSecret: boolean) =>
        Object.fromEntries(newest.filter(([key]) => secrets.has(key) === isSecret)) satisfies JsonObject;
      await cache.write(name, part(false), 'store');
      await cache.write(secretName(name), part(true), 'memory');
    },
  };
}

/** The newest stand last. */
function touch(answers: Map<string, JsonValue>, key: string, value: JsonValue): void {
  answers.delete(key);
  answers.set(key, value);
}

async function readAnswers(cache: Cache, name: string): Promise<ReadonlyMap<string, JsonValue>> {
  const stored = await cache.read(name, name.endsWith(SECRET) ? 'memory' : 'store');
  return new Map(Object.entries(isObject(stored) ? stored : {}));
}

const SECRET = '/secret';

function secretName(name: string): string {
  return `${name}${SECRET}`;
}
