import { createHash } from 'node:crypto';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { guardedHttp } from '../../src/adapters/http/guarded-http.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { ociRegistry } from '../../src/adapters/registry/registry.ts';
import { signatureVerifier } from '../../src/adapters/sigstore/verifier-pool.ts';
import { cacheMemory, sealedCache } from '../../src/adapters/store/sealed-cache.ts';
import { parseImageRef } from '../../src/model/image-ref.ts';
import type { Trust } from '../../src/model/provenance.ts';
import { bounded } from '../../src/model/bounded.ts';
import { imageEvidence } from '../../src/provenance/evidence.ts';

/** As many images at a time as a run asks for (src/pipeline/image-evidence.ts). */
const AT_ONCE = 8;

export interface Side {
  /** Digests of what lies beside the images and is believed, by image. Throws where an image has nothing like it. */
  readAll(refs: readonly string[]): Promise<readonly (readonly string[])[]>;
  close(): Promise<void>;
}

/** The evidence source as the service builds it; `keeps`: what was learnt is known for as long as the side is open. */
export function openSide(origin: string, trust: Trust, { keeps }: { readonly keeps: boolean }): Side {
  const { hostname, port } = new URL(origin);
  const http = guardedHttp({
    allowedHosts: undefined,
    privateHosts: [{ host: hostname, port: Number(port), hasTls: false }],
    userAgent: 'presync/bench',
  });
  const clock = systemClock();
  const verifier = signatureVerifier({ runner: toolRunner(), clock });
  const source = imageEvidence({
    registry: ociRegistry({ http, plainHosts: [origin], credentials: new Map(), realms: new Map() }),
    verifier,
    timer: systemTimer(),
    cache: keeps ? sealedCache({ scope: 'bench', memory: cacheMemory(), clock }) : undefined,
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    build: 'bench',
    now: () => clock.now(),
  });
  const signal = new AbortController().signal;
  return {
    readAll: (refs) =>
      bounded(refs, AT_ONCE, async (ref) => {
        const evidence = await source.read({ ref: parseImageRef(ref), platforms: false }, trust, signal);
        if (evidence.status !== 'read') throw new Error(`${ref}: ${evidence.reason}`);
        const [rejected] = evidence.rejected;
        if (rejected !== undefined || evidence.believed.length === 0)
          throw new Error(`${ref} should be believed: ${rejected?.reason ?? 'nothing lies beside it'}`);
        return evidence.believed.map(({ digest }) => digest);
      }),
    async close() {
      await verifier.close();
      await http.close();
    },
  };
}
