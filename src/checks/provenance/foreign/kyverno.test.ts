import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { foreignRules } from './index.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----\n';
const SECOND = PEM.replace('AQ==', 'Ag==');
const KEYS: JsonObject = { attestors: [{ entries: [{ keys: { publicKeys: PEM } }] }] };
const LEFT_OUT = ['kube-system', 'kube-public', 'kube-node-lease'];

function read(verify: JsonObject, rule: JsonObject = {}, spec: JsonObject = {}): ReturnType<typeof foreignRules> {
  const match: JsonValue = { any: [{ resources: { kinds: ['Pod'] } }] };
  const verifyImages: JsonValue = [{ imageReferences: ['ghcr.io/acme/*'], ...verify }];
  const policy = aManifest({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'check', namespace: '' },
    spec: { validationFailureAction: 'Enforce', rules: [{ name: 'signed', match, verifyImages, ...rule }], ...spec },
  });
  return foreignRules([policy]);
}

function reasons({ unread }: ReturnType<typeof foreignRules>): readonly string[] {
  return unread.map(({ reason }) => reason);
}

function leaf(key: string): object {
  return { kind: 'proof', formats: ['cosign-signature'], signer: { kind: 'key', key } };
}

function signer(keyless: JsonObject): unknown {
  return read({ attestors: [{ entries: [{ keyless }] }] }).rules[0]?.require.signature?.anyOf[0];
}

function said(reference: string): readonly string[] {
  return reasons(read({ ...KEYS, imageReferences: [reference] }));
}

describe('a verifyImages rule', () => {
  test('nests sets of attestors, each with its count', () => {
    const nested = { count: 1, entries: [{ keys: { publicKeys: `${PEM}${SECOND}` } }] };
    const attestors = [{ entries: [{ keyless: { issuer: 'https://a.example', subject: 'b' } }, { attestor: nested }] }];
    const { rules, keys, unread } = read({ attestors });
    const name = 'ClusterPolicy check in production, rule signed, entry 1, attestors 1, entry 2, nested, entry 1, key';
    expect(rules[0]?.require.proof).toMatchObject({
      kind: 'some',
      count: 2,
      of: [
        { kind: 'proof', signer: { issuer: 'https://a.example' } },
        { kind: 'some', count: 1, of: [leaf(`${name} 1`), leaf(`${name} 2`)] },
      ],
    });
    expect(keys.map((key) => key.name)).toEqual([`${name} 1`, `${name} 2`]);
    expect(unread).toEqual([]);
  });

  test('looks where it says that its signatures lie', () => {
    const repository = 'ghcr.io/acme/signatures';
    const { rules } = read({ ...KEYS, repository, attestations: [{ type: 'a', ...KEYS }] });
    expect(rules).toMatchObject([
      { require: { proof: { at: repository } } },
      { require: { proof: { predicateType: 'a', at: repository } } },
    ]);
  });

  test('nests them only so deep', () => {
    const nest = (depth: number): JsonObject =>
      depth === 0 ? { keys: { publicKeys: PEM } } : { attestor: { entries: [nest(depth - 1)] } };
    expect(reasons(read({ attestors: [{ entries: [nest(3)] }] }))).toEqual([]);
    expect(reasons(read({ attestors: [{ entries: [nest(4)] }] }))).toEqual(['its attestors are nested deeper than 4']);
  });

  test('asks for attestations of a type besides its signatures', () => {
    const attestations = [{ type: 'https://a.example/v1', ...KEYS, conditions: [{ all: [] }] }];
    const answer = read({ ...KEYS, attestations });
    expect(answer.rules).toMatchObject([
      { require: { signature: { count: 1 }, formats: ['cosign-signature'] } },
      {
        require: {
          proof: { kind: 'proof', predicateType: 'https://a.example/v1', formats: ['cosign-attestation'] },
        },
      },
    ]);
    expect(answer.keys).toHaveLength(2);
    expect(reasons(answer)).toEqual(['the conditions on its attestation https://a.example/v1 are not applied']);
  });

  test.each<[string, JsonObject, unknown]>([
    ['in a bundle', { type: 'SigstoreBundle' }, ['sigstore-bundle']],
    ['wherever they are found', { cosignOCI11: true }, undefined],
  ])('takes attestations %s', (_, more, formats) => {
    const { rules } = read({ ...more, attestations: [{ predicateType: 'a', ...KEYS }] });
    expect(rules).toMatchObject([{ require: { proof: { predicateType: 'a', formats } } }]);
  });

  test.each<[string, JsonObject]>([
    ['an attestation has no type', { ...KEYS }],
    [
      'the attestors of its attestation a are several keys',
      {
        type: 'a',
        attestors: [{ entries: [{ keys: { publicKeys: `${PEM}${SECOND}` } }] }],
      },
    ],
    [
      'the attestors of its attestation a are several keys in one, or nested',
      {
        type: 'a',
        attestors: [{ entries: [{ attestor: { entries: [{ keys: { publicKeys: PEM } }] } }] }],
      },
    ],
  ])('is left out where %s', (reason, attestation) => {
    const answer = read({ ...KEYS, attestations: [attestation] });
    expect(answer.rules).toEqual([]);
    expect(reasons(answer).map((one) => one.slice(0, reason.length))).toEqual([reason]);
  });

  test('takes an issuer or a subject alone, and patterns of both', () => {
    expect(signer({ issuer: 'https://a.example' })).toMatchObject({ issuer: 'https://a.example', subject: '**' });
    expect(signer({ subject: 'a@b' })).toMatchObject({ issuerPattern: '**', subject: 'a@b' });
    expect(signer({ issuer: 'https://*.example', subject: '*' })).toMatchObject({
      issuerPattern: 'https://**.example',
      subject: '**',
    });
  });

  test('names tags and single characters as it writes them', () => {
    const imageReferences = ['ghcr.io/acme/web:v?', 'ghcr.io/acme/*'];
    expect(read({ ...KEYS, imageReferences }).rules).toMatchObject([
      { match: 'ghcr.io/acme/web:v?', reference: { tool: 'kyverno', pattern: 'ghcr.io/acme/web:v?' } },
      { match: 'ghcr.io/acme/**' },
    ]);
  });

  test('says what a name without a registry means', () => {
    const sentence = 'names no registry: here it means Docker Hub, there only by a setting of the cluster';
    for (const one of ['nginx*', 'acme/web:*', 'nginx:1']) expect(said(one)).toEqual([`${one} ${sentence}`]);
    for (const one of ['ghcr.io/a*', 'localhost/a', 'registry:5000/a', '*/a', '?*']) expect(said(one)).toEqual([]);
  });

  test('leaves images out, by tags only in words', () => {
    const answer = read({ ...KEYS, skipImageReferences: ['ghcr.io/acme/old*', 'ghcr.io/acme/web:dev'] });
    expect(answer.rules).toMatchObject([
      { exceptReferences: [{ tool: 'kyverno', pattern: 'ghcr.io/acme/old*' }, { pattern: 'ghcr.io/acme/web:dev' }] },
    ]);
    expect(reasons(answer)).toEqual([
      'ghcr.io/acme/web:dev leaves out single tags or one spelling of Docker Hub, which are not left out here (skipImageReferences)',
    ]);
    expect(reasons(read({ ...KEYS, skipImageReferences: ['{{ a }}'] }))).toEqual([
      '{{ a }} is filled in by the cluster',
    ]);
  });

  test('says that a certificate log is asked for in any case', () => {
    const keyless = { issuer: 'https://a.example', subject: 'b', ctlog: { ignoreSCT: true } };
    const answer = read({ attestors: [{ entries: [{ keyless }] }] });
    expect(answer.rules).toHaveLength(1);
    expect(reasons(answer)).toEqual(['its certificates need a certificate log here (ignoreSCT is not followed)']);
    const own = { ...keyless, ctlog: { pubkey: PEM } };
    expect(reasons(read({ attestors: [{ entries: [{ keyless: own }] }] }))).toEqual([
      'an attestor brings a certificate log',
    ]);
    const stamped = { ...keyless, ctlog: { tsaCertChain: PEM } };
    expect(reasons(read({ attestors: [{ entries: [{ keyless: stamped }] }] }))).toEqual([
      'an attestor brings a timestamp authority',
    ]);
  });

  test('does another thing in some namespaces, by the first word that is one', () => {
    const validationFailureActionOverrides = [
      { action: 'audit', namespaces: ['dev-*'] },
      { action: 'ignore', namespaces: ['test'] },
      { action: 'enforce', namespaces: ['*'] },
    ];
    const spec = { validationFailureAction: 'Audit', validationFailureActionOverrides };
    expect(read(KEYS, {}, spec).rules).toMatchObject([
      { mode: 'advise', namespaces: ['dev-**'], exceptNamespaces: LEFT_OUT },
      { mode: 'block', namespaces: ['**'], exceptNamespaces: [...LEFT_OUT, 'dev-**'] },
      { mode: 'advise', exceptNamespaces: [...LEFT_OUT, 'dev-**', '**'] },
    ]);
    expect(read({ ...KEYS, failureAction: 'Enforce' }, {}, spec).rules).toMatchObject([{ mode: 'block' }]);
    const match: JsonValue = { any: [{ resources: { kinds: ['Pod'], namespaces: ['shop'] } }] };
    expect(reasons(read(KEYS, { match }, spec))).toEqual(['it names namespaces, and what it does depends on others']);
  });

  test('enforces where one of its entries does', () => {
    const entry = { imageReferences: ['ghcr.io/acme/*'], ...KEYS };
    const verifyImages: JsonValue = [
      entry,
      { ...entry, failureAction: 'Audit' },
      { ...entry, failureAction: 'Enforce' },
    ];
    const modes = read({}, { verifyImages }, { validationFailureAction: 'Audit' }).rules.map(({ mode }) => mode);
    expect(modes).toEqual(['block', 'block', 'block']);
  });
});
