import { createHash } from 'node:crypto';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { ociRegistry } from '../../src/adapters/registry/registry.ts';
import { signatureVerifier } from '../../src/adapters/sigstore/verifier-pool.ts';
import { parseImageRef } from '../../src/model/image-ref.ts';
import type { ImageEvidence, Trust } from '../../src/model/provenance.ts';
import { imageEvidence } from '../../src/provenance/evidence.ts';
import { loopbackHttp } from '../standin/loopback-http.ts';

export interface EvidenceReader {
  /** What stands behind an image on a registry of this machine; with its platforms. */
  read(ref: string, trust: Partial<Trust>): Promise<ImageEvidence>;
  close(): Promise<void>;
}

/** Discovery and verification as they are, on loopback, with nothing kept. `registry` is at `origin`. */
export function anEvidenceReader(origin: string): EvidenceReader {
  const clock = systemClock();
  const verifier = signatureVerifier({ runner: toolRunner(), clock, processes: 1 });
  const registry = ociRegistry({
    http: loopbackHttp(),
    plainHosts: [origin],
    credentials: new Map(),
    realms: new Map(),
  });
  const source = imageEvidence({
    registry,
    verifier,
    timer: systemTimer(),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    build: 'test',
    now: () => clock.now(),
  });
  return {
    read: (ref, trust) => {
      const whole = { roots: [], keys: [], authorities: [], ...trust };
      return source.read({ ref: parseImageRef(ref), platforms: true }, whole, new AbortController().signal);
    },
    close: () => verifier.close(),
  };
}
