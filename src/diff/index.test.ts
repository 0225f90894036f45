import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalJson, type JsonObject, type JsonValue } from '../model/json.ts';
import { differences } from './index.ts';

const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });
const container = (name: string, image: string): JsonObject => ({ name, image });

describe('what differs', () => {
  test.each<readonly [string, JsonObject, JsonObject, readonly unknown[]]>([
    ['nothing', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    [
      'the image of one container, found by name when the list is reordered',
      pod({ containers: [container('web', 'a:1'), container('sidecar', 'b:1')] }),
      pod({ containers: [container('sidecar', 'b:1'), container('web', 'a:2')] }),
      [
        {
          pointer: '/spec/template/spec/containers/1/image',
          path: 'spec.template.spec.containers[web].image',
          before: 'a:1',
          after: 'a:2',
          noise: false,
        },
      ],
    ],
    [
      'a container that comes, as a whole',
      pod({ containers: [container('web', 'a:1')] }),
      pod({ containers: [container('new', 'b:1'), container('web', 'a:1')] }),
      [
        {
          pointer: '/spec/template/spec/containers/0',
          path: 'spec.template.spec.containers[new]',
          after: { name: 'new', image: 'b:1' },
          noise: false,
        },
      ],
    ],
    [
      'the order of init containers, which run in turn',
      pod({ initContainers: [container('a', 'x'), container('b', 'x')] }),
      pod({ initContainers: [container('b', 'x'), container('a', 'x')] }),
      [
        {
          pointer: '/spec/template/spec/initContainers',
          path: 'spec.template.spec.initContainers (order)',
          before: ['a', 'b'],
          after: ['b', 'a'],
          noise: false,
        },
      ],
    ],
    [
      'the order of variables, no',
      { env: [{ name: 'A' }, { name: 'B' }] },
      { env: [{ name: 'B' }, { name: 'A' }] },
      [],
    ],
    [
      'the order of variables that name others',
      { env: [{ name: 'A' }, { name: 'B', value: '$(A)' }] },
      { env: [{ name: 'B', value: '$(A)' }, { name: 'A' }] },
      [{ pointer: '/env', path: 'env (order)', before: ['A', 'B'], after: ['B', 'A'], noise: false }],
    ],
    [
      'a verb of a rule, wherever the rule and the verb stand',
      {
        rules: [
          { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
          { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
        ],
      },
      {
        rules: [
          { apiGroups: [''], resources: ['secrets'], verbs: ['*', 'get'] },
          { apiGroups: [''], resources: ['pods'], verbs: ['list', 'get'] },
        ],
      },
      [{ pointer: '/rules/0/verbs/0', path: 'rules[secrets].verbs[]', after: '*', noise: false }],
    ],
    [
      'a port by its number, whatever its name',
      {
        ports: [
          { name: 'http', port: 80 },
          { port: 80, protocol: 'UDP' },
        ],
      },
      {
        ports: [
          { port: 80, protocol: 'UDP' },
          { name: 'web', port: 80 },
        ],
      },
      [{ pointer: '/ports/1/name', path: 'ports[80/TCP].name', before: 'http', after: 'web', noise: false }],
    ],
    [
      'one flag of a program',
      { args: ['serve', '--port=80', '--log=info'] },
      { args: ['serve', '--port=81', '--new', '--log=info'] },
      [
        { pointer: '/args/2', path: 'args[--new]', after: '--new', noise: false },
        { pointer: '/args/1', path: 'args[--port]', before: '--port=80', after: '--port=81', noise: false },
      ],
    ],
    [
      'the order of arguments',
      { args: ['a', 'b'] },
      { args: ['b', 'a'] },
      [
        { pointer: '/args/0', path: 'args[0]', before: 'a', after: 'b', noise: false },
        { pointer: '/args/1', path: 'args[1]', before: 'b', after: 'a', noise: false },
      ],
    ],
    [
      'the end of a list without keys',
      { list: [{ a: 1 }, { a: 2 }] },
      { list: [{ a: 1 }, { a: 2 }, { a: 3 }] },
      [{ pointer: '/list/2', path: 'list[2]', after: { a: 3 }, noise: false }],
    ],
    [
      'absent or empty labels, no',
      { metadata: {} },
      { metadata: { labels: {} } },
      [{ pointer: '/metadata/labels', path: 'metadata.labels', after: {}, noise: false }],
    ],
    ['a null where nothing was', {}, { a: null }, [{ pointer: '/a', path: 'a', after: null, noise: false }]],
    [
      'a text that was a number',
      { a: 1 },
      { a: '1' },
      [{ pointer: '/a', path: 'a', before: 1, after: '1', noise: false }],
    ],
    [
      'a key called __proto__',
      {},
      JSON.parse('{"__proto__":1}') as JsonObject,
      [{ pointer: '/__proto__', path: '__proto__', after: 1, noise: false }],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(differences(before, after)).toEqual(expected);
  });
});

function labelled(labels: JsonObject, annotations: JsonObject = {}): JsonObject {
  return { metadata: { labels, annotations } };
}

describe('noise', () => {
  test.each<readonly [string, JsonObject, JsonObject, boolean]>([
    ['the chart label', labelled({ 'helm.sh/chart': 'a-1' }), labelled({ 'helm.sh/chart': 'a-2' }), true],
    [
      'the version label',
      labelled({ 'app.kubernetes.io/version': '1' }),
      labelled({ 'app.kubernetes.io/version': '2' }),
      true,
    ],
    ['the chart label that comes with all labels', { metadata: {} }, { metadata: { labels: { chart: 'a' } } }, true],
    ['a checksum', labelled({}, { 'checksum/config': 'a' }), labelled({}, { 'checksum/config': 'b' }), true],
    [
      'a list of labels that is no metadata',
      { spec: { labels: { chart: 'a' } } },
      { spec: { labels: { chart: 'b' } } },
      false,
    ],
    ['another label', labelled({ app: 'a' }), labelled({ app: 'b' }), false],
    ['a selector', { spec: { matchLabels: { chart: 'a' } } }, { spec: { matchLabels: { chart: 'b' } } }, false],
    [
      'a caBundle',
      { webhooks: [{ name: 'a', clientConfig: { caBundle: 'x' } }] },
      { webhooks: [{ name: 'a', clientConfig: { caBundle: 'y' } }] },
      false,
    ],
  ])('%s', (_, before, after, noise) => {
    expect(differences(before, after).map((one) => one.noise)).toEqual([noise]);
  });

  test('what is another value at each render is folded, with all below it', () => {
    const found = differences({ a: { b: 1 }, ab: 1 }, { a: { b: 2 }, ab: 2 }, { volatile: ['/a'] });
    expect(found.map(({ path, noise }) => [path, noise])).toEqual([
      ['a.b', true],
      ['ab', false],
    ]);
  });
});

function secret(token: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Secret', data: { token } };
}

describe('secrets', () => {
  test('a Secret is compared before it is masked', () => {
    expect(differences(secret('QQ=='), secret('Qg=='))).toEqual([
      { pointer: '/data/token', path: 'data.token', before: '********', after: '********', noise: false },
    ]);
  });

  test('a value that was encrypted and now stands open is shown on neither side', () => {
    const found = differences(
      { data: { key: 'ENC[AES256_GCM,data:x,iv:y]' }, sops: { mac: 'm' } },
      { data: { key: 'open canary' } },
    );
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  test('a token does not show in the words for its place', () => {
    const token = `ghs_${'a1B2'.repeat(9)}`;
    expect(JSON.stringify(differences({ args: [] }, { args: [token] }))).not.toContain(token);
  });
});

const leaf = fc.oneof(
  fc.constantFrom('', 'a', 'b', '$(A)', '--a=1', '--a=2'),
  fc.integer({ min: 0, max: 2 }),
  fc.boolean(),
  fc.constant(null),
);
const key = fc.constantFrom(
  'name',
  'env',
  'containers',
  'rules',
  'verbs',
  'args',
  'ports',
  'port',
  'metadata',
  'labels',
  'chart',
  'data',
  'a/b',
  '__proto__',
);
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));
const anObject = fc.dictionary(key, value, { maxKeys: 5 }) as fc.Arbitrary<JsonObject>;

function sides(found: ReturnType<typeof differences>): readonly unknown[] {
  return found.map(({ path, before, after, noise }) => ({ path, before, after, noise }));
}

describe('laws', () => {
  test('nothing differs from itself', () => {
    fc.assert(fc.property(anObject, (one) => expect(differences(one, structuredClone(one))).toEqual([])));
  });

  test('seen from the other side, what came is gone', () => {
    fc.assert(
      fc.property(anObject, anObject, (left, right) => {
        const mirrored = differences(right, left).map((one) => ({ ...one, before: one.after, after: one.before }));
        expect(sides(differences(left, right))).toEqual(sides(mirrored));
      }),
    );
  });

  test('without lists and labels, no difference means equal', () => {
    const flat = fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.oneof(leaf, fc.dictionary(fc.constantFrom('c', 'd'), leaf)),
    ) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(flat, flat, (left, right) =>
        expect(differences(left, right).length === 0).toBe(canonicalJson(left) === canonicalJson(right)),
      ),
    );
  });
});
