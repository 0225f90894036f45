import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest } from '../../../../test/builders/manifest.ts';
import { matchesGlob } from '../../../model/glob.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { controllerImages, type ImagesOf, kyvernoImages } from './image-pattern.ts';
import { foreignRules } from './index.ts';
import { Untranslatable } from './reading.ts';
import { globOfRegexp } from './regexp.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----\n';
const SECOND = PEM.replace('AQ==', 'Ag==');
const GITHUB = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main';
const IDENTITY = { issuer: GITHUB, subject: SUBJECT };
const SIGNER = { kind: 'keyless', ...IDENTITY, triggers: 'any', allowsSelfHosted: true };

/** A pattern of ours, or `written` where the tool's own decides. */
function shown({ match, reference }: ImagesOf): string {
  return reference === undefined ? match : 'written';
}

function refused(translate: () => string): string {
  try {
    return translate();
  } catch (error) {
    if (error instanceof Untranslatable) return 'refused';
    throw error;
  }
}

describe('a pattern of policy-controller', () => {
  test.each([
    ['ghcr.io/acme/**', 'ghcr.io/acme/**'],
    ['ghcr.io/acme/*', 'ghcr.io/acme/*'],
    ['ghcr.io/*/web*', 'ghcr.io/*/web*'],
    ['ghcr.io/acme/web:**', 'ghcr.io/acme/web'],
    ['registry.example:5000/a/*', 'registry.example:5000/a/*'],
    ['**', '**'],
    ['*', 'docker.io/library/*'],
    ['*/*', 'docker.io/*/*'],
    ['index.docker.io/library/*', 'docker.io/library/*'],
    ['docker.io/library/*', 'written'],
    ['ghcr.io/acme/web', 'written'],
    ['ghcr.io/acme/web:1.0', 'written'],
    ['ghcr.io/acme/web@sha256:*', 'written'],
    ['ghcr.io/acme/*-prod', 'written'],
    ['image*', 'written'],
    ['images.*', 'written'],
    ['*.example.com/a/*', 'written'],
    ['ghcr.io/acme/[a-z]*', 'refused'],
    ['ghcr.io/ac*me', 'written'],
  ])('%s is %s', (glob, expected) => {
    expect(refused(() => shown(controllerImages(glob)))).toBe(expected);
  });
});

function wildcard(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(text);
}

describe('a pattern of Kyverno', () => {
  test.each([
    ['ghcr.io/acme/*', 'ghcr.io/acme/**'],
    ['ghcr.io/acme/web*', 'ghcr.io/acme/web**'],
    ['ghcr.io/acme/web:*', 'ghcr.io/acme/web'],
    ['*/acme/*', '**/acme/**'],
    ['*', '**'],
    ['*:*', '**'],
    ['*/*', '**'],
    ['docker.io/*', 'docker.io/**'],
    ['docker.io/nginx:*', 'docker.io/library/nginx'],
    ['docker.io/nginx*', 'written'],
    ['nginx*', 'written'],
    ['acme/web:*', 'written'],
    ['ghcr.io/acme/web', 'written'],
    ['ghcr.io/acme/web:v1*', 'written'],
    ['ghcr.io/acme/web-?', 'written'],
    ['{{ registry }}/acme/*', 'refused'],
  ])('%s is %s', (pattern, expected) => {
    expect(refused(() => shown(kyvernoImages(pattern)))).toBe(expected);
  });

  test('takes the same images as ours, with any tag or digest', () => {
    const part = fc.constantFrom('ghcr.io/', 'acme/', 'web', '*', 'a', ':*');
    const aName = fc.constantFrom('ghcr.io/acme/web', 'ghcr.io/acme/a/web', 'ghcr.io/weba', 'ghcr.io/acme/aweb');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), aName, fc.constantFrom(':1', ':web', ':a'), (parts, name, tag) => {
        const glob = refused(() => shown(kyvernoImages(parts.join(''))));
        fc.pre(glob !== 'written');
        expect(matchesGlob(glob, name)).toBe(wildcard(parts.join(''), `${name}${tag}`));
      }),
    );
  });
});

describe('a regular expression', () => {
  test.each([
    ['^https://github\\.com/acme/shop$', 'https://github.com/acme/shop'],
    ['^https://github.com/acme/.*$', 'https://github.com/acme/**'],
    ['https://github.com/acme/', '**https://github.com/acme/**'],
    [
      '^https://github.com/acme/[^/]*/\\.github/.*@refs/heads/main$',
      'https://github.com/acme/*/.github/**@refs/heads/main',
    ],
    ['^[^/]*[^/]*$', '*'],
    ['^[^/]*.*$', '**'],
    ['^a[^/]*', 'a**'],
    ['.*', '**'],
    ['', '**'],
    ['^$', ''],
    ['^a\\$$', 'a$'],
    ['^https://github.com/acme/.+$', 'refused'],
    ['^(a|b)$', 'refused'],
    ['^a?$', 'refused'],
    ['^a{2}$', 'refused'],
    ['^[a-z]*$', 'refused'],
    ['^\\d$', 'refused'],
    ['(?i)^a$', 'refused'],
    ['^a*$', 'refused'],
    ['a|b', 'refused'],
    ['a^b', 'refused'],
    ['a$b', 'refused'],
    ['a\\*', 'refused'],
    ['a\\\\$', 'refused'],
    ['(a+)+$', 'refused'],
  ])('%s is %s', (regexp, expected) => {
    expect(refused(() => globOfRegexp(regexp))).toBe(expected);
  });

  test('takes the same texts as ours, and a bare dot only the dot', () => {
    const part = fc.constantFrom('a', 'b/', '.*', '[^/]*', '\\.', '^', '$', '@', '+');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '@'), maxLength: 8 }),
        (parts, text) => {
          const glob = refused(() => globOfRegexp(parts.join('')));
          fc.pre(glob !== 'refused');
          expect(matchesGlob(glob, text)).toBe(new RegExp(parts.join('')).test(text));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function read(...manifests: readonly Manifest[]): ReturnType<typeof foreignRules> {
  return foreignRules(manifests);
}

const INCLUDED = aManifest({
  kind: 'Namespace',
  metadata: { name: 'shop', namespace: '', labels: { 'policy.sigstore.dev/include': 'true' } },
});

function cip(spec: JsonObject): Manifest {
  const images = [{ glob: 'ghcr.io/acme/**' }];
  return aManifest({
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name: 'signed', namespace: '' },
    spec: { images, ...spec },
  });
}

describe('ClusterImagePolicy', () => {
  const keyed = { authorities: [{ key: { data: PEM }, ctlog: { url: 'https://rekor.sigstore.dev' } }] };

  test('asks any of its authorities, in the namespaces that opted in', () => {
    const authorities = [
      {
        keyless: {
          url: 'https://fulcio.sigstore.dev',
          identities: [IDENTITY, { issuer: GITHUB, subjectRegExp: '^https://github.com/acme/.*$' }],
        },
      },
      { key: { data: PEM } },
      { static: { action: 'fail' } },
    ];
    const name = 'ClusterImagePolicy signed in production, authority 2';
    expect(read(INCLUDED, cip({ authorities }))).toEqual({
      rules: [
        {
          match: 'ghcr.io/acme/**',
          from: 'ClusterImagePolicy signed',
          cluster: 'production',
          namespaces: ['shop'],
          mode: 'block',
          require: {
            digest: false,
            signature: {
              anyOf: [SIGNER, { ...SIGNER, subject: 'https://github.com/acme/**' }, { kind: 'key', key: name }],
              count: 1,
            },
            platforms: 'index',
            formats: ['cosign-signature'],
          },
        },
      ],
      keys: [{ name, pem: PEM, hash: undefined, needsLog: false }],
      roots: [],
      unread: [],
    });
  });

  test('may only warn, ask a log, and take bundles', () => {
    const keyless = { identities: [IDENTITY] };
    const images = [{ glob: 'a.io/**' }, { glob: 'b.io/**' }];
    const { rules } = read(
      INCLUDED,
      cip({ mode: 'warn', images, authorities: [{ keyless, signatureFormat: 'bundle' }] }),
    );
    expect(rules.map(({ match, mode, require }) => [match, mode, require.formats])).toEqual([
      ['a.io/**', 'advise', ['sigstore-bundle']],
      ['b.io/**', 'advise', ['sigstore-bundle']],
    ]);
    expect(read(INCLUDED, cip(keyed)).keys).toMatchObject([{ needsLog: true }]);
  });

  test('lets all pass where one authority does', () => {
    expect(read(INCLUDED, cip({ authorities: [...keyed.authorities, { static: { action: 'pass' } }] }))).toEqual({
      rules: [],
      keys: [],
      roots: [],
      unread: [],
    });
  });

  test('lets none pass where nothing but a static fail is left', () => {
    expect(read(INCLUDED, cip({ authorities: [{ static: { action: 'fail' } }] })).rules).toMatchObject([
      { require: { signature: { anyOf: [], count: 1 } } },
    ]);
  });

  test('keeps its signatures where its CUE policy cannot be applied, and says so', () => {
    const { rules, unread } = read(INCLUDED, cip({ ...keyed, policy: { type: 'cue', data: '' } }));
    expect(rules).toHaveLength(1);
    expect(unread).toMatchObject([
      {
        object: { name: 'signed' },
        cluster: 'production',
        reason: 'its policy (CUE or Rego) is not applied',
      },
    ]);
  });

  test.each<[string, JsonObject]>([
    ['it names no authority', {}],
    ['its mode maybe is none', { ...keyed, mode: 'maybe' }],
    [
      'an authority has key and keyless',
      { authorities: [{ key: { data: PEM }, keyless: { identities: [IDENTITY] } }] },
    ],
    [
      'its policy (CUE or Rego) is not applied',
      { authorities: [{ static: { action: 'pass' } }], policy: { type: 'cue', data: '' } },
    ],
    ['its keys stand in the Secret a, which is not in Git', { authorities: [{ key: { secretRef: { name: 'a' } } }] }],
    ['its key is not written out', { authorities: [{ key: { data: `${PEM} k8s://a/b` } }] }],
    ['its key is not written out', { authorities: [{ key: { kms: 'awskms:///a' } }, ...keyed.authorities] }],
    [
      'signatures with sha224 are not verified here',
      { authorities: [{ key: { data: PEM, hashAlgorithm: 'sha224' } }] },
    ],
    ['an attestation has no predicateType', { authorities: [{ key: { data: PEM }, attestations: [{ name: 'a' }] }] }],
    ['it asks for a timestamp', { authorities: [{ key: { data: PEM }, rfc3161timestamp: { trustRootRef: 'a' } }] }],
    ['its TrustRoot a is not in Git', { authorities: [{ key: { data: PEM }, ctlog: { trustRootRef: 'a' } }] }],
    [
      'it asks the log https://rekor.example',
      { authorities: [{ key: { data: PEM }, ctlog: { url: 'https://rekor.example' } }] },
    ],
    ['its signatures lie under tags', { authorities: [{ key: { data: PEM }, source: [{ tagPrefix: 'a' }] }] }],
    ['an authority has several sources', { authorities: [{ key: { data: PEM }, source: [{}, { oci: 'a.io/b' }] }] }],
    ['a.io/b:1 is an image', { authorities: [{ key: { data: PEM }, source: [{ oci: 'a.io/b:1' }] }] }],
    [
      'its certificates come from https://fulcio.example',
      { authorities: [{ keyless: { url: 'https://fulcio.example', identities: [IDENTITY] } }] },
    ],
    ['it names no identity', { authorities: [{ keyless: {} }] }],
    ['it has neither key nor keyless', { authorities: [{}] }],
    ['it names an issuer or a subject alone', { authorities: [{ keyless: { identities: [{ issuer: GITHUB }] } }] }],
    [
      'the regular expression a.+b has no exact counterpart',
      { authorities: [{ keyless: { identities: [{ issuer: GITHUB, subjectRegExp: 'a.+b' }] } }] },
    ],
    ['a* contains *', { authorities: [{ keyless: { identities: [{ issuer: GITHUB, subject: 'a*' }] } }] }],
  ])('is left out where %s', (reason, spec) => {
    const { rules, unread } = read(INCLUDED, cip(spec));
    expect(rules).toEqual([]);
    expect(unread.map((one) => one.reason.slice(0, reason.length))).toEqual([reason]);
  });

  test('is left out where no namespace of its cluster is known to opt in', () => {
    for (const world of [[cip(keyed)], [{ ...INCLUDED, cluster: 'staging' }, cip(keyed)]])
      expect(read(...world)).toMatchObject({
        rules: [],
        unread: [{ reason: expect.stringContaining('no Namespace of this cluster') }],
      });
  });
});

function kyverno(verify: JsonObject, rule: JsonObject = {}, spec: JsonObject = {}): Manifest {
  const match: JsonValue = { any: [{ resources: { kinds: ['Pod'] } }] };
  const verifyImages: JsonValue = [{ imageReferences: ['ghcr.io/acme/*'], ...verify }];
  return aManifest({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'check', namespace: '' },
    spec: { validationFailureAction: 'Enforce', rules: [{ name: 'signed', match, verifyImages, ...rule }], ...spec },
  });
}

const KEYS: JsonObject = { attestors: [{ entries: [{ keys: { publicKeys: `${PEM}${SECOND}` } }] }] };

describe('Kyverno verifyImages', () => {
  test('asks for all entries of each set, or for as many as it counts', () => {
    const attestors = [
      { entries: [{ keys: { publicKeys: `${PEM}${SECOND}`, rekor: { ignoreTlog: true } } }] },
      {
        count: 1,
        entries: [{ keyless: { issuer: GITHUB, subject: 'https://github.com/acme/*' } }, { keys: { publicKeys: PEM } }],
      },
    ];
    const { rules, keys, unread } = read(kyverno({ attestors }));
    const first = 'ClusterPolicy check in production, rule signed, entry 1, attestors 1, entry 1, key';
    expect(rules.map(({ require }) => require.signature)).toEqual([
      {
        anyOf: [
          { kind: 'key', key: `${first} 1` },
          { kind: 'key', key: `${first} 2` },
        ],
        count: 2,
      },
      {
        anyOf: [
          { ...SIGNER, subject: 'https://github.com/acme/**' },
          { kind: 'key', key: first.replace('attestors 1', 'attestors 2').replace(/entry 1, key$/, 'entry 2, key 1') },
        ],
        count: 1,
      },
    ]);
    expect(keys.map(({ pem, needsLog }) => [pem, needsLog])).toEqual([
      [PEM, false],
      [SECOND, false],
      [PEM, true],
    ]);
    expect(unread).toEqual([]);
    expect(rules[0]).toMatchObject({
      match: 'ghcr.io/acme/**',
      from: 'ClusterPolicy check (rule signed)',
      mode: 'block',
      cluster: 'production',
      exceptNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
    });
  });

  test.each<[string, JsonObject, JsonObject, JsonObject, object]>([
    ['audits by default', KEYS, {}, { validationFailureAction: undefined as unknown as JsonValue }, { mode: 'advise' }],
    ['audits where the entry says so', { ...KEYS, failureAction: 'Audit' }, {}, {}, { mode: 'advise' }],
    [
      'enforces where the entry says so',
      { ...KEYS, failureAction: 'Enforce' },
      {},
      { validationFailureAction: 'Audit' },
      { mode: 'block' },
    ],
    ['takes bundles', { ...KEYS, type: 'SigstoreBundle' }, {}, {}, { require: { formats: ['sigstore-bundle'] } }],
    ['takes tags', KEYS, {}, {}, { require: { formats: ['cosign-signature'] } }],
    ['takes both', { ...KEYS, cosignOCI11: true }, {}, {}, { require: { formats: undefined } }],
    [
      'is for namespaces',
      KEYS,
      { match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['shop-*'] } }] } },
      {},
      { namespaces: ['shop-**'] },
    ],
    [
      'is not for others',
      KEYS,
      { exclude: { any: [{ resources: { namespaces: ['legacy'] } }] } },
      {},
      { exceptNamespaces: ['kube-system', 'kube-public', 'kube-node-lease', 'legacy'] },
    ],
    [
      'is for all where one selection is',
      KEYS,
      { match: { any: [{ resources: { kinds: ['v1/Pod'] } }, { resources: { kinds: ['Pod'], namespaces: ['a'] } }] } },
      {},
      { namespaces: undefined },
    ],
    ['takes the old form of match', KEYS, { match: { resources: { kinds: ['*'] } } }, {}, { namespaces: undefined }],
  ])('%s', (_, ...[verify, rule, spec, expected]) => {
    expect(read(kyverno(verify, rule, spec)).rules).toMatchObject([expected]);
  });

  test('of a namespace is for that one', () => {
    const policy = kyverno(KEYS);
    const own = { ...policy, id: { ...policy.id, kind: 'Policy', namespace: 'shop' } };
    expect(read(own).rules).toMatchObject([{ namespaces: ['shop'], from: 'Policy shop/check (rule signed)' }]);
  });

  test('says which of its parts are not asked for', () => {
    const { rules, unread } = read(
      kyverno({ ...KEYS, attestations: [{ type: 'a' }], validate: {}, mutateDigest: false }),
    );
    expect(rules).toHaveLength(1);
    expect(unread.map(({ reason }) => reason)).toEqual([
      'its attestation a names nobody who must have made it',
      'its conditions on attestations (validate) are not applied',
      'that images must have a digest is not asked for; images[].require.digest does',
    ]);
  });

  test.each<[string, JsonObject, JsonObject?, JsonObject?]>([
    ['Notary signatures are not verified here', { ...KEYS, type: 'Notary' }],
    ['its signatures lie in A B, which is no repository', { ...KEYS, repository: 'A B' }],
    ['it uses the field key', { key: PEM }],
    ['it names no images', { ...KEYS, imageReferences: [] }],
    ['a set of attestors has no entries', { attestors: [{}] }],
    ['its key is not written out', { attestors: [{ entries: [{ keys: { publicKeys: 'k8s://a/b' } }] }] }],
    ['its key is not written out', { attestors: [{ entries: [{ keys: { publicKeys: '{{ keys.data.a }}' } }] }] }],
    ['its key is not written out', { attestors: [{ entries: [{ keys: { kms: 'awskms:///a' } }] }] }],
    ['an attestor uses the field certificates', { attestors: [{ entries: [{ certificates: { cert: 'a' } }] }] }],
    [
      'an attestor uses the field annotations',
      { attestors: [{ entries: [{ keys: { publicKeys: PEM }, annotations: { a: 'b' } }] }] },
    ],
    ['a set of attestors has no entries', { attestors: [{ entries: [{ attestor: {} }] }] }],
    ['an attestor uses the field roots', { attestors: [{ entries: [{ keyless: { ...IDENTITY, roots: PEM } }] }] }],
    [
      'an attestor asks a log of its own',
      { attestors: [{ entries: [{ keyless: { ...IDENTITY, rekor: { url: 'https://rekor.example' } } }] }] },
    ],
    [
      'an attestor takes certificates that no log holds',
      { attestors: [{ entries: [{ keyless: { ...IDENTITY, rekor: { ignoreTlog: true } } }] }] },
    ],
    ['an attestor has neither keys nor keyless', { attestors: [{ entries: [{}] }] }],
    ['an attestor names nobody', { attestors: [{ entries: [{ keyless: {} }] }] }],
    [
      'it has subject and subjectRegExp',
      { attestors: [{ entries: [{ keyless: { ...IDENTITY, subjectRegExp: 'a' } }] }] },
    ],
    ['it depends on what the cluster knows', KEYS, { preconditions: { all: [] } }],
    ['it depends on what the cluster knows', KEYS, { context: [{ name: 'a' }] }],
    ['it does not select pods', KEYS, { match: { any: [{ resources: { kinds: ['Deployment'] } }] } }],
    ['it selects by selector', KEYS, { match: { any: [{ resources: { kinds: ['Pod'], selector: {} } }] } }],
    ['it selects by subjects', KEYS, { match: { any: [{ resources: { kinds: ['Pod'] }, subjects: [] }] } }],
    [
      'it combines selections',
      KEYS,
      { match: { all: [{ resources: { kinds: ['Pod'] } }, { resources: { kinds: ['Pod'] } }] } },
    ],
    ['it matches nothing that can be read', KEYS, { match: {} }],
    ['it excludes by other facts', KEYS, { exclude: { any: [{ resources: { kinds: ['Pod'] } }] } }],
    [
      'the namespace a? has no counterpart',
      KEYS,
      { match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['a?'] } }] } },
    ],
    [
      'what it does depends on labels of the namespace',
      KEYS,
      {},
      { validationFailureActionOverrides: [{ action: 'Audit' }] },
    ],
  ])('is left out where %s', (reason, ...[verify, rule, spec]) => {
    const { rules, unread } = read(kyverno(verify, rule, spec));
    expect(rules).toEqual([]);
    expect(unread.map((one) => one.reason.slice(0, reason.length))).toEqual([reason]);
  });

  test('of other rules is nothing', () => {
    expect(read(kyverno({}, { verifyImages: [] }))).toEqual({ rules: [], keys: [], roots: [], unread: [] });
  });
});

test('ImageValidatingPolicy gives no rule: its expressions are evaluated', () => {
  const { rules, unread } = read(
    aManifest({ apiVersion: 'policies.kyverno.io/v1alpha1', kind: 'ImageValidatingPolicy', spec: {} }),
  );
  expect(rules).toEqual([]);
  expect(unread).toEqual([]);
});

function source(verify: JsonObject | undefined, spec: JsonObject = { url: 'oci://ghcr.io/acme/podinfo' }): Manifest {
  return aManifest({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'podinfo' },
    spec: verify === undefined ? spec : { ...spec, verify },
  });
}

const MATCHED = {
  provider: 'cosign',
  matchOIDCIdentity: [{ issuer: `^${GITHUB}$`, subject: '^https://github.com/acme/podinfo.*$' }],
};

describe('Flux verify', () => {
  test('asks for identities by regular expression', () => {
    expect(read(source(MATCHED))).toMatchObject({
      rules: [
        {
          match: 'ghcr.io/acme/podinfo',
          from: 'OCIRepository shop/podinfo',
          cluster: 'production',
          mode: 'block',
          require: { signature: { anyOf: [{ ...SIGNER, subject: 'https://github.com/acme/podinfo**' }], count: 1 } },
        },
      ],
      unread: [],
    });
  });

  test('asks for the keys of a Secret that is in Git', () => {
    const secret = aManifest({
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { 'a.pub': btoa(PEM), other: 'x' },
      stringData: { 'b.pub': SECOND },
    });
    const { rules, keys } = read(source({ secretRef: { name: 'keys' } }), secret);
    expect(keys).toMatchObject([
      { pem: PEM, needsLog: false },
      { pem: SECOND, needsLog: false },
    ]);
    expect(rules[0]?.require.signature?.anyOf).toHaveLength(2);
    expect(read(source({ secretRef: { name: 'keys' } }), { ...secret, cluster: 'staging' }).rules).toEqual([]);
  });

  test('asks for the chart of a HelmRelease or HelmChart', () => {
    const spec = { chart: 'podinfo', sourceRef: { kind: 'HelmRepository', name: 'charts' }, verify: MATCHED };
    const repository = aManifest({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'charts' },
      spec: { url: 'oci://ghcr.io/acme/charts/' },
    });
    const release = aManifest({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      spec: { chart: { spec } },
    });
    const chart = aManifest({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart', spec });
    expect(read(repository, release, chart).rules.map(({ match }) => match)).toEqual([
      'ghcr.io/acme/charts/podinfo',
      'ghcr.io/acme/charts/podinfo',
    ]);
    expect(read(release).unread).toMatchObject([{ reason: 'its HelmRepository shop/charts is not in Git' }]);
  });

  test.each<[string, Manifest]>([
    ['signatures by notation are not verified here', source({ provider: 'notation' })],
    ['its root stands in a Secret', source({ ...MATCHED, trustedRootSecretRef: { name: 'a' } })],
    ['it names nobody', source({})],
    ['its keys stand in the Secret keys', source({ secretRef: { name: 'keys' } })],
    ['its source is no registry of images', source(MATCHED, { url: 'https://a.example' })],
    ['its address oci://A B names no repository', source(MATCHED, { url: 'oci://A B' })],
  ])('is left out where %s', (reason, manifest) => {
    const { rules, unread } = read(manifest);
    expect(rules).toEqual([]);
    expect(unread.map((one) => one.reason.slice(0, reason.length))).toEqual([reason]);
  });

  test('of a source without it is nothing', () => {
    expect(read(source(undefined))).toEqual({ rules: [], keys: [], roots: [], unread: [] });
  });
});

test('whatever an object of such a kind holds, it is read or left out with a sentence', () => {
  const key = fc.constantFrom(
    'authorities',
    'images',
    'rules',
    'verifyImages',
    'attestors',
    'entries',
    'keys',
    'keyless',
    'verify',
    'match',
    'any',
    'resources',
    'glob',
    'static',
    'identities',
  );
  const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<JsonValue>('', 'a', 1, null, true),
      fc.array(tie('tree'), { maxLength: 2 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const aKind = fc.constantFrom<[string, string]>(
    ['policy.sigstore.dev/v1beta1', 'ClusterImagePolicy'],
    ['kyverno.io/v1', 'ClusterPolicy'],
    ['source.toolkit.fluxcd.io/v1', 'OCIRepository'],
    ['helm.toolkit.fluxcd.io/v2', 'HelmRelease'],
  );
  fc.assert(
    fc.property(aKind, tree, ([apiVersion, kind], spec) => {
      const { rules } = read(INCLUDED, aManifest({ apiVersion, kind, spec }));
      expect(rules.every(({ require: { signature, proof } }) => (signature ?? proof) !== undefined)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
