import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { SignedEntity } from '@sigstore/verify';
import type { Signer } from '../../model/provenance.ts';
import type { Signed } from './signed.ts';
import { readTimestamp } from './timestamp.ts';

/** Who made a signature and since when it is known to exist. */
export interface Proof {
  readonly signer: Signer;
  readonly signedAt: string | undefined;
  readonly isLogged: boolean;
}

export type Timestamps = SignedEntity['timestamps'];

/** Times that an attachment claims; whoever takes them must have the library verify entries and stamps. */
export function claimedTimes({ entries, timestamps }: Pick<Signed, 'entries' | 'timestamps'>): Timestamps {
  return [
    ...entries.filter(hasTime).map((tlogEntry) => ({ $case: 'transparency-log' as const, tlogEntry })),
    ...timestamps.map((der) => ({ $case: 'timestamp-authority' as const, timestamp: readTimestamp(der) })),
  ];
}

/** A log vouches for the time only by the signature of its promise: a proof of inclusion has no time in it (P-C3). */
function hasTime({ integratedTime, inclusionPromise }: TransparencyLogEntry): boolean {
  return inclusionPromise !== undefined && Number(integratedTime) > 0;
}

export function earliest(times: Timestamps): string | undefined {
  const dates = times.map((time) =>
    time.$case === 'transparency-log'
      ? new Date(Number(time.tlogEntry.integratedTime) * 1000)
      : time.timestamp.signingTime,
  );
  const [first] = dates.toSorted((a, b) => a.getTime() - b.getTime());
  return first?.toISOString();
}
