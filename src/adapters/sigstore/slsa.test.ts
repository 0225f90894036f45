import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../model/json.ts';
import { slsaClaims } from './slsa.ts';

const [V02, V1] = ['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'];
const SHOP = 'git+https://github.com/acme/shop';
const LIBRARY = { uri: 'git+https://github.com/acme/library@refs/heads/main', digest: { sha1: 'bb' } };
const BUILDER = 'https://builder.example';

function version1(definition: JsonObject): JsonObject {
  return { buildDefinition: definition, runDetails: { builder: { id: BUILDER } } };
}

const ROWS: readonly (readonly [string, string, JsonObject, object])[] = [
  [
    'a workflow, whose commit stands among its dependencies',
    V1,
    version1({
      externalParameters: {
        workflow: { repository: 'https://github.com/acme/shop', path: 'a.yml', ref: 'refs/heads/main' },
      },
      resolvedDependencies: [LIBRARY, { uri: `${SHOP}@refs/heads/main`, digest: { gitCommit: 'aa' } }],
    }),
    { source: 'https://github.com/acme/shop', sourceDigest: 'aa', ref: 'refs/heads/main', workflow: 'a.yml' },
  ],
  [
    'a build in a container',
    V1,
    version1({
      externalParameters: { source: { uri: `${SHOP}@refs/tags/v1`, digest: { sha1: 'aa' } } },
      internalParameters: { GITHUB_EVENT_NAME: 'push' },
    }),
    { source: SHOP, sourceDigest: 'aa', ref: 'refs/tags/v1', trigger: 'push' },
  ],
  [
    'a source in text',
    V1,
    version1({ externalParameters: { source: 'https://git.example/shop.git#refs/heads/main' } }),
    { source: 'https://git.example/shop.git', ref: 'refs/heads/main' },
  ],
  [
    'BuildKit',
    V1,
    version1({
      externalParameters: { configSource: { uri: 'https://github.com/acme/shop.git#aa', digest: { sha1: 'aa' } } },
    }),
    { source: 'https://github.com/acme/shop.git', sourceDigest: 'aa' },
  ],
  [
    'a builder that names the source only as what it depends on',
    V1,
    version1({
      externalParameters: {},
      resolvedDependencies: [{ uri: `${SHOP}@refs/tags/v1`, digest: { sha1: 'aa' } }, { uri: 'pkg:docker/node' }],
    }),
    { source: SHOP, sourceDigest: 'aa', ref: 'refs/tags/v1' },
  ],
  [
    'one that depends on two repositories, and names no source',
    V1,
    version1({ externalParameters: {}, resolvedDependencies: [LIBRARY, { uri: SHOP, digest: { sha1: 'aa' } }] }),
    {},
  ],
  ['one that says nothing of a source', V1, version1({ resolvedDependencies: [{ digest: { sha1: 'aa' } }] }), {}],
  [
    'version 0.2 with the source among its materials',
    V02,
    { builder: { id: BUILDER }, materials: [{ uri: `${SHOP}@refs/tags/v1`, digest: { sha1: 'aa' } }] },
    { source: SHOP, sourceDigest: 'aa', ref: 'refs/tags/v1' },
  ],
  ['version 0.2 with two materials', V02, { builder: { id: BUILDER }, materials: [LIBRARY, { uri: SHOP }] }, {}],
];

describe('what provenance says of a build', () => {
  test.each(ROWS)('%s', (_, type, predicate, expected) => {
    expect(slsaClaims(type, predicate)).toEqual({ builder: BUILDER, ...expected });
  });

  test('of another predicate nothing', () => {
    expect(slsaClaims('https://spdx.dev/Document', {})).toBeUndefined();
    expect(slsaClaims('https://slsa.dev/provenance/v2', {})).toBeUndefined();
  });

  test('without predicate or builder it is none', () => {
    expect(() => slsaClaims(V1, undefined)).toThrow('no predicate');
    expect(() => slsaClaims(V02, {})).toThrow('no builder');
  });
});
