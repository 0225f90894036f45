import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import { type JsonObject, type JsonValue, listAt, objectAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { guardsLost } from './guards.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQY0aaaaaaaaaaaaaaaaaaaaAQ==\n-----END PUBLIC KEY-----\n';
const OTHER = PEM.replace('AQ==', 'Ag==');
const GITHUB = 'https://token.actions.githubusercontent.com';

function policy(entry: JsonObject = {}, rule: JsonObject = {}, name = 'check'): Manifest {
  const match: JsonValue = { any: [{ resources: { kinds: ['Pod'] } }] };
  const attestors: JsonValue = [{ entries: [{ keys: { publicKeys: PEM } }] }];
  const verifyImages: JsonValue = [
    { imageReferences: ['ghcr.io/acme/*'], failureAction: 'Enforce', attestors, ...entry },
  ];
  return aManifest({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name, namespace: '' },
    spec: { rules: [{ name: 'signed', match, verifyImages, ...rule }] },
  });
}

function keyless(subject: string): JsonObject {
  return { attestors: [{ entries: [{ keyless: { issuer: GITHUB, subject } }] }] };
}

function said(base: readonly Manifest[], merged: readonly Manifest[]): readonly string[] {
  return guardsLost(base, merged).map(({ message, isCertain }) => `${isCertain ? '' : 'perhaps: '}${message}`);
}

const NAMESPACE = aManifest({
  kind: 'Namespace',
  metadata: { name: 'shop', namespace: '', labels: { 'policy.sigstore.dev/include': 'true' } },
});

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

function cip(spec: JsonObject = {}, authority: JsonObject = {}): Manifest {
  const identities: JsonValue = [{ issuer: GITHUB, subject: 'https://github.com/acme/shop' }];
  return aManifest({
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name: 'signed', namespace: '' },
    spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities: [{ keyless: { identities }, ...authority }], ...spec },
  });
}

function attested(...types: readonly string[]): JsonObject {
  return { attestations: types.map((predicateType) => ({ name: 'a', predicateType })) };
}

/** A policy under a root that has this certificate. */
function rooted(certificate: string): readonly Manifest[] {
  const certChain = btoa(`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`);
  const root = aManifest({
    apiVersion: 'policy.sigstore.dev/v1alpha1',
    kind: 'TrustRoot',
    metadata: { name: 'own', namespace: '' },
    spec: { sigstoreKeys: { certificateAuthorities: [{ certChain }] } },
  });
  const identities = [{ issuer: GITHUB, subject: 'a' }];
  return [NAMESPACE, root, cip({}, { keyless: { identities, trustRootRef: 'own' }, ctlog: { trustRootRef: 'own' } })];
}

const CEL = aManifest({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ImageValidatingPolicy',
  metadata: { namespace: '' },
  spec: { a: 1 },
});
/** The policy with more in its spec. */
function specified(spec: JsonObject): Manifest {
  const { object, ...rest } = policy();
  return { ...rest, object: { ...object, spec: { ...objectAt(object, 'spec'), ...spec } } };
}

function webhook(changes: JsonObject = {}): Manifest {
  const name = 'policy.sigstore.dev';
  const namespaceSelector = { matchExpressions: [{ key: `${name}/include`, operator: 'In', values: ['true'] }] };
  return aManifest({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name, namespace: '' },
    webhooks: [{ name, namespaceSelector, ...changes }],
  });
}

const verifying = aManifest({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { namespace: '' },
  spec: {
    url: 'oci://ghcr.io/acme/web',
    verify: { provider: 'cosign', matchOIDCIdentity: [{ issuer: GITHUB, subject: '^a$' }] },
  },
});
const GONE = 'images of ghcr.io/acme/** would run without its signature check';

describe('a guard is lost when', () => {
  test.each<[string, readonly Manifest[], readonly Manifest[], readonly string[]]>([
    ['its object goes', [policy()], [], [`ClusterPolicy check is taken away; ${GONE}`]],
    [
      'it goes in one cluster of two',
      [policy(), { ...policy(), cluster: 'staging' }],
      [policy()],
      [`ClusterPolicy check is taken away; ${GONE}`],
    ],
    [
      'it only audits',
      [policy()],
      [policy({ failureAction: 'Audit' })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'it is for fewer images',
      [policy()],
      [policy({ imageReferences: ['ghcr.io/acme/web*'] })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'it is for one namespace',
      [policy()],
      [policy({}, { match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['shop'] } }] } })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'it leaves a namespace out',
      [policy()],
      [policy({}, { exclude: { any: [{ resources: { namespaces: ['shop'] } }] } })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'another key would do',
      [policy()],
      [policy({ attestors: [{ count: 1, entries: [{ keys: { publicKeys: `${PEM}${OTHER}` } }] }] })],
      ['ClusterPolicy check asks for less; a signature by key …aaaaaaaaAg== with a log entry would do'],
    ],
    [
      'no log must hold it',
      [policy()],
      [policy({ attestors: [{ entries: [{ keys: { publicKeys: PEM, rekor: { ignoreTlog: true } } }] }] })],
      ['ClusterPolicy check asks for less; a signature by key …aaaaaaaaAQ== would do'],
    ],
    [
      'a subject is wider',
      [policy(keyless('https://github.com/acme/shop/*'))],
      [policy(keyless('https://github.com/acme/*'))],
      [
        `ClusterPolicy check asks for less; a signature by subject https://github.com/acme/**, triggers any, selfHosted, by ${GITHUB} would do`,
      ],
    ],
    [
      'it can no longer be read',
      [policy()],
      [policy({}, { preconditions: {} })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'it is not asked at admission any more',
      [policy()],
      [specified({ admission: false })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'it is asked under conditions',
      [policy()],
      [specified({ webhookConfiguration: { matchConditions: [{ name: 'a', expression: 'false' }] } })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'another rule may come first',
      [policy()],
      [specified({ applyRules: 'One', rules: [{ name: 'first' }, ...listAt(policy().object['spec'], 'rules')] })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'its webhook goes',
      [NAMESPACE, cip(), webhook()],
      [NAMESPACE, cip()],
      ['ValidatingWebhookConfiguration policy.sigstore.dev is taken away; no ClusterImagePolicy would be asked'],
    ],
    [
      'its webhook is asked about fewer objects',
      [NAMESPACE, cip(), webhook()],
      [NAMESPACE, cip(), webhook({ objectSelector: { matchLabels: { a: 'b' } } })],
      [
        'perhaps: ValidatingWebhookConfiguration policy.sigstore.dev says something else; whether ClusterImagePolicies are asked as often, only the cluster can tell',
      ],
    ],
    [
      'it selects fewer objects',
      [NAMESPACE, cip()],
      [NAMESPACE, cip({ match: [DEPLOYMENTS] })],
      [`ClusterImagePolicy signed asks for less; ${GONE}`],
    ],
    [
      'it selects them by a label',
      [NAMESPACE, cip({ match: [DEPLOYMENTS] })],
      [NAMESPACE, cip({ match: [{ ...DEPLOYMENTS, selector: { matchLabels: { a: 'b' } } }] })],
      [`ClusterImagePolicy signed asks for less; ${GONE}`],
    ],
    [
      'it is for one tag',
      [NAMESPACE, cip()],
      [NAMESPACE, cip({ images: [{ glob: 'ghcr.io/acme/web:1@*' }] })],
      [`ClusterImagePolicy signed asks for less; ${GONE}`],
    ],
    [
      'it leaves images out',
      [policy()],
      [policy({ skipImageReferences: ['ghcr.io/acme/old*'] })],
      [`ClusterPolicy check asks for less; ${GONE}`],
    ],
    [
      'an attestation is not asked for any more',
      [NAMESPACE, cip({}, attested('https://a.example', 'https://b.example'))],
      [NAMESPACE, cip({}, attested('https://a.example'))],
      ['ClusterImagePolicy signed asks for less; other signatures and attestations would do'],
    ],
    [
      'a signature does where an attestation was asked for',
      [NAMESPACE, cip({}, attested('https://a.example'))],
      [NAMESPACE, cip()],
      ['ClusterImagePolicy signed asks for less; other signatures and attestations would do'],
    ],
    [
      'its root has other keys',
      rooted('AAAA'),
      rooted('BBBB'),
      [
        `ClusterImagePolicy signed asks for less; a signature by subject a, root TrustRoot own in production (other keys 1), triggers any, selfHosted, by ${GITHUB} would do`,
      ],
    ],
    [
      'its root is gone',
      rooted('AAAA'),
      rooted('AAAA').filter(({ id }) => id.kind !== 'TrustRoot'),
      ['ClusterImagePolicy signed asks for less; images of ghcr.io/acme/** would run without its signature check'],
    ],
    [
      'another issuer would do',
      [policy(keyless('a'))],
      [policy({ attestors: [{ entries: [{ keyless: { subject: 'a' } }] }] })],
      ['ClusterPolicy check asks for less; a signature by subject a, triggers any, selfHosted, by ** would do'],
    ],
    [
      'a second object of its name asks for less',
      [NAMESPACE, cip()],
      [cip({ mode: 'warn' }), NAMESPACE, cip()],
      [`ClusterImagePolicy signed asks for less; ${GONE}`],
    ],
    [
      'a second object of its name says something else, whichever comes first',
      [CEL],
      [{ ...CEL, object: { ...CEL.object, spec: { a: 2 } } }, CEL],
      [
        'perhaps: ImageValidatingPolicy it says something else; whether it asks for as much, its own tool alone can tell',
      ],
    ],
    [
      'a second object of its name takes the label of its namespace away',
      [NAMESPACE, cip()],
      [NAMESPACE, cip(), { ...NAMESPACE, object: { ...NAMESPACE.object, metadata: { name: 'shop' } } }],
      [`ClusterImagePolicy signed asks for less; ${GONE}`],
    ],
    [
      'what could not be read goes',
      [CEL],
      [],
      ['ImageValidatingPolicy it is taken away; what it asks of images would not be asked any more'],
    ],
    [
      'what cannot be read is changed',
      [CEL],
      [{ ...CEL, object: { ...CEL.object, spec: { a: 2 } } }],
      [
        'perhaps: ImageValidatingPolicy it says something else; whether it asks for as much, its own tool alone can tell',
      ],
    ],
  ])('%s', (_, base, merged, expected) => {
    expect(said(base, merged)).toEqual(expected);
  });
});

describe('no guard is lost when', () => {
  test.each<[string, readonly Manifest[], readonly Manifest[]]>([
    ['nothing changes', [policy(), CEL], [policy(), CEL]],
    ['another object asks for the same', [policy()], [policy({}, {}, 'renamed')]],
    ['another object asks for more', [policy()], [policy({ imageReferences: ['ghcr.io/*'] }, {}, 'wider')]],
    [
      'it is for more namespaces',
      [policy({}, { match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['shop'] } }] } })],
      [policy()],
    ],
    [
      'a subject is narrower',
      [policy(keyless('https://github.com/acme/*'))],
      [policy(keyless('https://github.com/acme/shop/*'))],
    ],
    ['it selects more objects', [NAMESPACE, cip({ match: [DEPLOYMENTS] })], [NAMESPACE, cip()]],
    [
      'its version is any',
      [NAMESPACE, cip({ match: [DEPLOYMENTS] })],
      [NAMESPACE, cip({ match: [{ ...DEPLOYMENTS, version: '*' }] })],
    ],
    ['it is for all tags', [NAMESPACE, cip({ images: [{ glob: 'ghcr.io/acme/web:1@*' }] })], [NAMESPACE, cip()]],
    [
      'it is for more tags',
      [policy({ imageReferences: ['ghcr.io/acme/web:v1?'] })],
      [policy({ imageReferences: ['ghcr.io/acme/web:v1*'] })],
    ],
    ['it leaves fewer images out', [policy({ skipImageReferences: ['ghcr.io/acme/old*'] })], [policy()]],
    [
      'it asks for one more attestation',
      [NAMESPACE, cip({}, attested('https://a.example'))],
      [NAMESPACE, cip({}, attested('https://a.example', 'https://b.example'))],
    ],
    ['its root is the same', rooted('AAAA'), rooted('AAAA')],
    [
      'it names the issuer',
      [policy({ attestors: [{ entries: [{ keyless: { subject: 'a' } }] }] })],
      [policy(keyless('a'))],
    ],
    [
      'its webhook is served elsewhere',
      [NAMESPACE, cip(), webhook()],
      [NAMESPACE, cip(), webhook({ timeoutSeconds: 5 })],
    ],
    ['a webhook goes that nobody needs', [webhook()], []],
    ['two of one name stand', [NAMESPACE, cip(), cip({ mode: 'warn' })], [NAMESPACE, cip({ mode: 'warn' }), cip()]],
    [
      'another app has one of its name, and no namespace is named',
      [verifying],
      [
        { ...verifying, app: 'other', object: { ...verifying.object, spec: { url: 'oci://ghcr.io/acme/web' } } },
        verifying,
      ],
    ],
    ['it only audited', [policy({ failureAction: 'Audit' })], []],
    ['it is new', [], [policy()]],
  ])('%s', (_, base, merged) => {
    expect(said(base, merged)).toEqual([]);
  });
});

test('a key that only ends like the old one is another key', () => {
  const alike = PEM.replace('MFkw', 'AAAA');
  expect(said([policy()], [policy({ attestors: [{ entries: [{ keys: { publicKeys: alike } }] }] })])).toHaveLength(1);
});

function exception(name: string): Manifest {
  return aManifest({
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'PolicyException',
    metadata: { name: 'out' },
    spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name }] },
  });
}

function evaluating(evaluation: JsonObject): Manifest {
  return { ...CEL, object: { ...CEL.object, spec: { a: 1, validationActions: ['Deny'], evaluation } } };
}

const OPEN = 'ImageValidatingPolicy it asks for less; it would let everything in';

/** For a rule of the ClusterPolicy. */
function ruleException(ruleNames: JsonValue, spec: JsonObject = {}): Manifest {
  return aManifest({
    apiVersion: 'kyverno.io/v2',
    kind: 'PolicyException',
    metadata: { name: 'out' },
    spec: {
      exceptions: [{ policyName: 'check', ruleNames }],
      match: { any: [{ resources: { kinds: ['*'] } }] },
      ...spec,
    },
  });
}

describe('a rule of a ClusterPolicy', () => {
  const out = ruleException(['signed']);
  const may = 'perhaps: PolicyException shop/out may leave objects out of ClusterPolicy check';

  test.each<[string, readonly Manifest[], readonly Manifest[], readonly string[]]>([
    ['may be lost to a new exception', [policy()], [policy(), out], [may]],
    ['may be lost to one for what autogen makes', [policy()], [policy(), ruleException(['autogen-*'])], [may]],
    [
      'may be lost to one that says more from now on',
      [policy(), ruleException(['signed'], { match: { any: [{ resources: { kinds: ['*'], namespaces: ['a'] } }] } })],
      [policy(), out],
      [may],
    ],
    ['is not lost to one that stands', [policy(), out], [policy(), out], []],
    ['is not lost to one for another rule', [policy()], [policy(), ruleException(['other'])], []],
    ['is not lost to one of another cluster', [policy()], [policy(), { ...out, cluster: 'staging' }], []],
    [
      'that only audits is not lost to one',
      [policy({ failureAction: 'Audit' })],
      [policy({ failureAction: 'Audit' }), out],
      [],
    ],
  ])('%s', (_, base, merged, expected) => {
    expect(said(base, merged)).toEqual(expected);
  });
});

describe('a policy that is evaluated', () => {
  const denies = { ...CEL, object: { ...CEL.object, spec: { a: 1, validationActions: ['Deny'] } } };
  const off = evaluating({ admission: { enabled: false } });
  const json = evaluating({ mode: 'JSON' });
  const audits = { ...CEL, object: { ...CEL.object, spec: { a: 1, validationActions: ['Audit'] } } };

  test.each<[string, readonly Manifest[], readonly Manifest[], readonly string[]]>([
    [
      'is lost when it only reports from now on',
      [denies],
      [audits],
      ['ImageValidatingPolicy it asks for less; it would only report what it denies today'],
    ],
    [
      'may be lost when it says something else',
      [denies],
      [CEL],
      [
        'perhaps: ImageValidatingPolicy it says something else; whether it asks for as much, its own tool alone can tell',
      ],
    ],
    ['is lost when it is off at admission', [denies], [off], [OPEN]],
    ['is lost when it is about JSON from now on', [denies], [json], [OPEN]],
    ['guards nothing when it only reports', [audits], [], []],
    ['guards nothing when it is off', [off], [], []],
    ['that is off is not lost to an exception', [off], [off, exception('it')], []],
    [
      'may be lost to a new exception',
      [denies],
      [denies, exception('it')],
      ['perhaps: PolicyException shop/out may leave objects out of ImageValidatingPolicy it'],
    ],
    ['is not lost to one that stands', [denies, exception('it')], [denies, exception('it')], []],
    ['is not lost to one for another policy', [denies], [denies, exception('other')], []],
    ['that only reports is not lost to one', [audits], [audits, exception('it')], []],
  ])('%s', (_, base, merged, expected) => {
    expect(said(base, merged)).toEqual(expected);
  });
});

function source(name: string, spec: JsonObject, kind = 'OCIRepository'): Manifest {
  return aManifest({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind, metadata: { name }, spec });
}

function by(subject: string): JsonObject {
  return { matchOIDCIdentity: [{ issuer: GITHUB, subject }] };
}

describe('a source of Flux that asks for signatures', () => {
  const [web, other] = [{ url: 'oci://ghcr.io/acme/web' }, { url: 'oci://ghcr.io/acme/other' }];
  const asks = source('web', { ...web, verify: by('^a$') });
  const unread = source('web', { ...web, verify: { provider: 'notation' } });
  const lost = 'images of ghcr.io/acme/web would run without its signature check';
  const gone = `OCIRepository shop/web is taken away; ${lost}`;
  const less = `OCIRepository shop/web asks for less; ${lost}`;
  const git = source('git', { url: 'https://git.example' }, 'GitRepository');

  test.each<[string, readonly Manifest[], readonly Manifest[], readonly string[]]>([
    ['may go with what it fetches', [asks, git], [git], []],
    ['may fetch something else', [asks], [source('web', { ...other, verify: by('^a$') })], []],
    ['may go though it is not understood', [unread], [], []],
    [
      'may fetch something else though another one fetches what it fetched, as before',
      [asks, source('b', web)],
      [source('web', { ...other, verify: by('^a$') }), source('b', web)],
      [],
    ],
    ['may be renamed', [asks], [source('new', { ...other, verify: by('^a$') })], []],
    ['may not stay without asking', [asks], [source('web', web)], [less]],
    ['may not fetch something else without asking', [asks], [source('web', other)], [less]],
    ['may not fetch something else by somebody else', [asks], [source('web', { ...other, verify: by('^b$') })], [less]],
    ['may not go where another one fetches the same', [asks, source('b', web)], [source('b', web)], [gone]],
    ['may not go where one that asks nothing comes', [asks], [source('b', other)], [gone]],
    ['may not go where one that asks others comes', [asks], [source('b', { ...other, verify: by('^b$') })], [gone]],
    ['may not go where a source of another kind comes', [asks], [git], [gone]],
    ['may not go where another one turns to what it fetched', [asks, source('b', other)], [source('b', web)], [gone]],
    [
      'may not turn elsewhere where another one comes for what it fetched',
      [asks],
      [source('web', { ...other, verify: by('^a$') }), source('b', web)],
      [less],
    ],
    [
      'may not go where one comes, if it is not understood',
      [unread],
      [source('b', { ...other, verify: by('^a$') })],
      ['OCIRepository shop/web is taken away; what it asks of images would not be asked any more'],
    ],
  ])('%s', (_, base, merged, expected) => {
    expect(said(base, merged)).toEqual(expected);
  });
});
