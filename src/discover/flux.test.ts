import { describe, expect, test } from '@jest/globals';
import { aDefinition, aDiscoverContext, aPolicy } from '../../test/builders/discover.ts';
import { aFluxContext, aFluxObject } from '../../test/builders/flux.ts';
import { HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import type { DiscoverContext } from './convention.ts';
import { flux } from './flux.ts';

const REPOSITORY = aFluxObject('GitRepository', 'clusters', {
  url: 'ssh://git@github.com/acme/clusters',
  ref: { branch: 'main' },
  ignore: 'docs',
});

function aKustomization(spec: JsonObject = {}): JsonObject {
  const sourceRef = { kind: 'GitRepository', name: 'clusters' };
  return aFluxObject('Kustomization', 'apps', { path: './apps', sourceRef, ...spec });
}

function sourceOf(kustomization: JsonObject, given: Partial<DiscoverContext> = {}) {
  return flux.toApp(aDefinition(kustomization), aFluxContext([REPOSITORY], given)).source;
}

describe('what the engine is told', () => {
  test('the Kustomization as it is written, and what its source leaves out', () => {
    expect(sourceOf(aKustomization())).toEqual({
      type: 'flux',
      path: 'apps',
      input: { kustomization: aKustomization(), ignore: 'docs' },
      content: HERE,
    });
  });

  test('values of the cluster, and whether each must be there', () => {
    const object = aKustomization({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'v' }] } });
    const policy = aPolicy(`
flux:
  strictSubstitution: true
  values: [{ kind: ConfigMap, namespace: flux-system, name: v, data: { a: b } }]`);
    expect(sourceOf(object, { policy })).toMatchObject({
      input: {
        strict: true,
        substitutes: [{ kind: 'ConfigMap', name: 'v', optional: false, data: { a: 'b' }, unknown: [] }],
      },
    });
  });

  test('the folder below that of its Bucket', () => {
    const policy = aPolicy('flux: { buckets: [{ namespace: flux-system, name: files, path: out }] }');
    const object = aKustomization({ sourceRef: { kind: 'Bucket', name: 'files' } });
    expect(sourceOf(object, { policy })).toMatchObject({ path: 'out/apps', content: HERE });
  });

  test('a source of another namespace, where it names one', () => {
    const object = aKustomization({ sourceRef: { kind: 'GitRepository', name: 'clusters', namespace: 'team' } });
    expect(sourceOf(object)).toMatchObject({
      type: 'unknowable',
      reason: 'GitRepository team/clusters is in no file of this repository',
    });
  });
});

test.each<readonly [name: string, spec: JsonObject, path: string, reason: string]>([
  ['a source that is nowhere', { sourceRef: { kind: 'OCIRepository', name: 'x' } }, '', 'OCIRepository flux-system/x'],
  ['a path that leaves', { path: '../x' }, '', 'its path ../x leaves the repository'],
  [
    'values that nobody brings',
    { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'v' }] } },
    'apps',
    'Secret flux-system/v',
  ],
])('%s is said', (_, spec, path, reason) => {
  expect(sourceOf(aKustomization(spec))).toEqual({ type: 'unknowable', path, reason: expect.stringContaining(reason) });
});

function clusterOf(object: JsonObject, file: string): string {
  return flux.toApp(aDefinition(object, file), aDiscoverContext()).cluster;
}

describe('the cluster', () => {
  test.each([
    ['clusters/production/apps.yaml', 'clusters/production'],
    ['clusters/production/flux-system/gotk-sync.yaml', 'clusters/production'],
    ['apps.yaml', ''],
  ])('of what stands in %s is "%s"', (file, cluster) => {
    expect(clusterOf(aKustomization(), file)).toBe(cluster);
  });

  test.each<readonly [kubeConfig: JsonObject, cluster: string]>([
    [{ secretRef: { name: 'tenant' } }, 'clusters/production/tenant'],
    [{ configMapRef: { name: 'tenant' } }, 'clusters/production/tenant'],
  ])('is another one with its credentials: %j', (kubeConfig, cluster) => {
    expect(clusterOf(aKustomization({ kubeConfig }), 'clusters/production/apps.yaml')).toBe(cluster);
  });
});

test('a kustomization of Kustomize, and a patch of one of Flux, are no apps', () => {
  expect(flux.defines({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' })).toBe(false);
  expect(flux.defines({ ...aKustomization(), spec: { path: './other' } })).toBe(false);
  expect(flux.defines(aKustomization())).toBe(true);
});
