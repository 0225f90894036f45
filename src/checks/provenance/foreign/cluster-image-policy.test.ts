import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { foreignRules } from './index.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----\n';
const SECOND = PEM.replace('AQ==', 'Ag==');
const IDENTITY = { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://github.com/acme/shop' };
const KEYLESS = { keyless: { identities: [IDENTITY] } };
const CHAIN = btoa('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');

function namespace(name: string, labels: JsonObject = {}): Manifest {
  return aManifest({ kind: 'Namespace', metadata: { name, namespace: '', labels } });
}

const INCLUDED = namespace('shop', { 'policy.sigstore.dev/include': 'true' });

function cip(authorities: readonly JsonValue[], spec: JsonObject = {}): Manifest {
  return aManifest({
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name: 'signed', namespace: '' },
    spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities, ...spec },
  });
}

function trustRoot(spec: JsonObject, name = 'own'): Manifest {
  const metadata = { name, namespace: '' };
  return aManifest({ apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'TrustRoot', metadata, spec });
}

function secret(data: JsonObject, metadata: JsonObject = { name: 'keys', namespace: 'cosign-system' }): Manifest {
  return aManifest({ kind: 'Secret', metadata, data });
}

function read(authorities: readonly JsonValue[], ...others: readonly Manifest[]): ReturnType<typeof foreignRules> {
  return foreignRules([INCLUDED, ...others, cip(authorities)]);
}

function reasons({ unread }: ReturnType<typeof foreignRules>): readonly string[] {
  return unread.map(({ reason }) => reason);
}

test('its match becomes a selection of objects', () => {
  const selector = { matchLabels: { app: 'web' } };
  const match = [
    { group: 'apps', version: 'v1', resource: 'deployments', selector },
    { version: '*', resource: 'pods' },
  ];
  expect(foreignRules([INCLUDED, cip([KEYLESS], { match })])).toMatchObject({
    rules: [
      {
        objects: [
          { group: 'apps', version: 'v1', resource: 'deployments', selector },
          { group: '', version: '*', resource: 'pods' },
        ],
      },
    ],
    unread: [],
  });
});

test('a pattern about tags or digests is compared as it is written there', () => {
  const images = [{ glob: 'ghcr.io/acme/web:1.0@*' }];
  expect(foreignRules([INCLUDED, cip([KEYLESS], { images })]).rules).toMatchObject([
    { match: 'ghcr.io/acme/web:1.0@*', reference: { tool: 'policy-controller', pattern: 'ghcr.io/acme/web:1.0@*' } },
  ]);
});

test('signatures and attestations may lie in a repository that it names', () => {
  const source = [{ oci: 'ghcr.io/acme/signatures', signaturePullSecrets: [{ name: 'a' }] }];
  expect(read([{ ...KEYLESS, source }]).rules[0]?.require).toMatchObject({
    proof: { kind: 'proof', formats: ['cosign-signature'], at: 'ghcr.io/acme/signatures' },
  });
  const attestations = [{ name: 'a', predicateType: 'spdx' }];
  expect(read([{ ...KEYLESS, source, attestations }]).rules[0]?.require.proof).toMatchObject({
    predicateType: 'https://spdx.dev/Document',
    at: 'ghcr.io/acme/signatures',
  });
  expect(read([{ ...KEYLESS, source: [{ signaturePullSecrets: [{ name: 'a' }] }] }])).toEqual(read([KEYLESS]));
});

test('a static fail says why', () => {
  const { rules } = read([{ static: { action: 'fail', message: 'not this one' } }]);
  expect(rules).toMatchObject([{ require: { signature: { anyOf: [] }, refusal: 'not this one' } }]);
  expect(read([{ static: { action: 'fail', message: 'x' } }, KEYLESS]).rules[0]?.require.refusal).toBeUndefined();
});

test('authorities of different formats keep them', () => {
  const signer = { kind: 'keyless', ...IDENTITY, triggers: 'any', allowsSelfHosted: true };
  expect(read([KEYLESS, { ...KEYLESS, signatureFormat: 'bundle' }]).rules[0]?.require.proof).toEqual({
    kind: 'some',
    count: 1,
    of: [
      { kind: 'proof', signer, formats: ['cosign-signature'] },
      { kind: 'proof', signer, formats: ['sigstore-bundle'] },
    ],
  });
});

test('attestations are asked for by their type, all of them, by any of its signers', () => {
  const second = { ...IDENTITY, subject: 'https://github.com/acme/other' };
  const attestations = [
    { name: 'a', predicateType: 'vuln' },
    { name: 'b', predicateType: 'https://example.com/b', policy: { type: 'cue', data: '' } },
  ];
  const answer = read([{ keyless: { identities: [IDENTITY, second] }, attestations }]);
  const of = (predicateType: string) => ({
    kind: 'some',
    count: 1,
    of: [IDENTITY, second].map(({ subject }) => ({
      kind: 'proof',
      predicateType,
      formats: ['cosign-attestation'],
      signer: { subject },
    })),
  });
  expect(answer.rules[0]?.require.proof).toMatchObject({
    kind: 'some',
    count: 2,
    of: [of('https://cosign.sigstore.dev/attestation/vuln/v1'), of('https://example.com/b')],
  });
  expect(reasons(answer)).toEqual([
    'the form of its attestation a (vuln) is not looked at',
    'the policy (CUE or Rego) of its attestation b is not applied',
  ]);
});

describe('a key', () => {
  test('is the first that is written: more of them are not read there', () => {
    const { keys, rules } = read([{ key: { data: `${PEM}${SECOND}` } }]);
    expect(keys.map(({ pem }) => pem)).toEqual([PEM]);
    expect(rules[0]?.require.signature?.anyOf).toHaveLength(1);
  });

  test('may stand in a Secret that is in Git', () => {
    const authority = { key: { secretRef: { name: 'keys' } } };
    expect(read([authority], secret({ any: btoa(PEM) })).keys).toMatchObject([{ pem: PEM }]);
    const elsewhere = { key: { secretRef: { name: 'keys', namespace: 'policies' } } };
    expect(read([elsewhere], secret({ any: btoa(PEM) }, { name: 'keys', namespace: 'policies' })).keys).toHaveLength(1);
    expect(reasons(read([elsewhere], secret({ any: btoa(PEM) })))).toEqual([
      'its keys stand in the Secret keys, which is not in Git',
    ]);
    expect(reasons(read([authority], secret({ a: btoa(PEM), b: btoa(SECOND) })))).toEqual([
      'its key stands in a Secret that has not exactly one value',
    ]);
  });

  test('verifies no bundle there, so nobody satisfies it', () => {
    const answer = read([{ key: { data: PEM }, signatureFormat: 'bundle' }]);
    expect(answer.rules).toMatchObject([{ require: { signature: { anyOf: [] } } }]);
    expect(reasons(answer)).toEqual([
      'its authority 1 takes bundles by a key, which policy-controller does not verify',
    ]);
  });

  test.each<[string, JsonObject]>([
    ['it asks for a timestamp beside a key', { rfc3161timestamp: { trustRootRef: 'own' } }],
    ['its TrustRoot own is not in Git', { ctlog: { trustRootRef: 'own' } }],
  ])('is left out where %s', (reason, more) => {
    expect(reasons(read([{ key: { data: PEM }, ...more }]))).toEqual([reason]);
  });

  test('names the root whose log it needs', () => {
    const root = trustRoot({ sigstoreKeys: { tLogs: [{ publicKey: btoa(PEM) }] } });
    const { keys, roots } = read([{ key: { data: PEM }, ctlog: { trustRootRef: 'own' } }], root);
    expect(keys).toMatchObject([{ needsLog: true, root: 'TrustRoot own in production' }]);
    expect(roots).toMatchObject([{ name: 'TrustRoot own in production', logs: [{ pem: PEM }] }]);
  });
});

describe('an identity', () => {
  test('may name issuers by a pattern', () => {
    const identities = [{ issuerRegExp: '^https://accounts\\..*$', subject: 'jo@example.com' }];
    expect(read([{ keyless: { identities } }]).rules[0]?.require.signature?.anyOf).toMatchObject([
      { issuer: 'https://accounts.**', issuerPattern: 'https://accounts.**', subject: 'jo@example.com' },
    ]);
  });

  test('under a ca-cert is nobody, and said', () => {
    const answer = read([{ keyless: { 'ca-cert': { data: 'a' }, identities: [IDENTITY] } }]);
    expect(answer.rules).toMatchObject([{ require: { signature: { anyOf: [] } } }]);
    expect(reasons(answer)).toEqual([
      'its authority 1 has a ca-cert, which policy-controller takes and never asks: nobody satisfies it',
    ]);
  });

  test('of the public instance needs its certificate log here, and that is said', () => {
    const answer = read([{ keyless: { identities: [IDENTITY], insecureIgnoreSCT: true } }]);
    expect(answer.rules).toHaveLength(1);
    expect(reasons(answer)).toEqual([
      'an entry of a certificate log must hold here where there is one (insecureIgnoreSCT)',
    ]);
  });

  test('under a TrustRoot that is the public instance is one of the public instance', () => {
    const keyless = { identities: [IDENTITY], trustRootRef: 'own' };
    const remote = { root: 'AAAA', mirror: 'https://tuf-repo-cdn.sigstore.dev' };
    const answer = read([{ keyless, ctlog: { trustRootRef: 'own' } }], trustRoot({ remote }));
    expect(answer).toMatchObject({ roots: [], unread: [], rules: [{}] });
    expect(answer.rules[0]?.require.signature?.anyOf[0]).not.toHaveProperty('root');
  });

  const OWN = { keyless: { identities: [IDENTITY], trustRootRef: 'own' } };
  const KEYS = { certificateAuthorities: [{ certChain: CHAIN }], tLogs: [], ctLogs: [] };

  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['', { ctlog: { trustRootRef: 'own' } }, KEYS, { logs: 1, certificateLogs: 1, timestamps: 0 }],
    [' without a log', {}, KEYS, { logs: 0, certificateLogs: 1, timestamps: 0 }],
    [' for bundles', { signatureFormat: 'bundle' }, KEYS, { logs: 1, certificateLogs: 1, timestamps: 0 }],
    [
      ' without a log with the timestamps of own',
      { rfc3161timestamp: { trustRootRef: 'own' } },
      KEYS,
      { logs: 0, certificateLogs: 1, timestamps: 1 },
    ],
  ])('under a TrustRoot must have what is asked for%s', (name, more, keys, thresholds) => {
    const { roots, rules } = read([{ ...OWN, ...more }], trustRoot({ sigstoreKeys: keys }));
    expect(roots).toMatchObject([{ name: `TrustRoot own${name} in production`, thresholds }]);
    expect(rules[0]?.require.signature?.anyOf).toMatchObject([{ root: `TrustRoot own${name} in production` }]);
  });

  test.each<[string, JsonObject, JsonObject | undefined]>([
    ['its TrustRoot own is not in Git', {}, undefined],
    ['the TrustRoot own is fetched from https://tuf.example', {}, { remote: { mirror: 'https://tuf.example' } }],
    [
      'the TrustRoot own is fetched from https://tuf-repo-cdn.sigstore.dev',
      {},
      { remote: { mirror: 'https://tuf-repo-cdn.sigstore.dev', targets: 'others' } },
    ],
    ['the TrustRoot own holds a TUF repository', {}, { repository: { root: 'a', mirrorFS: 'b' } }],
    [
      'certChain of the TrustRoot own holds no PEM in base64',
      {},
      { sigstoreKeys: { certificateAuthorities: [{ certChain: 'AAAA' }] } },
    ],
    [
      'the TrustRoot own has several timestamp authorities',
      { rfc3161timestamp: { trustRootRef: 'own' } },
      { sigstoreKeys: { timestampAuthorities: [{ certChain: CHAIN }, { certChain: CHAIN }] } },
    ],
    [
      'a part of what it trusts is the public instance',
      {},
      { remote: { mirror: 'https://tuf-repo-cdn.sigstore.dev' } },
    ],
    [
      'it joins a TrustRoot with the public log',
      { ctlog: { url: 'https://rekor.sigstore.dev' } },
      { sigstoreKeys: KEYS },
    ],
    [
      'it takes bundles, and its log or timestamps stand in another TrustRoot',
      { signatureFormat: 'bundle', ctlog: { trustRootRef: 'other' } },
      { sigstoreKeys: KEYS },
    ],
  ])('is left out where %s', (reason, more, spec) => {
    const answer = read([{ ...OWN, ...more }], ...(spec === undefined ? [] : [trustRoot(spec)]));
    expect(answer.rules).toEqual([]);
    expect(reasons(answer).map((one) => one.slice(0, reason.length))).toEqual([reason]);
  });

  test.each<[string, JsonObject]>([
    ['a timestamp', { rfc3161timestamp: { trustRootRef: 'own' } }],
    ['a log', { ctlog: { trustRootRef: 'own' } }],
  ])('of the public instance with %s of a TrustRoot is left out', (_, more) => {
    expect(reasons(read([{ ...KEYLESS, ...more }], trustRoot({ sigstoreKeys: KEYS })))).toEqual([
      'it joins a TrustRoot with the public instance',
    ]);
  });

  test('under a TrustRoot of another cluster is left out', () => {
    const other = { ...trustRoot({ sigstoreKeys: KEYS }), cluster: 'staging' };
    expect(reasons(read([OWN], other))).toEqual(['its TrustRoot own is not in Git']);
  });
});

function webhook(namespaceSelector: JsonObject): Manifest {
  return aManifest({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'policy.sigstore.dev', namespace: '' },
    webhooks: [{ name: 'policy.sigstore.dev', namespaceSelector }],
  });
}

describe('it holds', () => {
  const NAME = 'kubernetes.io/metadata.name';
  const worlds = [namespace('a', { checked: 'yes' }), namespace('b', { checked: 'no' })];

  test.each<[string, JsonObject, object]>([
    ['where the webhook says', { matchLabels: { checked: 'yes' } }, { namespaces: ['a'] }],
    ['everywhere where it says nothing', {}, { namespaces: ['**'], exceptNamespaces: [] }],
    [
      'wherever a namespace does not opt out',
      { matchExpressions: [{ key: 'checked', operator: 'NotIn', values: ['no'] }] },
      { namespaces: ['**'], exceptNamespaces: ['b'] },
    ],
    [
      'not in namespaces that it leaves out by name, in Git or not',
      { matchExpressions: [{ key: NAME, operator: 'NotIn', values: ['kube-system', 'a'] }] },
      { namespaces: ['**'], exceptNamespaces: ['a', 'kube-system'] },
    ],
    [
      'in namespaces that it names, in Git or not',
      { matchLabels: { [NAME]: 'elsewhere' } },
      { namespaces: ['elsewhere'] },
    ],
    [
      'wherever a namespace has a name',
      { matchExpressions: [{ key: NAME, operator: 'Exists' }] },
      { namespaces: ['**'], exceptNamespaces: [] },
    ],
  ])('%s', (_, selector, expected) => {
    expect(foreignRules([webhook(selector), ...worlds, cip([KEYLESS])]).rules).toMatchObject([expected]);
  });

  test('nowhere that is known where no Namespace in Git has the labels', () => {
    expect(reasons(foreignRules([webhook({ matchLabels: { a: 'b' } }), ...worlds, cip([KEYLESS])]))).toEqual([
      'no Namespace of this cluster has the labels that the webhook asks for in Git, so where it holds is not known',
    ]);
  });
});
