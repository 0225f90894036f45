import { expect, test } from '@jest/globals';
import { aProvenance, aSignature } from '../../test/builders/believed.ts';
import { anImage } from '../../test/builders/provenance.ts';
import { aClock } from '../../test/fakes/clock.ts';
import { keepingEvidence, NO_ROOTS } from '../../test/fakes/image-evidence.ts';
import type { ImageEvidence, Rejected } from '../model/provenance.ts';
import { verifyImages } from './verify-images.ts';

const signed = anImage('1', aSignature());
const BY_A_KEY: Rejected = {
  format: 'cosign-signature',
  place: 'tag sha256-1.sig',
  digest: 'sha256:c',
  fault: 'invalid',
  reason: 'it is signed by a key, and by none that is trusted',
};
const unsigned = anImage('1', aProvenance());

async function verifying(kept: ImageEvidence, now: ImageEvidence) {
  const { asked, source } = keepingEvidence(kept, now);
  const { images } = await verifyImages(
    { images: ['ghcr.io/acme/web:1'], policyText: undefined },
    { evidence: source, roots: NO_ROOTS, clock: aClock() },
    new AbortController().signal,
  );
  return { asked, status: images[0]?.status, fix: images[0]?.fix };
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
  expect(await verifying(kept, now)).toMatchObject({ asked, status });
});

test.each<[string, ImageEvidence, RegExp]>([
  ['nothing', anImage('1'), /^Sign it where it is built: `cosign sign ghcr.io\/acme\/web@sha256:/],
  [
    'a signature of somebody unknown',
    { ...anImage('1'), rejected: [BY_A_KEY] },
    /^Where its signer is one that you know, name the key or the root in a policy \(--config\)\. Else: Sign it/,
  ],
  [
    'a signature of another image',
    { ...anImage('1'), rejected: [{ ...BY_A_KEY, fault: 'mismatch' }] },
    /^Sign it where it is built: /,
  ],
  ['provenance', unsigned, /^Sign it as well, or accept its provenance/],
])('what to do where beside an image lies %s', async (_, evidence, fix) => {
  expect((await verifying(evidence, evidence)).fix).toMatch(fix);
});
