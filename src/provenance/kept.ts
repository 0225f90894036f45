import { canonicalJson, type JsonValue } from '../model/json.ts';
import type { ImageEvidence } from '../model/provenance.ts';
import type { Cache } from '../ports/cache.ts';

export type ReadEvidence = Extract<ImageEvidence, { readonly status: 'read' }>;

export interface KeptOptions {
  /** Of one scope: what one installation may read is nothing for another. */
  readonly cache?: Cache | undefined;
  readonly now: () => Date;
}

/** Grows when the form of what is kept, or the meaning of a verification, changes. */
const FORM = 2;
const MINUTE_MS = 60_000;
/** Without a single request. A signature that vanished is noticed after that; one that came, too, unless it is asked for afresh. */
const FRESH_MS = 10 * MINUTE_MS;
/** While the same lies beside the image. Keys end and roots change: nothing is believed for longer without being verified again. */
const VERIFIED_MS = 24 * 60 * MINUTE_MS;

interface Entry {
  readonly evidence: ReadEvidence;
  /** Names everything that was found beside the image. */
  readonly found: string;
  /** Milliseconds: when it was found, and when it was verified. */
  readonly seenAt: number;
  readonly verifiedAt: number;
}

export interface Kept {
  /** Seen a short time ago; it says of itself that it is kept. */
  fresh(): ReadEvidence | undefined;
  /** The same lies there as when this was verified. */
  same(found: string): Promise<ReadEvidence | undefined>;
  keep(found: string, evidence: ReadEvidence): Promise<void>;
}

/** What is kept of an image under a name that holds its digest, its repository, the trust and all else that makes the answer. */
export async function keptFor(parts: readonly JsonValue[], { cache, now }: KeptOptions): Promise<Kept> {
  const name = canonicalJson(['evidence', FORM, ...parts]);
  const entry = (await cache?.read(name, 'store')) as Entry | undefined;
  const at = now().getTime();
  const within = (since: number | undefined, ms: number): boolean =>
    since !== undefined && at - since >= 0 && at - since < ms;
  const put = (value: Entry): Promise<void> =>
    cache?.write(name, value as unknown as JsonValue, 'store') ?? Promise.resolve();
  return {
    fresh: () =>
      entry !== undefined && within(entry.seenAt, FRESH_MS) ? { ...entry.evidence, isKept: true } : undefined,
    async same(found) {
      if (entry === undefined || entry.found !== found || !within(entry.verifiedAt, VERIFIED_MS)) return undefined;
      await put({ ...entry, seenAt: at });
      return entry.evidence;
    },
    async keep(found, evidence) {
      if (mayBeKept(evidence)) await put({ evidence, found, seenAt: at, verifiedAt: at });
    },
  };
}

/**
 * Only what somebody signed: whoever is told that a signature is missing makes one and asks again. A verification that failed may have
 * failed for want of time, and is done again.
 */
function mayBeKept({ believed, rejected }: ReadEvidence): boolean {
  return believed.length > 0 && rejected.every(({ fault }) => fault !== 'invalid');
}
