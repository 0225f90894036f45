import { describe, expect, test } from '@jest/globals';
import { aDefinition, aDiscoverContext } from '../../test/builders/discover.ts';
import type { FakeFile } from '../../test/fakes/source-tree.ts';
import type { JsonObject } from '../model/json.ts';
import { argocd } from './argocd.ts';

const OWN = 'https://github.com/acme/clusters';

function anApplication(source: JsonObject, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd' },
    spec: { source: { repoURL: OWN, path: 'apps/web', ...source }, destination: { name: 'production' }, ...spec },
  };
}

function sourceOf(object: JsonObject, files: Readonly<Record<string, FakeFile>> = {}) {
  return argocd.toApp(aDefinition(object), aDiscoverContext(files)).source;
}

describe('which tool renders a folder', () => {
  test.each<readonly [name: string, files: readonly string[], type: string]>([
    ['nothing telling', ['apps/web/web.yaml'], 'directory'],
    ['an empty folder', [], 'directory'],
    ['a kustomization', ['apps/web/kustomization.yaml'], 'kustomize'],
    ['a kustomization by its second name', ['apps/web/kustomization.yml'], 'kustomize'],
    ['a kustomization by its third name', ['apps/web/Kustomization'], 'kustomize'],
    ['a chart', ['apps/web/Chart.yaml'], 'helm'],
    ['a file whose name ends like that of a chart', ['apps/web/MyChart.yaml'], 'helm'],
    ['both: the lexically last', ['apps/web/Chart.yaml', 'apps/web/kustomization.yaml'], 'kustomize'],
    ['both: capitals come first', ['apps/web/Kustomization', 'apps/web/Chart.yaml'], 'kustomize'],
    ['a chart below', ['apps/web/charts/db/Chart.yaml'], 'directory'],
    ['a kustomization beside', ['apps/kustomization.yaml', 'apps/web2/kustomization.yaml'], 'directory'],
    ['a name in small letters', ['apps/web/chart.yaml'], 'directory'],
  ])('%s', (_, files, type) => {
    const tree = Object.fromEntries(files.map((file) => [file, '']));
    expect(sourceOf(anApplication({}), tree)).toMatchObject({ type, path: 'apps/web' });
  });

  test('what the source says wins over the files', () => {
    const files = { 'apps/web/Chart.yaml': '' };
    expect(sourceOf(anApplication({ directory: { recurse: true } }), files)).toEqual({
      type: 'directory',
      path: 'apps/web',
      input: { recurse: true },
    });
    expect(sourceOf(anApplication({ kustomize: { namePrefix: 'a-', version: 'v5' } }), files)).toEqual({
      type: 'kustomize',
      path: 'apps/web',
      input: { loadRestrictor: 'root', edits: { namePrefix: 'a-' } },
    });
  });
});

describe('what cannot be rendered is an app that says why', () => {
  test.each<readonly [name: string, object: JsonObject, files: Readonly<Record<string, FakeFile>>, reason: string]>([
    ['a plugin', anApplication({ plugin: { name: 'avp' } }), {}, 'config management plugin avp'],
    ['two tools', anApplication({ helm: {}, kustomize: {} }), {}, 'helm and kustomize'],
    ['several sources', anApplication({}, { sources: [{}, {}] }), {}, 'several sources'],
    ['a path that leaves', anApplication({ path: '../x' }), {}, 'leaves the repository'],
    ['an override', anApplication({}), { 'apps/web/.argocd-source.yaml': '' }, '.argocd-source.yaml overrides'],
    ['an override of one app', anApplication({}), { 'apps/web/.argocd-source-web.yaml': '' }, '-web.yaml overrides'],
    ['a linked folder', anApplication({}), { 'apps/web': { link: 'other' } }, 'symbolic link apps/web'],
    ['values from elsewhere', anApplication({ helm: { valueFiles: ['https://x.example/v.yaml'] } }), {}, 'outside'],
    ['values of another source', anApplication({ helm: { valueFiles: ['$values/v.yaml'] } }), {}, 'outside'],
    ['a hydrator', anApplication({}, { sourceHydrator: { drySource: { path: 'dry' } } }), {}, 'hydrated'],
  ])('%s', (_, object, files, reason) => {
    expect(sourceOf(object, files)).toMatchObject({ type: 'unknowable', reason: expect.stringContaining(reason) });
  });
});

describe('whose content it is', () => {
  test.each<readonly [name: string, source: JsonObject, type: string]>([
    ['no revision follows the base', {}, 'directory'],
    ['HEAD follows the base', { targetRevision: 'HEAD' }, 'directory'],
    ['the name of the base branch', { targetRevision: 'main' }, 'directory'],
    ['the ref of the base branch', { targetRevision: 'refs/heads/main' }, 'directory'],
    ['another branch', { targetRevision: 'main2' }, 'elsewhere'],
    ['a tag', { targetRevision: 'v1' }, 'elsewhere'],
    ['another repository', { repoURL: 'https://github.com/acme/other' }, 'elsewhere'],
    ['a chart, whatever its address', { chart: 'web', targetRevision: 'main' }, 'elsewhere'],
  ])('%s', (_, source, type) => {
    expect(sourceOf(anApplication(source)).type).toBe(type);
  });
});

test.each<readonly [name: string, spec: JsonObject, isApp: boolean]>([
  ['source and destination', { source: { repoURL: OWN }, destination: { name: 'x' } }, true],
  ['sources', { sources: [{ repoURL: OWN }], destination: { server: 'x' } }, true],
  ['a patch of a source', { source: { targetRevision: 'v2' }, destination: { name: 'x' } }, false],
  ['no destination', { source: { repoURL: OWN } }, false],
  ['nothing', {}, false],
])('an Application with %s: %#', (_, spec, isApp) => {
  expect(argocd.defines({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', spec })).toBe(isApp);
});
