import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  aKeySigner,
  anImageRule,
  aProvenance,
  aSignature,
  aSignerRule,
  aWorkflow,
  DIGEST,
  evidenceOf,
  RELEASE,
} from '../../../test/builders/believed.ts';
import { parseImageRef } from '../../model/image-ref.ts';
import type { ImageRule, ProvenanceRule, SignerRule } from '../../model/policy.ts';
import type { Believed, Rejected } from '../../model/provenance.ts';
import { asksForEvidence, asksForPlatforms, rulesFor, unmet } from './requirements.ts';
import { lineOf, signerText } from './text.ts';

const REF = parseImageRef('ghcr.io/acme/shop:1');
const NOW = new Date('2026-11-27T00:00:00Z');
const [AMD, ARM] = [`sha256:${'d'.repeat(64)}`, `sha256:${'e'.repeat(64)}`];
const INDEX = {
  isIndex: true,
  platforms: [
    { digest: AMD, name: 'linux/amd64' },
    { digest: ARM, name: 'linux/arm64' },
  ],
};
const REJECTED: Rejected = {
  format: 'cosign-signature',
  place: 'tag sha256-a.sig, layer 1',
  digest: 'sha256:c',
  fault: 'mismatch',
  reason: 'it speaks of another image',
};
const KEY: SignerRule = { kind: 'key', key: 'keys/cosign.pub' };
const OTHER_KEY: SignerRule = { kind: 'key', key: 'keys/second.pub' };

function signedBy(...anyOf: readonly SignerRule[]): ImageRule {
  return anImageRule({ signature: { anyOf, count: 1 } });
}

function messages(rule: ImageRule, ...[believed, changes]: Parameters<typeof evidenceOf>): readonly string[] {
  return unmet(rule, REF, evidenceOf(believed, changes), NOW).map(({ part, message }) => `${part}: ${message}`);
}

const WANTED =
  '.presync.yaml requires for ghcr.io/acme/** a signature by repository acme/* by https://token.actions.githubusercontent.com';

function two(...anyOf: readonly SignerRule[]): ImageRule {
  return anImageRule({ signature: { anyOf, count: 2 } });
}

function onPlatforms(platforms: ImageRule['require']['platforms']): ImageRule {
  return anImageRule({ signature: { anyOf: [KEY], count: 1 }, platforms });
}

function signaturesOf(...subjects: readonly string[]): readonly Believed[] {
  return subjects.map((subject) => aSignature(aKeySigner(), { subject }));
}

function fixOf(rule: ImageRule): string | undefined {
  return unmet(rule, REF, evidenceOf([]), NOW)[0]?.fix;
}

describe('a signature', () => {
  test('by any signer of the list suffices, in whatever order', () => {
    expect(messages(signedBy(KEY, aSignerRule()), [aSignature()])).toEqual([]);
    expect(messages(signedBy(aSignerRule(), KEY), [aSignature(aKeySigner('x')), aSignature(aKeySigner())])).toEqual([]);
  });

  test.each<[string, readonly Believed[], readonly Rejected[], string]>([
    ['is missing', [], [], `it is not signed; ${WANTED}`],
    [
      'is somebody else’s',
      [aSignature(aWorkflow({}, { sourceRepositoryUri: 'https://github.com/evil/shop' }))],
      [],
      `${WANTED}; found is only github.com/evil/shop by acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3 (https://github.com/acme/shop/actions/runs/1/attempts/1): its source repository is evil/shop`,
    ],
    ['P-B6: is no attestation', [aProvenance()], [], `it is not signed; ${WANTED}`],
    [
      'P-G1: proves nothing',
      [],
      [REJECTED],
      `${WANTED}; found is only tag sha256-a.sig, layer 1 proves nothing: it speaks of another image`,
    ],
    [
      'P-B1: speaks of another image',
      [aSignature(aWorkflow(), { subject: AMD })],
      [],
      `${WANTED}; found is only ${signerText(aWorkflow())}: it speaks of ${AMD} and not of what is named`,
    ],
  ])('%s', (_, believed, rejected, expected) => {
    expect(messages(signedBy(aSignerRule()), believed, { rejected })).toEqual([`signature: ${expected}`]);
  });

  test.each<[string | undefined, boolean, boolean]>([
    ['ghcr.io/evil/shop', false, true],
    ['ghcr.io/evil/shop', true, false],
    ['no name', true, false],
    [`${REF.repository}:1.0`, true, true],
    [undefined, true, true],
  ])('P-B4: that names %s, where the name is asked for: %s, counts: %s', (dockerReference, sameName, counts) => {
    const rule = anImageRule({ signature: { anyOf: [KEY], count: 1, sameName } });
    const fault = expect.stringContaining(`it names ${dockerReference} and not ${REF.repository}`);
    expect(messages(rule, [aSignature(aKeySigner(), { dockerReference })])).toEqual(counts ? [] : [fault]);
  });

  test('P-G3: of a format that does not count', () => {
    const rule = anImageRule({ signature: { anyOf: [KEY], count: 1 }, formats: ['sigstore-bundle'] });
    const legacy = aSignature(aKeySigner(), { format: 'cosign-signature' });
    expect(messages(rule, [legacy])).toEqual([
      'signature: .presync.yaml requires for ghcr.io/acme/** a signature by the key keys/cosign.pub; found is only key keys/cosign.pub (sha256:111111111111): it is a cosign-signature; only sigstore-bundle counts (formats)',
    ]);
    expect(messages(rule, [legacy, aSignature(aKeySigner())])).toEqual([]);
  });

  test('an empty list is nobody', () => {
    const rule = anImageRule({ signature: { anyOf: [], count: 0 } });
    expect(messages(rule, [])).toEqual([
      'signature: it is not signed; .presync.yaml requires for ghcr.io/acme/** what nobody can give: no signer is listed',
    ]);
    expect(messages(rule, [aSignature()])).toHaveLength(1);
  });
});

describe('count', () => {
  const second = aKeySigner('keys/second.pub', 'sha256:2');

  test('is of different signers', () => {
    expect(messages(two(KEY, OTHER_KEY), [aSignature(aKeySigner()), aSignature(second)])).toEqual([]);
    expect(messages(two(KEY, OTHER_KEY), [aSignature(aKeySigner()), aSignature(aKeySigner())])).toHaveLength(1);
  });

  test('one key under two names is one signer', () => {
    expect(
      messages(two(KEY, OTHER_KEY), [aSignature(aKeySigner()), aSignature(aKeySigner('keys/second.pub'))]),
    ).toHaveLength(1);
  });

  test('one workflow at two tags, or under two patterns, is one signer', () => {
    const wide = two(aSignerRule(), aSignerRule({ repository: '**' }));
    const later = aWorkflow({ subject: RELEASE.replace('v1.2.3', 'v1.2.4') }, { sourceRef: 'refs/tags/v1.2.4' });
    expect(messages(wide, [aSignature(), aSignature(later)])).toHaveLength(1);
  });

  test('finds the pairing that a greedy look would miss', () => {
    const other = aWorkflow({}, { sourceRepositoryUri: 'https://github.com/acme/other' });
    const rule = two(aSignerRule(), aSignerRule({ repository: 'acme/shop' }));
    expect(messages(rule, [aSignature(), aSignature(other)])).toEqual([]);
    expect(messages(rule, [aSignature(other), aSignature(other)])).toHaveLength(1);
  });
});

describe('P-D5: maxAge', () => {
  const rule = anImageRule({ signature: { anyOf: [KEY], count: 1 }, maxAgeDays: 30 });
  test.each<[string, string | undefined, readonly string[]]>([
    ['to the day', '2026-10-28T00:00:00Z', []],
    [
      'a second over',
      '2026-10-27T23:59:59Z',
      ['age: its signature is too old: it is 30 days old, and .presync.yaml takes 30 days for ghcr.io/acme/**'],
    ],
    [
      'of no proven time',
      undefined,
      ['age: its signature is too old: its time is not proven, and .presync.yaml takes 30 days for ghcr.io/acme/**'],
    ],
    [
      'of a time that is none',
      'yesterday',
      ['age: its signature is too old: its time is not proven, and .presync.yaml takes 30 days for ghcr.io/acme/**'],
    ],
  ])('%s', (_, signedAt, expected) => {
    expect(messages(rule, [aSignature(aKeySigner(), { signedAt })])).toEqual(expected);
  });

  test('an old signature beside a fresh one does not matter', () => {
    const old = aSignature(aKeySigner(), { signedAt: '2020-01-01T00:00:00Z' });
    expect(messages(rule, [old, aSignature(aKeySigner())])).toEqual([]);
  });
});

describe('P-D4: platforms', () => {
  const each = 'platforms: signature is required of each platform for ghcr.io/acme/** (.presync.yaml)';
  test.each<[string, ImageRule['require']['platforms'], readonly Believed[], readonly string[]]>([
    ['the index is signed, the index is asked for', 'index', signaturesOf(DIGEST), []],
    [
      'the index is signed, its platforms are asked for',
      'all-platforms',
      signaturesOf(DIGEST),
      [`${each}: not for linux/amd64; linux/arm64`],
    ],
    ['the index is signed, either is asked for', 'any-of', signaturesOf(DIGEST), []],
    ['each platform is signed, each is asked for', 'all-platforms', signaturesOf(AMD, ARM), []],
    ['each platform is signed, either is asked for', 'any-of', signaturesOf(AMD, ARM), []],
    ['one platform is signed', 'any-of', signaturesOf(AMD), [`${each}: not for linux/arm64`]],
  ])('%s', (_, how, believed, expected) => {
    expect(messages(onPlatforms(how), believed, INDEX)).toEqual(expected);
  });

  test('what to do is to sign each of them', () => {
    const evidence = evidenceOf(signaturesOf(DIGEST), INDEX);
    expect(unmet(onPlatforms('all-platforms'), REF, evidence, NOW).map(({ fix }) => fix)).toEqual([
      `Sign each platform where it is built: \`cosign sign --recursive ghcr.io/acme/shop:1@${DIGEST}\`.`,
    ]);
  });

  test('platforms are signed, the index is asked for', () => {
    expect(messages(onPlatforms('index'), signaturesOf(AMD, ARM), INDEX)[0]).toMatch(
      /^signature: .*it speaks of sha256:d+ and not of what is named/,
    );
  });

  test('an index without platforms has none that is signed', () => {
    expect(messages(onPlatforms('all-platforms'), signaturesOf(DIGEST), { isIndex: true })).toEqual([
      `${each}: it offers no platform`,
    ]);
    expect(messages(onPlatforms('any-of'), signaturesOf(DIGEST), { isIndex: true })).toEqual([]);
    expect(messages(onPlatforms('any-of'), [], { isIndex: true })).toHaveLength(1);
  });

  test('an image of one platform is what is named', () => {
    for (const how of ['index', 'all-platforms', 'any-of'] as const) {
      expect(messages(onPlatforms(how), signaturesOf(DIGEST))).toEqual([]);
      expect(messages(onPlatforms(how), [])).toHaveLength(1);
    }
  });
});

const BUILT: ProvenanceRule = { builder: 'https://github.com/acme/**', source: 'acme/*', allowsSelfHosted: false };
const GENERATOR = 'https://github.com/slsa/generator/.github/workflows/build.yml@refs/tags/v2.0.0';

describe('provenance holds', () => {
  const bare = { trigger: undefined, ref: undefined, workflow: undefined };
  test.each<[string, Partial<ProvenanceRule>, Believed]>([
    ['of GitHub', {}, aProvenance()],
    [
      'with all that can be asked',
      { ref: 'refs/tags/**', workflow: '.github/workflows/*.yml', triggers: ['push'] },
      aProvenance(),
    ],
    [
      'of the older form',
      {},
      aProvenance({ source: 'git+https://github.com/acme/shop' }, aWorkflow(), {
        predicateType: 'https://slsa.dev/provenance/v0.2',
      }),
    ],
    [
      'of a reusable builder',
      { builder: 'https://github.com/slsa/**' },
      aProvenance({ builder: GENERATOR }, aWorkflow({ subject: GENERATOR })),
    ],
    [
      'that names the runner',
      { builder: 'https://github.com/actions/runner/github-hosted' },
      aProvenance({ builder: 'https://github.com/actions/runner/github-hosted' }),
    ],
    [
      'that a key signed which the rule names',
      { builder: 'https://tekton.dev/**', signer: KEY },
      aProvenance({ builder: 'https://tekton.dev/chains/v2', ...bare }, aKeySigner()),
    ],
    ['that only the certificate completes', { ref: 'refs/tags/**' }, aProvenance(bare)],
  ])('%s', (_, changes, believed) => {
    expect(messages(anImageRule({ provenance: { ...BUILT, ...changes } }), [believed])).toEqual([]);
  });
});

describe('provenance does not hold', () => {
  const other = aWorkflow({ subject: GENERATOR });
  const away = 'https://github.com/evil/shop';
  test.each<[string, Partial<ProvenanceRule>, Believed, string]>([
    [
      'P-B5: of another type',
      {},
      aProvenance({}, aWorkflow(), { predicateType: 'https://spdx.dev/Document' }),
      'no provenance lies beside it',
    ],
    ['as a signature', {}, aProvenance({}, aWorkflow(), { role: 'signature' }), 'no provenance lies beside it'],
    ['without claims', {}, aProvenance({}, aWorkflow(), { provenance: undefined }), 'it says nothing of a build'],
    ['of another builder', { builder: 'https://github.com/slsa/**' }, aProvenance(), `its builder is ${RELEASE}`],
    [
      'signed by who is not the builder',
      {},
      aProvenance({}, other),
      `it is signed by ${GENERATOR}, which is not the builder ${RELEASE}`,
    ],
    [
      'of a builder of whom another issuer speaks',
      {},
      aProvenance({}, aWorkflow({ issuer: 'https://gitlab.com' })),
      `https://gitlab.com does not speak for the builder ${RELEASE}`,
    ],
    [
      'of a builder that is no address',
      { builder: '**' },
      aProvenance({ builder: 'me' }, aWorkflow({ subject: 'me' })),
      'https://token.actions.githubusercontent.com does not speak for the builder me',
    ],
    [
      'that names another kind of runner than its certificate',
      { builder: '**', allowsSelfHosted: true },
      aProvenance(
        { builder: 'https://github.com/actions/runner/github-hosted' },
        aWorkflow({}, { runnerEnvironment: 'self-hosted' }),
      ),
      'which is not the builder https://github.com/actions/runner/github-hosted',
    ],
    [
      'signed with a key that nobody named',
      {},
      aProvenance({}, aKeySigner()),
      'it is signed with a key; the rule would have to name it as the signer',
    ],
    [
      'signed with another key',
      { signer: OTHER_KEY },
      aProvenance({}, aKeySigner()),
      'it is made with the key keys/cosign.pub',
    ],
    ['of another source', {}, aProvenance({ source: away }), 'its source repository is evil/shop'],
    [
      'of another source by the certificate',
      {},
      aProvenance({}, aWorkflow({}, { sourceRepositoryUri: away })),
      'its source repository is evil/shop',
    ],
    [
      'whose certificate names no source',
      {},
      aProvenance({}, aWorkflow({}, { sourceRepositoryUri: undefined })),
      'its certificate names no source repository',
    ],
    [
      'of no source',
      { signer: KEY },
      aProvenance({ source: undefined }, aKeySigner()),
      'it names no source repository',
    ],
    [
      'of a source that is no address',
      { source: '**' },
      aProvenance({ source: 'git@github.com:acme/shop' }),
      'its source git@github.com:acme/shop is no https address of a repository',
    ],
    [
      'P-A1: of a ref that goes on',
      { ref: 'refs/tags/v1.2.3' },
      aProvenance({ ref: 'refs/tags/v1.2.3.evil' }),
      'its source ref is refs/tags/v1.2.3.evil',
    ],
    [
      'of another ref by the certificate',
      { ref: 'refs/tags/**' },
      aProvenance({}, aWorkflow({}, { sourceRef: 'refs/heads/x' })),
      'its source ref is refs/heads/x',
    ],
    [
      'of another workflow',
      { workflow: '.github/workflows/release.yml' },
      aProvenance({ workflow: '.github/workflows/test.yml' }),
      'its workflow is .github/workflows/test.yml',
    ],
    [
      'of no workflow',
      { workflow: '**' },
      aProvenance({ workflow: undefined }, aWorkflow({}, { buildConfigUri: undefined })),
      'it names no workflow',
    ],
    [
      'P-A6: started by a pull request',
      {},
      aProvenance({}, aWorkflow({}, { trigger: 'pull_request' })),
      'the build was started by pull_request',
    ],
    [
      'P-A6: started by a pull request, by the attestation',
      {},
      aProvenance({ trigger: 'pull_request' }),
      'the build was started by pull_request',
    ],
    [
      'P-A6: started by a pull request, signed with a key',
      { signer: KEY },
      aProvenance({ trigger: 'pull_request' }, aKeySigner()),
      'the build was started by pull_request',
    ],
    [
      'P-A6: on a runner of its own',
      {},
      aProvenance({}, aWorkflow({}, { runnerEnvironment: 'self-hosted' })),
      'the build ran on a runner that is self-hosted',
    ],
  ])('%s', (_, changes, believed, expected) => {
    const [message, ...more] = messages(anImageRule({ provenance: { ...BUILT, ...changes } }), [believed]);
    expect(message).toContain(expected);
    expect(message).toMatch(/^provenance: /);
    expect(more).toEqual([]);
  });
});

test('a signature is no provenance, and each requirement is said by itself', () => {
  const rule = anImageRule({ signature: { anyOf: [KEY], count: 1 }, provenance: BUILT });
  expect(unmet(rule, REF, evidenceOf([]), NOW).map(({ part }) => part)).toEqual(['signature', 'provenance']);
  expect(unmet(rule, REF, evidenceOf([aSignature(aKeySigner())]), NOW).map(({ part }) => part)).toEqual(['provenance']);
  expect(new Set(unmet(rule, REF, evidenceOf([]), NOW).map(({ facet }) => facet)).size).toBe(2);
});

test('nothing is asked of who signed where the rule asks for nothing', () => {
  const rule = anImageRule({ digest: true, registries: ['ghcr.io'] });
  expect(asksForEvidence(rule)).toBe(false);
  expect(messages(rule, [])).toEqual([]);
  expect([signedBy(KEY), anImageRule({ provenance: BUILT })].map(asksForEvidence)).toEqual([true, true]);
  expect(asksForPlatforms([rule])).toBe(false);
  expect(asksForPlatforms([rule, anImageRule({ platforms: 'any-of' })])).toBe(true);
});

test('P-A9: a rule holds for an image by another name of its registry', () => {
  const rule = signedBy(KEY);
  const ref = { registry: 'ghcr.io:443', repository: 'ghcr.io:443/acme/shop', tag: '1' };
  expect(rulesFor([rule], ref, { cluster: '' })).toEqual([rule]);
});

describe('a rule holds', () => {
  const place = { cluster: 'production', namespace: 'shop' };
  test.each<[string, Partial<ImageRule>, boolean]>([
    ['everywhere', {}, true],
    ['in its cluster', { cluster: 'production' }, true],
    ['in another cluster', { cluster: 'staging' }, false],
    ['in its namespaces', { namespaces: ['a', 'sh*'] }, true],
    ['in other namespaces', { namespaces: ['a'] }, false],
    ['in no namespace', { namespaces: [] }, false],
    ['but not in some', { exceptNamespaces: ['shop'] }, false],
    ['but not in others', { exceptNamespaces: ['kube-*'] }, true],
    ['for other images', { match: 'ghcr.io/acme' }, false],
    ['in a namespace that nobody says', { namespaces: [''] }, true],
  ])('%s', (_, changes, expected) => {
    const rule = anImageRule({}, changes);
    expect(rulesFor([rule], REF, place)).toEqual(expected ? [rule] : []);
  });

  test.each<[string, Partial<ImageRule>, boolean, boolean]>([
    ['in some namespaces', { namespaces: ['shop'] }, true, false],
    ['in no namespace', { namespaces: [] }, false, false],
    ['everywhere but in some', { exceptNamespaces: ['shop', 'kube-*'] }, true, true],
  ])('%s, for what may be in any and for what is in none', (_, changes, inAny, inNone) => {
    const rule = anImageRule({}, changes);
    expect(rulesFor([rule], REF, { cluster: 'production', namespace: '' })).toEqual(inAny ? [rule] : []);
    expect(rulesFor([rule], REF, { cluster: 'production' })).toEqual(inNone ? [rule] : []);
  });
});

describe('what to do', () => {
  const image = `ghcr.io/acme/shop:1@${DIGEST}`;
  test.each<[string, ImageRule, string]>([
    [
      'a workflow',
      signedBy(
        aSignerRule({ repository: 'acme/shop', workflow: '.github/workflows/release.yml', ref: 'refs/tags/v*' }),
      ),
      `Sign it as .github/workflows/release.yml of acme/shop: \`cosign sign ${image}\`; \`cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity-regexp '^https://github\\.com/acme/shop/\\.github/workflows/release\\.yml@refs/tags/v[^/]*$' --certificate-github-workflow-repository acme/shop ${image}\` shows whether it counts.`,
    ],
    [
      'a pipeline of GitLab',
      signedBy(
        aSignerRule({
          issuer: 'https://gitlab.com',
          repository: 'gitlab.com/acme/*',
          workflow: '.gitlab-ci.yml',
          ref: 'refs/heads/main',
        }),
      ),
      `Sign it as .gitlab-ci.yml of gitlab.com/acme/*: \`cosign sign ${image}\`; \`cosign verify --certificate-oidc-issuer https://gitlab.com --certificate-identity-regexp '^https://gitlab\\.com/acme/[^/]*//\\.gitlab-ci\\.yml@refs/heads/main$' ${image}\` shows whether it counts.`,
    ],
    [
      'a reusable workflow',
      signedBy(aSignerRule({ repository: 'acme/shop', workflow: 'acme/ci/.github/workflows/build.yml' })),
      `Sign it as acme/ci/.github/workflows/build.yml of acme/shop: \`cosign sign ${image}\`; \`cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity-regexp '^https://github\\.com/acme/ci/\\.github/workflows/build\\.yml@.*$' --certificate-github-workflow-repository acme/shop ${image}\` shows whether it counts.`,
    ],
    [
      'a server of GitHub of their own',
      signedBy(
        aSignerRule({ issuer: 'https://git.acme.example/_services/token', repository: 'git.acme.example/acme/shop' }),
      ),
      `Sign it as git.acme.example/acme/shop: \`cosign sign ${image}\`; \`cosign verify --certificate-oidc-issuer https://git.acme.example/_services/token --certificate-identity-regexp '^https://git\\.acme\\.example/acme/shop/.*$' --certificate-github-workflow-repository acme/shop ${image}\` shows whether it counts.`,
    ],
    [
      'a person',
      signedBy({
        kind: 'keyless',
        issuer: 'https://accounts.google.com',
        subject: "it's@acme.example",
        allowsSelfHosted: false,
      }),
      `Sign it as it's@acme.example: \`cosign sign ${image}\`; \`cosign verify --certificate-oidc-issuer https://accounts.google.com --certificate-identity 'it'\\''s@acme.example' ${image}\` shows whether it counts.`,
    ],
    [
      'a key',
      signedBy(KEY),
      `Sign it with keys/cosign.pub: \`cosign sign --key KEY ${image}\`; \`cosign verify --key keys/cosign.pub ${image}\` shows whether it counts.`,
    ],
    [
      'a certificate',
      signedBy({ kind: 'certificate', root: 'trust/ca.pem', subject: 'acme.example' }),
      `Sign it with a certificate of trust/ca.pem: \`cosign sign --key KEY --certificate CERTIFICATE ${image}\`; \`presync verify --config .presync.yaml ${image}\` shows whether it counts.`,
    ],
    [
      'provenance',
      anImageRule({ provenance: { ...BUILT, source: 'acme/shop' } }),
      `Build it with https://github.com/acme/** from acme/shop and attest to it (actions/attest-build-provenance with push-to-registry, or the SLSA generator); \`gh attestation verify oci://${image} --repo acme/shop\` shows it.`,
    ],
    [
      'provenance by key',
      anImageRule({ provenance: { ...BUILT, signer: KEY } }),
      `Attest to it with keys/cosign.pub: \`cosign attest --type slsaprovenance1 --key KEY --predicate FILE ${image}\`.`,
    ],
    ['nobody', signedBy(), 'The rule lists no signer; list one.'],
  ])('by %s', (_, rule, expected) => {
    expect(fixOf(rule)).toBe(expected);
  });
});

describe('lineOf', () => {
  test.each([
    [
      'signed by github.com/acme/shop .github/workflows/release.yml@refs/tags/v1.2.3 (https://github.com/acme/shop/actions/runs/1/attempts/1)',
      evidenceOf([aProvenance(), aSignature()]),
    ],
    [
      'signed by key a (sha256:111111111111); key b (sha256:111111111111); key c (sha256:111111111111); and 1 more',
      evidenceOf(['d', 'c', 'b', 'a', 'a'].map((name) => aSignature(aKeySigner(name)))),
    ],
    ['not signed; attested by key a (sha256:111111111111)', evidenceOf([aProvenance({}, aKeySigner('a'))])],
    [
      'not signed; tag sha256-a.sig, layer 1 proves nothing: it speaks of another image',
      evidenceOf([], { rejected: [REJECTED] }),
    ],
    ['not signed', evidenceOf([])],
    ['not checked: the registry said no', { status: 'no-access', reason: 'the registry said no' } as const],
  ])('says: %s', (expected, evidence) => {
    expect(lineOf(evidence)).toBe(expected);
  });

  test.each([
    [
      'me@acme.example (by https://accounts.google.com)',
      { kind: 'keyless', root: 'r', issuer: 'https://accounts.google.com', subject: 'me@acme.example', claims: {} },
    ],
    [
      'gitlab.com/a/b .gitlab-ci.yml@refs/heads/main',
      {
        kind: 'keyless',
        root: 'r',
        issuer: 'https://gitlab.com',
        subject: 'https://gitlab.com/a/b//.gitlab-ci.yml@refs/heads/main',
        claims: {},
      },
    ],
    ['a.example (certificate of trust/ca.pem)', { kind: 'certificate', root: 'trust/ca.pem', subject: 'a.example' }],
    [' evil  (by https://x)', { kind: 'keyless', root: 'r', issuer: 'https://x', subject: '\u202eevil\n', claims: {} }],
  ] as const)('names %s', (expected, signer) => {
    expect(signerText(signer)).toBe(expected);
  });

  test('is no novel', () => {
    expect(signerText({ kind: 'certificate', root: 'r', subject: 'a'.repeat(10_000) }).length).toBeLessThan(310);
  });
});

const aRule = fc.constantFrom<SignerRule>(KEY, OTHER_KEY, aSignerRule(), aSignerRule({ ref: 'refs/tags/**' }));
const aBelieved = fc.constantFrom(
  aSignature(),
  aSignature(aKeySigner()),
  aSignature(aKeySigner('keys/second.pub', 'sha256:2')),
  aSignature(aWorkflow({}, { sourceRef: 'refs/heads/main' })),
  aProvenance(),
);

const aCase = fc.record({
  anyOf: fc.array(aRule),
  rule: aRule,
  believed: fc.array(aBelieved),
  one: aBelieved,
  count: fc.integer({ min: 1, max: 3 }),
});

function holds(anyOf: readonly SignerRule[], believed: readonly Believed[], count: number): boolean {
  return messages(anImageRule({ signature: { anyOf, count } }), believed).length === 0;
}

test('more evidence never takes away what holds, more signers in the list neither', () => {
  fc.assert(
    fc.property(aCase, ({ anyOf, rule, believed, one, count }) => {
      fc.pre(holds(anyOf, believed, count));
      expect(holds(anyOf, [...believed, one], count)).toBe(true);
      expect(holds([...anyOf, rule], believed, count)).toBe(true);
    }),
  );
});

test('a higher count never gives what a lower one did not', () => {
  fc.assert(
    fc.property(aCase, ({ anyOf, believed, count }) => {
      fc.pre(holds(anyOf, believed, count + 1));
      expect(holds(anyOf, believed, count)).toBe(true);
    }),
  );
});
