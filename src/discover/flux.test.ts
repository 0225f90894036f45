import { describe, expect, test } from '@jest/globals';
import { aDefinition, aDiscoverContext } from '../../test/builders/discover.ts';
import type { JsonObject } from '../model/json.ts';
import { flux } from './flux.ts';

function aKustomization(spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace: 'flux-system' },
    spec: { path: './apps', sourceRef: { kind: 'GitRepository', name: 'clusters' }, ...spec },
  };
}

function aRepository(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'clusters', namespace: 'flux-system', ...metadata },
    spec: { url: 'ssh://git@github.com/acme/clusters', ...spec },
  };
}

function sourceOf(kustomization: JsonObject, ...repositories: readonly JsonObject[]) {
  const definitions = repositories.map((one, index) => aDefinition(one, `clusters/production/source-${index}.yaml`));
  return flux.toApp(aDefinition(kustomization), aDiscoverContext({}, { definitions })).source;
}

describe('whose content it is', () => {
  test.each<readonly [name: string, repository: JsonObject, type: string]>([
    ['the base branch', { ref: { branch: 'main' } }, 'flux'],
    ['its full name', { ref: { name: 'refs/heads/main' } }, 'flux'],
    ['no ref, which means master', {}, 'elsewhere'],
    ['another branch', { ref: { branch: 'release' } }, 'elsewhere'],
    ['a tag, although a branch stands beside it', { ref: { branch: 'main', tag: 'v1' } }, 'elsewhere'],
    ['a range of versions', { ref: { semver: '>=1' } }, 'elsewhere'],
    ['a commit', { ref: { branch: 'main', commit: 'a'.repeat(40) } }, 'elsewhere'],
    ['another repository', { url: 'https://github.com/acme/other', ref: { branch: 'main' } }, 'elsewhere'],
    ['others included', { ref: { branch: 'main' }, include: [{}] }, 'unknowable'],
  ])('%s', (_, repository, type) => {
    expect(sourceOf(aKustomization(), aRepository(repository)).type).toBe(type);
  });

  test('what flux bootstrap creates is this repository, and nothing else that is not there', () => {
    const bootstrapped = aKustomization({ sourceRef: { kind: 'GitRepository', name: 'flux-system' } });
    expect(sourceOf(bootstrapped)).toMatchObject({ type: 'flux', path: 'apps' });
    expect(sourceOf(aKustomization())).toMatchObject({
      type: 'unknowable',
      reason: 'GitRepository flux-system/clusters is in no file of this repository',
    });
  });

  test('two definitions that disagree are not chosen from', () => {
    const found = sourceOf(
      aKustomization(),
      aRepository({ ref: { branch: 'main' } }),
      aRepository({ ref: { tag: 'v1' } }),
    );
    expect(found).toMatchObject({ type: 'unknowable', reason: expect.stringContaining('defined in several ways') });
  });

  test('a source of another namespace is another source', () => {
    const other = aRepository({ ref: { branch: 'main' } }, { namespace: 'team' });
    expect(sourceOf(aKustomization(), other).type).toBe('unknowable');
    const named = aKustomization({ sourceRef: { kind: 'GitRepository', name: 'clusters', namespace: 'team' } });
    expect(sourceOf(named, other).type).toBe('flux');
  });
});

test.each<readonly [name: string, spec: JsonObject, reason: string]>([
  ['another kind of source', { sourceRef: { kind: 'OCIRepository', name: 'x' } }, 'OCIRepository x'],
  ['a path that leaves', { path: '../x' }, 'leaves the repository'],
  ['values of the cluster', { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'v' }] } }, 'Secret v'],
])('%s is said', (_, spec, reason) => {
  const source = sourceOf(aKustomization(spec), aRepository({ ref: { branch: 'main' } }));
  expect(source).toMatchObject({ type: 'unknowable', reason: expect.stringContaining(reason) });
});

test('optional values of the cluster count as absent', () => {
  const spec = { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'v', optional: true }] } };
  expect(sourceOf(aKustomization(spec), aRepository({ ref: { branch: 'main' } })).type).toBe('flux');
});

test.each([
  ['clusters/production/apps.yaml', 'clusters/production'],
  ['clusters/production/flux-system/gotk-sync.yaml', 'clusters/production'],
  ['apps.yaml', ''],
])('what stands in %s runs in the cluster "%s"', (file, cluster) => {
  expect(flux.toApp(aDefinition(aKustomization(), file), aDiscoverContext()).cluster).toBe(cluster);
});

test('a kustomization of Kustomize, and a patch of one of Flux, are no apps', () => {
  expect(flux.defines({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' })).toBe(false);
  expect(flux.defines({ ...aKustomization(), spec: { path: './other' } })).toBe(false);
  expect(flux.defines(aKustomization())).toBe(true);
});
