import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { JsonObject } from './json.ts';
import { maskObject } from './mask.ts';
import { maskSentence, maskText } from './secret-text.ts';

const MASK = '********';
const RANDOM = 'v9Qx2LmZ7pTk4RwB8sNd';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIcanary\n-----END RSA PRIVATE KEY-----';

describe('an object', () => {
  test.each<readonly [string, JsonObject, JsonObject]>([
    [
      'a Secret loses its values and keeps its keys',
      { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { a: 'QQ==', b: null }, stringData: { c: 'x' } },
      { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { a: MASK, b: MASK }, stringData: { c: MASK } },
    ],
    [
      'a Secret inside a list or a wrapper',
      { kind: 'List', items: [{ apiVersion: 'v1', kind: 'Secret', data: { a: 'QQ==' } }] },
      { kind: 'List', items: [{ apiVersion: 'v1', kind: 'Secret', data: { a: MASK } }] },
    ],
    [
      'data that is no map',
      { apiVersion: 'v1', kind: 'Secret', data: ['canary', { a: 1 }], stringData: 'canary' },
      { apiVersion: 'v1', kind: 'Secret', data: [MASK, { a: MASK }], stringData: MASK },
    ],
    [
      'a SOPS file of any kind',
      {
        kind: 'ConfigMap',
        data: { a: 'plain' },
        spec: { x: 'ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]' },
        sops: { mac: 'm', age: [{ recipient: 'age1', enc: 'cipher' }] },
      },
      {
        kind: 'ConfigMap',
        data: { a: MASK },
        spec: { x: MASK },
        sops: { mac: MASK, age: [{ recipient: 'age1', enc: MASK }] },
      },
    ],
    [
      'copies in annotations',
      {
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': '{"data":1}',
            'objectset.rio.cattle.io/applied': 'x',
            note: 'y',
          },
        },
      },
      {
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': MASK,
            'objectset.rio.cattle.io/applied': MASK,
            note: 'y',
          },
        },
      },
    ],
    [
      'a private key in a ConfigMap',
      { data: { 'tls.key': `before ${PEM} after`, 'ca.crt': '-----BEGIN CERTIFICATE-----\nx' } },
      { data: { 'tls.key': `before ${MASK} after`, 'ca.crt': '-----BEGIN CERTIFICATE-----\nx' } },
    ],
    ['a private key without an end', { data: { k: '-----BEGIN PRIVATE KEY-----\ncanary' } }, { data: { k: MASK } }],
    [
      'a random value behind a key',
      { adminPassword: RANDOM, GITHUB_TOKEN: RANDOM, name: RANDOM },
      { adminPassword: MASK, GITHUB_TOKEN: MASK, name: RANDOM },
    ],
    [
      'a random value of a variable',
      {
        env: [
          { name: 'DB_PASSWORD', value: RANDOM },
          { name: 'PATH', value: RANDOM },
        ],
      },
      {
        env: [
          { name: 'DB_PASSWORD', value: MASK },
          { name: 'PATH', value: RANDOM },
        ],
      },
    ],
    [
      'a random value inside a text',
      { data: { 'app.ini': `[db]\npassword = ${RANDOM}\nuser = x` } },
      { data: { 'app.ini': `[db]\npassword = ${MASK}\nuser = x` } },
    ],
    [
      'a registry login',
      { data: { c: `{"auths":{"r":{"auth":"${RANDOM}="}}}` } },
      { data: { c: `{"auths":{"r":{"auth":"${MASK}"}}}` } },
    ],
  ])('%s', (_, object, masked) => {
    expect(maskObject(object)).toEqual(masked);
  });

  test.each<readonly [string, JsonObject]>([
    [
      'names',
      { secretName: 'shop-tls-certificate-2024', imagePullSecrets: [{ name: 'registry-credentials-0123456789' }] },
    ],
    [
      'references',
      {
        password: '$(DB_PASSWORD_FROM_VAULT1)',
        token: '/var/run/secrets/tokens/vault-token1',
        secret: 'vault://kv/data/Shop1',
      },
    ],
    ['checksums', { metadata: { annotations: { 'checksum/secret': 'a3f1'.repeat(16) } } }],
    [
      'plain words',
      { password: 'changeme', secret: 'shop-production-db-credentials', automountServiceAccountToken: 'true' },
    ],
    ['digests', { image: `ghcr.io/acme/shop@sha256:${'0a1b2c3d'.repeat(8)}` }],
    ['other kinds', { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'QQ==' }, stringData: { a: 'b' } }],
    ['odd shapes', { kind: 'Secret', metadata: { annotations: null }, sops: {}, data: { a: 1 } }],
  ])('%s stay', (_, object) => {
    expect(maskObject(object)).toEqual(object);
  });
});

describe('a text', () => {
  test.each([
    `ghs_${'a1B2'.repeat(9)}`,
    `ghs_12345_${'aB1.'.repeat(20)}x`,
    `github_pat_${'a1_'.repeat(10)}`,
    'AKIAIOSFODNN7EXAMPLE',
    'glpat-aaaaaaaaaaaaaaaaaaaa',
    'xoxb-1234567890-abc',
    `AIza${'a'.repeat(35)}`,
    'sk_live_aaaaaaaaaaaaaaaa',
    `npm_${'a'.repeat(36)}`,
    'hvs.aaaaaaaaaaaaaaaaaaaaaa',
    `AGE-SECRET-KEY-1${'Q'.repeat(58)}`,
    'eyJhbGciOiJI.eyJzdWIiOiIx.c2ln',
    Buffer.from(PEM).toString('base64'),
    Buffer.from(PEM.replace('RSA ', '')).toString('base64'),
    'ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]',
    PEM,
  ])('%s is a secret wherever it stands', (secret) => {
    expect(maskText(`a ${secret} b`)).toBe(`a ${MASK} b`);
  });

  test('the password of an address goes, the host stays', () => {
    expect(maskText('https://bot:canary@git.example/x')).toBe(`https://bot:${MASK}@git.example/x`);
  });

  test.each([
    ['error: password: hunter2 is too short', `error: password: ${MASK} is too short`],
    [String.raw`map[\"dbPassword\":\"S3cret!\"]`, String.raw`map[\"dbPassword\":\"********\"]`],
    [`url?token=${RANDOM}&page=1`, `url?token=${MASK}&page=1`],
    [
      'grants secrets: get, list to token: system:serviceaccount:shop:web1',
      'grants secrets: get, list to token: system:serviceaccount:shop:web1',
    ],
    ['password: is required', 'password: is required'],
    ['no secret: shop-credentials-v2', 'no secret: shop-credentials-v2'],
  ])('in a sentence: %s', (sentence, masked) => {
    expect(maskSentence(sentence)).toBe(masked);
  });

  test('whatever stands around them, keys and tokens go', () => {
    const token = `ghs_${'a1B2'.repeat(9)}`;
    const around = fc.constantFrom(
      'password',
      'token',
      ': ',
      '=',
      '"',
      "'",
      '\\',
      '1 ',
      ' ',
      '\n',
      MASK,
      'https://a:',
      '@b',
      'eyJ.',
      '-----BEGIN ',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(around, fc.constant(PEM), fc.constant(` ${token}`)), { maxLength: 12 }),
        (pieces) => {
          const masked = maskSentence(pieces.join(''));
          expect(masked).not.toContain('canary');
          expect(masked).not.toContain(token);
          expect(maskSentence(masked).length).toBeLessThanOrEqual(masked.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    '-----BEGIN PRIVATE KEY-----',
    'eyJ-',
    'eyJaaaaaaaa.eyJaaaaaaaa',
    'ENC[A,data:',
    'password:',
    'token="',
    'gh',
    'ghp_a',
    '://a:',
    'xoxb-',
  ])('a long run of %s is read in linear time', (piece) => {
    expect(maskText(piece.repeat(100_000)).length).toBeGreaterThan(0);
  });
});
