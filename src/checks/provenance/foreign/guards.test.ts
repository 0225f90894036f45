import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
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

describe('a policy that is evaluated', () => {
  const denies = { ...CEL, object: { ...CEL.object, spec: { a: 1, validationActions: ['Deny'] } } };
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
    ['guards nothing when it only reports', [audits], [], []],
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
