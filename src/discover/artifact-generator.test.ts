import { describe, expect, test } from '@jest/globals';
import { HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import { generatedArtifact } from './artifact-generator.ts';

const FOLDERS = [
  'apps',
  'apps/Shop',
  'apps/Shop/envs',
  'apps/Shop/envs/prod',
  'apps/blog',
  'apps/blog/envs',
  'apps/blog/envs/prod',
];

function aGenerator(spec: JsonObject): JsonObject {
  return {
    apiVersion: 'source.extensions.fluxcd.io/v1beta1',
    kind: 'ArtifactGenerator',
    spec: { sources: [{ alias: 'repo', kind: 'GitRepository', name: 'flux-system' }], ...spec },
  };
}

const inBucket = () => ({ content: HERE, ignore: '', root: 'bucket' });
const elsewhere = () =>
  ({ content: { type: 'remote', want: { kind: 'git', url: 'u', ref: '' } }, ignore: '', root: '' }) as const;
const here = () => ({ content: HERE, ignore: '', root: '' }) as const;

function artifact(
  spec: JsonObject,
  name: string,
  folders: readonly string[] = FOLDERS,
  resolve: Parameters<typeof generatedArtifact>[2]['resolve'] = here,
) {
  return generatedArtifact(aGenerator(spec), name, { folders: new Set(folders), resolve });
}

const copy = (from: string, more: JsonObject = {}) => [{ from, to: '@artifact/', ...more }];

describe('artifacts by name', () => {
  const spec = { artifacts: [{ name: 'apps', copy: copy('@repo/apps/**', { exclude: ['*.md'] }) }] };

  test('copy what they say', () => {
    expect(artifact(spec, 'apps')).toEqual({
      copies: [{ from: HERE, ignore: '', path: 'apps/**', exclude: ['*.md'], to: '' }],
    });
  });

  test('others are not made', () => {
    expect(artifact(spec, 'other')).toBeUndefined();
  });

  test.each<readonly [name: string, copies: readonly JsonObject[], reason: string]>([
    ['a source that is not there', copy('@other/x'), 'names no source'],
    ['a text without a source', copy('apps/x'), 'names no source'],
    ['merging', copy('@repo/x', { strategy: 'Merge' }), 'the strategy Merge'],
    ['unpacking', copy('@repo/x.tgz', { strategy: 'Extract' }), 'the strategy Extract'],
  ])('%s is said', (_, copies, reason) => {
    expect(artifact({ artifacts: [{ name: 'a', copy: copies }] }, 'a')).toEqual({
      reason: expect.stringContaining(reason),
    });
  });

  test('a folder that a Bucket is filled from is where its copies start', () => {
    expect(artifact(spec, 'apps', [], inBucket)).toMatchObject({ copies: [{ path: 'bucket/apps/**' }] });
  });
});

describe('artifacts by pattern', () => {
  const spec = {
    pathPattern: '@repo/apps/{app}/envs/{env}',
    artifacts: [{ name: '{app}-{env}', copy: copy('@repo/apps/{app}/envs/{env}/**') }],
  };

  test('names are in small letters, paths as they are', () => {
    expect(artifact(spec, 'shop-prod')).toMatchObject({ copies: [{ path: 'apps/Shop/envs/prod/**' }] });
    expect(artifact(spec, 'blog-prod')).toMatchObject({ copies: [{ path: 'apps/blog/envs/prod/**' }] });
    expect(artifact(spec, 'Shop-prod')).toBeUndefined();
  });

  test('two folders of one name are nobody’s', () => {
    expect(artifact(spec, 'shop-prod', [...FOLDERS, 'apps/shop/envs/prod'])).toEqual({
      reason: expect.stringContaining('both make the artifact shop-prod'),
    });
  });

  test('folders of another repository are not known', () => {
    expect(artifact(spec, 'a-b', [], elsewhere)).toEqual({ reason: expect.stringContaining('another repository') });
    expect(artifact({ ...spec, artifacts: [{ name: 'x-{app}', copy: [] }] }, 'a-b', [], elsewhere)).toBeUndefined();
  });
});
