import { sentenceOf } from '../../model/error.ts';
import type { Oid } from '../../model/ids.ts';
import type { Mount } from '../../ports/engine.ts';
import { RepositoryError } from '../../ports/repository.ts';

/** Blobs are read this many at once. */
const BATCH = 64;

export interface Content {
  readonly oid: string;
  readonly bytes: Uint8Array;
}

/** Why the engine did not get a file. */
export interface Refusal {
  readonly path: string;
  readonly reason: string;
}

/** What one request may still read, and what it was refused first. */
export interface Budget {
  bytes: number;
  refusal: Refusal | undefined;
}

/**
 * The wanted blobs, from whichever mount has them. What cannot be had is left out, which the engine answers with an error; the
 * budget then says why.
 */
export async function* contents(
  mounts: readonly Mount[],
  wanted: readonly string[],
  budget: Budget,
): AsyncGenerator<Content> {
  for (let start = 0; start < wanted.length; start += BATCH) {
    const oids = wanted.slice(start, start + BATCH);
    const found = await Promise.all(oids.map((oid) => read(mounts, oid)));
    for (const [index, result] of found.entries()) {
      const oid = oids[index] ?? '';
      const spent = result instanceof Uint8Array ? result.length : 0;
      budget.bytes -= spent;
      if (!(result instanceof Uint8Array)) refuse(budget, mounts, oid, result);
      else if (budget.bytes < 0)
        refuse(budget, mounts, oid, 'the files that this needs are larger together than presync reads for one app');
      else yield { oid, bytes: result };
    }
  }
}

/** The bytes, or the reason why there are none. */
async function read(mounts: readonly Mount[], oid: string): Promise<Uint8Array | string> {
  let reason = `${oid} is in no tree of this request`;
  for (const { tree } of mounts) {
    try {
      return await tree.read(oid as Oid);
    } catch (error) {
      if (!(error instanceof RepositoryError)) throw error;
      reason = sentenceOf(error);
      if (error.code !== 'MISSING') return reason;
    }
  }
  return reason;
}

function refuse(budget: Budget, mounts: readonly Mount[], oid: string, reason: string): void {
  const entry = mounts.flatMap(({ tree }) => tree.entries).find((one) => one.oid === oid);
  budget.refusal ??= { path: entry?.path ?? '', reason };
}
