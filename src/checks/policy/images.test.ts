import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  aKeySigner,
  aProvenance,
  aSignature,
  aSignerRule,
  aWorkflow,
  DIGEST,
  evidenceOf,
} from '../../../test/builders/believed.ts';
import { aWorld } from '../../../test/builders/manifest.ts';
import { DEFAULT_POLICY, readPolicy } from '../../config/policy.ts';
import { matchesGlob } from '../../model/glob.ts';
import { parseImageRef } from '../../model/image-ref.ts';
import type { ImageRule, Policy, ProvenanceRule, SignerRule, TrustPolicy } from '../../model/policy.ts';
import type { Believed } from '../../model/provenance.ts';
import { unmet } from '../provenance/requirements.ts';
import { policy } from './index.ts';

async function said(base: Policy, proposed: Policy): Promise<readonly string[]> {
  const input = {
    base: aWorld('base', []),
    merged: aWorld('merged', []),
    policy: base,
    proposed: { policy: proposed },
  };
  return (await policy.run(input, new AbortController().signal)).map(({ message }) => message);
}

function read(lines: string): Policy {
  return readPolicy(`version: 1\n${lines}`, '.presync.yaml');
}

/** An entry that requires what is written. */
function entry(require: string, match = 'ghcr.io/acme/**', more = ''): Policy {
  return read(`images: [{ match: "${match}", ${more} require: { ${require} } }]\n${AUTHORITY}`);
}

const AUTHORITY = 'trust: { authorities: [{ file: ca.pem }] }';
const KEYLESS = '{ issuer: "https://token.actions.githubusercontent.com", repository: acme/shop, ref: refs/tags/** }';
const SIGNED = `signature: { keyless: ${KEYLESS} }`;
const BY = 'repository acme/shop, ref refs/tags/**, by https://token.actions.githubusercontent.com';
const BUILT = 'provenance: { builder: "https://github.com/acme/**", source: acme/shop, ref: refs/tags/** }';
const KEYS = 'signature: { key: [{ file: a.pub }, { file: b.pub }], count: 2 }';
const LISTED =
  'images: ** is listed; images that it matches were findings (images/unlisted) and would pass under its requirements';
const WEAKER = 'images: the signature that ghcr.io/acme/** needs is weaker; ';

describe('a change lets more images through when', () => {
  test.each<[string, Policy, Policy, readonly string[]]>([
    [
      'no signature is required',
      entry(SIGNED),
      entry('digest: true'),
      ['images: no signature is required for ghcr.io/acme/** any more; images that nobody has signed would pass'],
    ],
    [
      'no provenance is required',
      entry(BUILT),
      entry(''),
      ['images: no provenance is required for ghcr.io/acme/** any more; images that were built anywhere would pass'],
    ],
    [
      'it is required of less',
      entry(SIGNED),
      entry(SIGNED, 'ghcr.io/acme/*'),
      [
        'images: no signature is required for ghcr.io/acme/** any more (only for ghcr.io/acme/*); images that nobody has signed would pass',
      ],
    ],
    [
      'it is only advised',
      entry(SIGNED),
      entry(SIGNED, 'ghcr.io/acme/**', 'mode: advise,'),
      ['images: no signature is required for ghcr.io/acme/** any more; images that nobody has signed would pass'],
    ],
    [
      'a digest is only advised',
      entry('digest: true'),
      entry('digest: true', 'ghcr.io/acme/**', 'mode: advise,'),
      [
        'images: a digest is no longer required for ghcr.io/acme/**; images named by a tag, which can be moved, would pass',
      ],
    ],
    [
      'registries are only advised',
      entry('registries: [ghcr.io]'),
      entry('registries: [ghcr.io]', 'ghcr.io/acme/**', 'mode: advise,'),
      ['images: no registries are named for ghcr.io/acme/** any more; images from any registry would pass'],
    ],
    [
      'a key may sign too',
      entry(SIGNED),
      entry(`signature: { keyless: ${KEYLESS}, key: { file: a.pub } }`),
      [`${WEAKER}a signature by a.pub would do`],
    ],
    [
      'somebody else may sign',
      entry(SIGNED),
      entry(SIGNED.replace('acme/shop', 'acme/web')),
      [`${WEAKER}a signature by ${BY.replace('shop', 'web')} would do`],
    ],
    [
      'a repository is wider',
      entry(SIGNED),
      entry(SIGNED.replace('acme/shop', 'acme/*')),
      [`${WEAKER}a signature by ${BY.replace('shop', '*')} would do`],
    ],
    [
      'a ref is wider',
      entry(SIGNED),
      entry(SIGNED.replace('refs/tags/**', 'refs/**')),
      [`${WEAKER}a signature by ${BY.replace('refs/tags/**', 'refs/**')} would do`],
    ],
    [
      'a ref is no longer asked for',
      entry(SIGNED),
      entry(SIGNED.replace(', ref: refs/tags/**', '')),
      [`${WEAKER}a signature by ${BY.replace(' ref refs/tags/**,', '')} would do`],
    ],
    [
      'another issuer',
      entry(SIGNED),
      entry(SIGNED.replace('com"', 'com/acme"')),
      [`${WEAKER}a signature by ${BY}/acme would do`],
    ],
    [
      'any trigger',
      entry(SIGNED),
      entry(SIGNED.replace('ref:', 'triggers: any, ref:')),
      [`${WEAKER}a signature by ${BY.replace(', by', ', triggers any, by')} would do`],
    ],
    [
      'a trigger more',
      entry(SIGNED.replace('ref:', 'triggers: [push], ref:')),
      entry(SIGNED.replace('ref:', 'triggers: [push, release], ref:')),
      [`${WEAKER}a signature by ${BY.replace(', by', ', triggers push, release, by')} would do`],
    ],
    [
      'no trigger named any more',
      entry(SIGNED.replace('ref:', 'triggers: [push], ref:')),
      entry(SIGNED),
      [`${WEAKER}a signature by ${BY} would do`],
    ],
    [
      'a pull request may start it',
      entry(SIGNED),
      entry(SIGNED.replace('ref:', 'triggers: [pull_request], ref:')),
      [`${WEAKER}a signature by ${BY.replace(', by', ', triggers pull_request, by')} would do`],
    ],
    [
      'runners of their own',
      entry(SIGNED),
      entry(SIGNED.replace('ref:', 'selfHosted: true, ref:')),
      [`${WEAKER}a signature by ${BY.replace(', by', ', selfHosted, by')} would do`],
    ],
    [
      'an id is no longer asked for',
      entry(SIGNED.replace('ref:', 'ownerId: "7", ref:')),
      entry(SIGNED),
      [`${WEAKER}a signature by ${BY} would do`],
    ],
    [
      'a certificate of more',
      entry('signature: { certificate: { authority: ca.pem, subject: a.example } }'),
      entry('signature: { certificate: { authority: ca.pem, subject: a.* } }'),
      [`${WEAKER}a signature by a.* (certificate of ca.pem) would do`],
    ],
    [
      'fewer must sign',
      entry(KEYS),
      entry(KEYS.replace('count: 2', 'count: 1')),
      [`${WEAKER}1 in place of 2 signatures would do`],
    ],
    [
      'copies may be taken for the original',
      entry(KEYS.replace('count: 2', 'count: 2, sameName: true')),
      entry(KEYS),
      [`${WEAKER}a signature that names another repository would do`],
    ],
    [
      'one listed signer counts for two',
      entry(`signature: { keyless: [${KEYLESS.replace('shop', '*')}, ${KEYLESS.replace('shop', 'web')}], count: 2 }`),
      entry(`signature: { keyless: [${KEYLESS}, ${KEYLESS.replace('shop', 'app')}], count: 2 }`),
      [`${WEAKER}signatures of one listed signer would count as several`],
    ],
    [
      'it may be older',
      entry(`${SIGNED}, maxAge: 30d`),
      entry(`${SIGNED}, maxAge: 31d`),
      [`${WEAKER}what is older than 30 days would do`],
    ],
    [
      'it may have any age',
      entry(`${SIGNED}, maxAge: 30d`),
      entry(SIGNED),
      [`${WEAKER}what is older than 30 days would do`],
    ],
    [
      'the index is enough',
      entry(`${SIGNED}, platforms: all-platforms`),
      entry(SIGNED),
      [`${WEAKER}platforms goes from all-platforms to index`],
    ],
    [
      'the platforms are enough',
      entry(SIGNED),
      entry(`${SIGNED}, platforms: any-of`),
      [`${WEAKER}platforms goes from index to any-of`],
    ],
    [
      'a format more',
      entry(`${SIGNED}, formats: [sigstore-bundle]`),
      entry(`${SIGNED}, formats: [sigstore-bundle, cosign-signature]`),
      [`${WEAKER}the format cosign-signature would do`],
    ],
    ['any format', entry(`${SIGNED}, formats: [sigstore-bundle]`), entry(SIGNED), [`${WEAKER}any format would do`]],
    [
      'provenance is wider',
      entry(BUILT),
      entry(
        BUILT.replace('acme/**', '**')
          .replace('acme/shop', 'acme/*')
          .replace(', ref: refs/tags/**', ', selfHosted: true, triggers: any, signer: { key: { file: a.pub } }'),
      ),
      ['builder', 'source', 'ref', 'triggers', 'selfHosted', 'signer'].map(
        (key) => `images: the provenance that ghcr.io/acme/** needs is weaker; provenance with another ${key} would do`,
      ),
    ],
    [
      'two entries share what one asked for',
      entry(`${SIGNED}, maxAge: 30d`),
      read(
        `images: [{ match: "**", require: { ${SIGNED} } }, { match: "**", require: { signature: { key: { file: a.pub } }, maxAge: 30d } }]`,
      ),
      [`${WEAKER}what is older than 30 days would do`, LISTED, LISTED],
    ],
  ])('%s', async (_, ...[base, proposed, expected]) => {
    expect((await said(base, proposed)).toSorted()).toEqual(expected.toSorted());
  });
});

describe('a change lets no more images through when', () => {
  test.each<[string, Policy, Policy]>([
    ['it is the same', entry(SIGNED), entry(SIGNED)],
    ['a signature is required for the first time', entry(''), entry(SIGNED)],
    ['a signer goes', entry(`signature: { keyless: ${KEYLESS}, key: { file: a.pub } }`), entry(SIGNED)],
    ['a repository is narrower', entry(SIGNED.replace('shop', '*')), entry(SIGNED)],
    [
      'more is asked of a signer',
      entry(SIGNED),
      entry(SIGNED.replace('ref:', 'workflow: .github/workflows/a.yml, triggers: [push], ref:')),
    ],
    ['more must sign', entry(KEYS.replace('count: 2', 'count: 1')), entry(KEYS)],
    ['what is advised goes', entry(`${SIGNED}, maxAge: 30d`, 'ghcr.io/acme/**', 'mode: advise,'), entry('')],
    ['what was advised blocks', entry(SIGNED, 'ghcr.io/acme/**', 'mode: advise,'), entry(SIGNED)],
    ['it must be younger', entry(`${SIGNED}, maxAge: 30d`), entry(`${SIGNED}, maxAge: 29d`)],
    ['either is narrowed to the index', entry(`${SIGNED}, platforms: any-of`), entry(SIGNED)],
    ['a format less', entry(SIGNED), entry(`${SIGNED}, formats: [sigstore-bundle]`)],
    ['provenance is narrower', entry(BUILT.replace('acme/shop', 'acme/*')), entry(BUILT)],
    [
      'signature and provenance are split over entries',
      entry(`${SIGNED}, ${BUILT}`),
      read(
        `images: [{ match: "ghcr.io/acme/**", require: { ${SIGNED} } }, { match: "ghcr.io/acme/**", require: { ${BUILT} } }]\n${AUTHORITY}`,
      ),
    ],
  ])('%s', async (_, base, proposed) => {
    expect(await said(base, proposed)).toEqual([]);
  });
});

function trusting(changes: Partial<TrustPolicy>): Policy {
  return { ...DEFAULT_POLICY, trust: { ...DEFAULT_POLICY.trust, ...changes } };
}

const ROOT = { file: 'root.json', logs: 1, certificateLogs: 1, timestamps: 1 };
const KEY = {
  name: 'a.pub',
  file: 'a.pub',
  needsLog: true,
  validFrom: '2026-01-01T00:00:00Z',
  validUntil: '2026-12-31T23:59:59Z',
};

function fields(paths: string): Policy {
  return read(`imageFields: [{ group: acme.io, kinds: [Robot], paths: [${paths}] }]`);
}

describe('trust is given to more when', () => {
  test.each<[string, Partial<TrustPolicy>, Partial<TrustPolicy>, readonly string[]]>([
    [
      'what presync brings is trusted',
      { publicGood: false },
      {},
      ['trust.publicGood: the public good instance of Sigstore would be trusted'],
    ],
    [
      'GitHub’s own instance is trusted',
      { github: false },
      {},
      ["trust.github: GitHub's own instance of Sigstore would be trusted"],
    ],
    [
      'a root is added',
      {},
      { roots: [ROOT] },
      ['trust.roots: root.json is new; certificates under it would be believed'],
    ],
    [
      'a root needs less',
      { roots: [ROOT] },
      { roots: [{ ...ROOT, logs: 0, certificateLogs: 0 }] },
      [
        'trust.roots: root.json needs only 0 logs; signatures with less proof would be believed',
        'trust.roots: root.json needs only 0 certificateLogs; signatures with less proof would be believed',
      ],
    ],
    [
      'an authority is added',
      {},
      { authorities: [{ file: 'ca.pem' }] },
      ['trust.authorities: ca.pem is new; certificates of it would be believed'],
    ],
    [
      'an authority has other timestamps',
      { authorities: [{ file: 'ca.pem' }] },
      { authorities: [{ file: 'ca.pem', timestamps: 'tsa.pem' }] },
      [
        'trust.authorities: ca.pem has tsa.pem for its timestamps; certificates that are over would be believed by its word',
      ],
    ],
    [
      'an authority has no timestamps any more',
      { authorities: [{ file: 'ca.pem', timestamps: 'tsa.pem' }] },
      { authorities: [{ file: 'ca.pem' }] },
      [
        'trust.authorities: ca.pem has no timestamps any more; certificates that are over would be believed by the word of any log that is trusted',
      ],
    ],
    [
      'a file holds something else',
      { files: { 'a.pub': 'one' } },
      { files: { 'a.pub': 'two' } },
      ['trust: the file a.pub holds something else; what it vouches for would be believed'],
    ],
    [
      'a key needs no log and is valid longer',
      { keys: [KEY] },
      { keys: [{ name: 'a.pub', file: 'a.pub', needsLog: false }] },
      [
        'images: the key a.pub counts for more; no log would have to hold its signatures',
        'images: the key a.pub counts for more; it would be valid longer',
      ],
    ],
    [
      'a key is valid earlier',
      { keys: [KEY] },
      { keys: [{ ...KEY, validFrom: '2025-12-31T00:00:00Z' }] },
      ['images: the key a.pub counts for more; it would be valid longer'],
    ],
    [
      'a key is valid later',
      { keys: [KEY] },
      { keys: [{ ...KEY, validUntil: '2027-01-01T23:59:59Z' }] },
      ['images: the key a.pub counts for more; it would be valid longer'],
    ],
    [
      'a key has another hash',
      { keys: [KEY] },
      { keys: [{ ...KEY, hash: 'sha512' }] },
      ['images: the key a.pub counts for more; its hash goes from the usual one to sha512'],
    ],
  ])('%s', async (_, base, proposed, expected) => {
    expect(await said(trusting(base), trusting(proposed))).toEqual(expected);
  });

  test('images in some places are no longer looked at', async () => {
    expect(await said(fields('spec.a, spec.b'), fields('spec.b'))).toEqual([
      'imageFields: spec.a of Robot (acme.io) is no longer looked at; any image there would pass',
    ]);
    expect(await said(fields('spec.b'), fields('spec.a, spec.b'))).toEqual([]);
  });
});

test.each<[string, Partial<TrustPolicy>, Partial<TrustPolicy>]>([
  ['a root goes', { roots: [ROOT] }, {}],
  ['a root needs more', { roots: [ROOT] }, { roots: [{ ...ROOT, logs: 2 }] }],
  ['what presync brings is not trusted', {}, { publicGood: false }],
  ['GitHub’s own instance is not trusted', {}, { github: false }],
  [
    'an authority goes',
    { authorities: [{ file: 'a' }, { file: 'b', timestamps: 'c' }] },
    { authorities: [{ file: 'b', timestamps: 'c' }] },
  ],
  ['a key counts for less', { keys: [{ name: 'a.pub', needsLog: false }] }, { keys: [KEY] }],
  ['a file comes or goes', { files: { a: '1' } }, { files: { b: '1' } }],
])('trust is given to no more when %s', async (_, base, proposed) => {
  expect(await said(trusting(base), trusting(proposed))).toEqual([]);
});

const aMatch = fc.constantFrom('**', 'ghcr.io/**', 'ghcr.io/*/*', 'ghcr.io/acme/**', 'ghcr.io/acme/web', 'quay.io/**');
const aRegistry = fc.constantFrom('ghcr.io', 'quay.io');
const aSigner = fc.constantFrom<SignerRule>(
  { kind: 'key', key: 'a.pub' },
  { kind: 'key', key: 'b.pub' },
  aSignerRule(),
  aSignerRule({ repository: 'acme/shop' }),
  aSignerRule({ ref: 'refs/tags/**' }),
  aSignerRule({ triggers: ['push'] }),
  aSignerRule({ triggers: 'any', allowsSelfHosted: true }),
);
const aProvenanceRule = fc.record<ProvenanceRule>({
  builder: fc.constantFrom('https://github.com/**', 'https://github.com/acme/**'),
  source: fc.constantFrom('acme/*', 'acme/shop'),
  ref: fc.constantFrom(undefined, 'refs/tags/**'),
  allowsSelfHosted: fc.boolean(),
  signer: fc.constantFrom(undefined, aSignerRule()),
});
const anEntry = fc.record<ImageRule>({
  match: aMatch,
  from: fc.constant('.presync.yaml'),
  mode: fc.constantFrom('block', 'block', 'advise'),
  require: fc.record<ImageRule['require']>({
    digest: fc.boolean(),
    registries: fc.option(fc.uniqueArray(aRegistry, { minLength: 1 }), { nil: undefined }),
    signature: fc.option(
      fc.record({ anyOf: fc.array(aSigner, { minLength: 1, maxLength: 3 }), count: fc.integer({ min: 1, max: 2 }) }),
      { nil: undefined },
    ),
    provenance: fc.option(aProvenanceRule, { nil: undefined }),
    maxAgeDays: fc.constantFrom(undefined, 10, 40),
    platforms: fc.constantFrom('index', 'index', 'all-platforms', 'any-of'),
    formats: fc.constantFrom(undefined, undefined, ['sigstore-bundle'], ['sigstore-bundle', 'cosign-signature']),
  }),
});
const aPolicy = fc.array(anEntry, { maxLength: 3 }).map((images): Policy => ({ ...DEFAULT_POLICY, images }));

const PLATFORM = `sha256:${'d'.repeat(64)}`;
const aBelieved = fc
  .record({
    one: fc.constantFrom(
      aSignature(),
      aSignature(aWorkflow({}, { sourceRef: 'refs/heads/main' })),
      aSignature(aWorkflow({}, { sourceRepositoryUri: 'https://github.com/acme/other', trigger: 'schedule' })),
      aSignature(aWorkflow({}, { trigger: 'pull_request' })),
      aSignature(aKeySigner('a.pub', 'sha256:1')),
      aSignature(aKeySigner('b.pub', 'sha256:2')),
      aProvenance(),
      aProvenance(
        { source: 'https://github.com/acme/other' },
        aWorkflow({}, { sourceRepositoryUri: 'https://github.com/acme/other' }),
      ),
      aProvenance({}, aWorkflow({}, { runnerEnvironment: 'self-hosted' })),
    ),
    subject: fc.constantFrom(DIGEST, PLATFORM),
    format: fc.constantFrom<Believed['format']>('sigstore-bundle', 'cosign-signature'),
    signedAt: fc.constantFrom('2026-11-20T00:00:00Z', '2026-11-01T00:00:00Z'),
  })
  .map(({ one, ...rest }): Believed => ({ ...one, ...rest }));

const anImage = fc.record({
  repository: fc.constantFrom(
    'ghcr.io/acme/web',
    'ghcr.io/acme/a/b',
    'ghcr.io/other/web',
    'quay.io/a',
    'docker.io/library/nginx',
  ),
  isPinned: fc.boolean(),
  isIndex: fc.boolean(),
  believed: fc.array(aBelieved, { maxLength: 4 }),
});
type Image = typeof anImage extends fc.Arbitrary<infer One> ? One : never;

/** Does an image pass without a word that blocks? From the words of the design; who signed is asked of what judges it. */
function passes({ images }: Policy, { repository, isPinned, isIndex, believed }: Image): boolean {
  const entries = images.filter(({ match }) => matchesGlob(match, repository));
  if (images.length > 0 && entries.length === 0) return false;
  const ref = parseImageRef(isPinned ? `${repository}@${DIGEST}` : repository);
  const platforms = isIndex ? [{ digest: PLATFORM, name: 'linux/amd64' }] : [];
  return entries
    .filter(({ mode }) => mode === 'block')
    .every(
      (rule) =>
        (isPinned || !rule.require.digest) &&
        rule.require.registries?.includes(ref.registry) !== false &&
        unmet(rule, ref, evidenceOf(believed, { isIndex, platforms }), new Date('2026-11-27T00:00:00Z')).length === 0,
    );
}

/** Proposals that have much of the base, so that not all of them are weaker. */
const aChange = fc.record({ base: aPolicy, more: aPolicy, keeps: fc.boolean() }).map(({ base, more, keeps }) => ({
  base,
  proposed: keeps ? { ...base, images: [...base.images, ...more.images] } : more,
}));

test('where nothing is said, no image passes that did not pass before', async () => {
  await fc.assert(
    fc.asyncProperty(aChange, fc.array(anImage, { minLength: 20, maxLength: 20 }), async ({ base, proposed }, some) => {
      fc.pre((await said(base, proposed)).length === 0);
      expect(some.filter((image) => passes(proposed, image) && !passes(base, image))).toEqual([]);
    }),
    { numRuns: 500, maxSkipsPerRun: 10_000 },
  );
});

/** Two entries in which one thing differs: the laws of each comparison, and not only those of what is left out. */
const aStep = fc.record({
  before: anEntry,
  after: anEntry,
  key: fc.constantFrom('signature', 'provenance', 'maxAgeDays', 'platforms', 'formats'),
});

test('where one requirement is changed and nothing is said, no image passes that did not pass before', async () => {
  await fc.assert(
    fc.asyncProperty(
      aStep,
      fc.array(anImage, { minLength: 20, maxLength: 20 }),
      async ({ before, after, key }, some) => {
        const changed = {
          ...before,
          require: { ...before.require, [key]: after.require[key as keyof ImageRule['require']] },
        };
        const [base, proposed] = [before, changed].map((one): Policy => ({ ...DEFAULT_POLICY, images: [one] })) as [
          Policy,
          Policy,
        ];
        fc.pre((await said(base, proposed)).length === 0);
        expect(some.filter((image) => passes(proposed, image) && !passes(base, image))).toEqual([]);
      },
    ),
    { numRuns: 500, maxSkipsPerRun: 10_000 },
  );
});

test('a policy is no weaker than itself', async () => {
  await fc.assert(fc.asyncProperty(aPolicy, async (one) => expect(await said(one, one)).toEqual([])));
});
