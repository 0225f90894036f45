import { cacheMemory, type SealedCache, sealedCache } from '../../src/adapters/store/sealed-cache.ts';
import { aClock } from '../fakes/clock.ts';

/** Of one process: `aCache({ memory })` shares it with another one. */
export function aCache(options: Partial<Parameters<typeof sealedCache>[0]> = {}): SealedCache {
  return sealedCache({ scope: 'a test', memory: cacheMemory(), clock: aClock(), ...options });
}
