import { expect, test } from '@jest/globals';
import { FakeEvidence } from '../../test/fakes/image-evidence.ts';
import { parseImageRef } from '../model/image-ref.ts';
import type { ImageEvidence, Rejected, Trust, TrustedRoot } from '../model/provenance.ts';
import type { ImageEvidenceSource } from '../ports/image-evidence.ts';
import { bringingRoots, undecided } from './missing-root.ts';

const signal = new AbortController().signal;
const DIGEST = `sha256:${'1'.repeat(64)}`;
const ROOT: TrustedRoot = { name: 'github', json: '{}', thresholds: { logs: 0, certificateLogs: 0, timestamps: 1 } };
const MISSING = { name: 'github', organization: 'GitHub, Inc.', sentence: 'its root is not here' };
const TRUST: Trust = { roots: [], keys: [], authorities: [], missing: [MISSING] };
const READ: ImageEvidence = {
  status: 'read',
  digest: DIGEST,
  isIndex: false,
  platforms: [],
  believed: [],
  rejected: [],
  notes: [],
};
const OPEN: ImageEvidence = { status: 'unreachable', digest: DIGEST, reason: 'it needs a root', needs: 'github' };

/** An image that can be judged by whoever has the root. */
function aSource(): FakeEvidence & { readonly source: ImageEvidenceSource } {
  const fake = new FakeEvidence();
  const source: ImageEvidenceSource = {
    read: async (want, trust, inner) => {
      await fake.read(want, trust, inner);
      return trust.roots.length > 0 ? READ : OPEN;
    },
  };
  return Object.assign(fake, { source });
}

function bringer(answer: TrustedRoot | string) {
  const asked: string[] = [];
  const bring = (name: string) => {
    asked.push(name);
    return Promise.resolve(answer);
  };
  return { asked, bring };
}

const want = { ref: parseImageRef('ghcr.io/acme/shop:1'), platforms: false };

test('the root is fetched when an image needs it, once for all of them, and the image is judged by it', async () => {
  const { source, trusts } = aSource();
  const { asked, bring } = bringer(ROOT);
  const evidence = bringingRoots(source, bring);
  expect(await Promise.all([evidence.read(want, TRUST, signal), evidence.read(want, TRUST, signal)])).toEqual([
    READ,
    READ,
  ]);
  expect(await evidence.read(want, TRUST, signal)).toEqual(READ);
  expect(asked).toEqual(['github']);
  expect(new Set(trusts)).toEqual(new Set([TRUST, { ...TRUST, roots: [ROOT], missing: [] }]));
  expect(trusts).toHaveLength(5);
});

test('a root that cannot be had leaves the image unjudged, says why, and is asked for once', async () => {
  const { asked, bring } = bringer('the mirror did not answer');
  const evidence = bringingRoots(aSource().source, bring);
  const expected = { ...OPEN, reason: 'it needs a root (the mirror did not answer)' };
  expect(await evidence.read(want, TRUST, signal)).toEqual(expected);
  expect(await evidence.read(want, TRUST, signal)).toEqual(expected);
  expect(asked).toEqual(['github']);
  await evidence.read(want, { ...TRUST }, signal);
  expect(asked).toHaveLength(2);
});

test('whoever needs none asks for none', async () => {
  const { asked, bring } = bringer(ROOT);
  const fake = new FakeEvidence().put('ghcr.io/acme/shop:1', READ);
  expect(await bringingRoots(fake, bring).read(want, TRUST, signal)).toEqual(READ);
  const gone: ImageEvidence = { status: 'unreachable', reason: 'no answer' };
  expect(await bringingRoots({ read: () => Promise.resolve(gone) }, bring).read(want, TRUST, signal)).toBe(gone);
  expect(asked).toEqual([]);
});

test('a root that policy does not trust is not fetched, whatever is said to need it', async () => {
  const { asked, bring } = bringer(ROOT);
  const trust: Trust = { roots: [], keys: [], authorities: [] };
  expect(await bringingRoots(aSource().source, bring).read(want, trust, signal)).toBe(OPEN);
  expect(asked).toEqual([]);
});

test('a root that was brought and does not help is not brought again', async () => {
  const { asked, bring } = bringer(ROOT);
  const source: ImageEvidenceSource = { read: () => Promise.resolve(OPEN) };
  expect(await bringingRoots(source, bring).read(want, TRUST, signal)).toBe(OPEN);
  expect(asked).toEqual(['github']);
});

test('an abort meanwhile is thrown', async () => {
  const stop = new AbortController();
  const bring = () => {
    stop.abort(new Error('enough'));
    return Promise.resolve('it was stopped');
  };
  await expect(bringingRoots(aSource().source, bring).read(want, TRUST, stop.signal)).rejects.toThrow('enough');
});

test('an image is undecided where an attachment stands under a missing root, and by no other rejection', () => {
  const rejected: Rejected = {
    format: 'sigstore-bundle',
    place: 'referrer sha256:2',
    digest: DIGEST,
    fault: 'invalid',
    reason: 'x',
  };
  expect(undecided(DIGEST, [rejected, { ...rejected, needs: 'other' }], TRUST)).toBeUndefined();
  expect(undecided(DIGEST, [{ ...rejected, needs: 'github' }], { ...TRUST, missing: undefined })).toBeUndefined();
  expect(undecided(DIGEST, [rejected, { ...rejected, needs: 'github' }], TRUST)).toEqual({
    status: 'unreachable',
    digest: DIGEST,
    reason: 'referrer sha256:2 could not be checked: its root is not here',
    needs: 'github',
  });
});
