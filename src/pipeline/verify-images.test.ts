import { expect, test } from '@jest/globals';
import { aProvenance, aSignature } from '../../test/builders/believed.ts';
import { anImage } from '../../test/builders/provenance.ts';
import { aClock } from '../../test/fakes/clock.ts';
import { keepingEvidence, NO_ROOTS } from '../../test/fakes/image-evidence.ts';
import type { ImageEvidence } from '../model/provenance.ts';
import { verifyImages } from './verify-images.ts';

const signed = anImage('1', aSignature());
const unsigned = anImage('1', aProvenance());

async function verifying(kept: ImageEvidence, now: ImageEvidence) {
  const { asked, source } = keepingEvidence(kept, now);
  const { images } = await verifyImages(
    { images: ['ghcr.io/acme/web:1'], policyText: undefined },
    { evidence: source, roots: NO_ROOTS, clock: aClock() },
    new AbortController().signal,
  );
  return { asked, status: images[0]?.status };
}

test.each<[string, ImageEvidence, ImageEvidence, readonly boolean[], string]>([
  [
    'kept without a signature: it is looked for again',
    { ...unsigned, isKept: true },
    signed,
    [false, true],
    'verified',
  ],
  ['kept, and still without one', { ...unsigned, isKept: true }, unsigned, [false, true], 'unsigned'],
  ['kept with a signature', { ...signed, isKept: true }, unsigned, [false], 'verified'],
  ['just looked at', unsigned, signed, [false], 'unsigned'],
])('%s', async (...[, kept, now, asked, status]) => {
  expect(await verifying(kept, now)).toEqual({ asked, status });
});
