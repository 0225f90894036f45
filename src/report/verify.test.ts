import { expect, test } from '@jest/globals';
import type { VerifiedImage, VerifyReport } from '../model/verify-report.ts';
import { verifyJson, verifyText } from './verify.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function anImage(overrides: Partial<VerifiedImage>): VerifiedImage {
  return {
    ref: 'ghcr.io/acme/shop:1.2.3',
    digest: DIGEST,
    status: 'verified',
    signer: 'acme/shop',
    summary: 'signed by acme/shop release.yml@refs/tags/v1.2.3',
    fix: '',
    platforms: ['linux/amd64', 'linux/arm64'],
    found: [
      {
        outcome: 'believed',
        place: 'tag sha256-aaaa.sig, layer 1',
        what: 'signature by acme/shop',
        details: ['signed at 2026-11-01T10:00:00Z', 'in a transparency log'],
      },
      { outcome: 'rejected', place: 'referrer sha256:bbbb', what: 'it speaks of sha256:cccc', details: [] },
      { outcome: 'seen', place: 'referrer sha256:dddd', what: 'a Notation signature, not verifiable yet', details: [] },
    ],
    rules: [{ match: 'ghcr.io/acme/**', from: '.presync.yaml', mode: 'block', unmet: [] }],
    ...overrides,
  };
}

function shown(...images: readonly VerifiedImage[]): string {
  const report: VerifyReport = { schema: 'presync.verify/v1', images, notes: [] };
  return verifyText(report, { color: false });
}

test('an image is a tree: what it is, what lies beside it and why it is believed, what policy asks', () => {
  expect(shown(anImage({})).split('\n')).toEqual([
    `ghcr.io/acme/shop:1.2.3@${DIGEST}`,
    'verified: signed by acme/shop release.yml@refs/tags/v1.2.3',
    '├─ an index for linux/amd64, linux/arm64',
    '├─ beside it (3 things)',
    '│  ├─ ✓ tag sha256-aaaa.sig, layer 1: signature by acme/shop',
    '│  │  ├─ signed at 2026-11-01T10:00:00Z',
    '│  │  └─ in a transparency log',
    '│  ├─ ✗ referrer sha256:bbbb: it speaks of sha256:cccc',
    '│  └─ · referrer sha256:dddd: a Notation signature, not verifiable yet',
    '└─ policy',
    '   └─ ✓ ghcr.io/acme/** (.presync.yaml)',
    '',
  ]);
});

test('what is missing comes with what to do, and an image that could not be read has no tree', () => {
  const unmet = [{ message: 'no signature of acme/*', fix: 'sign it in the release workflow' }];
  const rules = [{ match: '**', from: '', mode: 'advise' as const, unmet }];
  const unsigned = anImage({ status: 'unsigned', platforms: [], found: [], rules, fix: 'sign it' });
  expect(shown(unsigned)).toContain(
    'Fix: sign it\n├─ beside it (0 things)\n│  └─ nothing was found beside it\n└─ policy\n   └─ ✗ **, advice only\n      └─ no signature of acme/*\n         └─ Fix: sign it in the release workflow\n',
  );
  const gone = anImage({ status: 'errored', digest: null, platforms: [], found: [], rules: [], summary: 'no answer' });
  expect(shown(gone)).toBe('ghcr.io/acme/shop:1.2.3\nerrored: no answer\n');
  expect(shown({ ...gone, digest: DIGEST })).toBe(`ghcr.io/acme/shop:1.2.3@${DIGEST}\nerrored: no answer\n`);
});

test('names that others wrote cannot steer the terminal', () => {
  const found = [{ outcome: 'seen' as const, place: 'tag \u001b[2J', what: 'a\nb\u202e', details: ['\u0007'] }];
  expect(shown(anImage({ found }))).toContain('· tag \\u001b[2J: a b\\u202e\n');
});

test('as JSON it is the report itself', () => {
  const report: VerifyReport = { schema: 'presync.verify/v1', images: [anImage({})], notes: ['old'] };
  expect(JSON.parse(verifyJson(report))).toEqual(report);
});
