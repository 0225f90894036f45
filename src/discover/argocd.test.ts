import { describe, expect, test } from '@jest/globals';
import { aDefinition, aDiscoverContext, aPolicy } from '../../test/builders/discover.ts';
import { HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import { singlesOf } from '../model/render-source.ts';
import { argocd } from './argocd.ts';
import type { DiscoverContext } from './convention.ts';

const OWN = 'https://github.com/acme/clusters';
const OTHER = 'https://github.com/acme/other';

function anApplication(source: JsonObject, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd' },
    spec: { source: { repoURL: OWN, path: 'apps/web', ...source }, destination: { name: 'production' }, ...spec },
  };
}

function appOf(object: JsonObject, given: Partial<DiscoverContext> = {}) {
  return argocd.toApp(aDefinition(object), aDiscoverContext({}, given));
}

function sourceOf(object: JsonObject, given: Partial<DiscoverContext> = {}) {
  return appOf(object, given).source;
}

function contentsOf(object: JsonObject) {
  return singlesOf(sourceOf(object)).map(({ content }) => content);
}

describe('whose content it is', () => {
  const git = (want: JsonObject) => ({ type: 'remote', want: { kind: 'git', url: OWN, ...want } });

  test.each<readonly [name: string, source: JsonObject, content: unknown]>([
    ['no revision follows the base', {}, HERE],
    ['HEAD follows the base', { targetRevision: 'HEAD' }, HERE],
    ['the name of the base branch', { targetRevision: 'main' }, HERE],
    ['the ref of the base branch', { targetRevision: 'refs/heads/main' }, HERE],
    ['this repository by another spelling', { repoURL: 'git@github.com:acme/Clusters.git' }, HERE],
    ['another branch', { targetRevision: 'main2' }, git({ ref: 'main2' })],
    ['a tag', { targetRevision: 'v1.2.3' }, git({ ref: 'v1.2.3' })],
    ['a range of tags', { targetRevision: '1.2.*' }, git({ ref: '1.2.*', range: '1.2.*', rangeAs: 'argocd' })],
    [
      'a range with a sign',
      { targetRevision: '>=1.0.0 <2.0.0' },
      git({ ref: '>=1.0.0 <2.0.0', range: '>=1.0.0 <2.0.0', rangeAs: 'argocd' }),
    ],
    ['every tag', { targetRevision: '*' }, git({ ref: '*', range: '*', rangeAs: 'argocd' })],
    ['a commit with an x-less name is no range', { targetRevision: 'deadbeef' }, git({ ref: 'deadbeef' })],
    ['another repository', { repoURL: OTHER }, git({ url: OTHER, ref: '' })],
    ['its default branch', { repoURL: OTHER, targetRevision: 'HEAD' }, git({ url: OTHER, ref: '' })],
    [
      'a chart of a repository, whatever its address',
      { chart: 'web', targetRevision: 'main' },
      { type: 'remote', want: { kind: 'helm', url: OWN, chart: 'web', version: 'main' } },
    ],
    [
      'a chart of a registry',
      { repoURL: 'registry.example/charts/', chart: 'web', targetRevision: '1.0.0' },
      {
        type: 'remote',
        want: { kind: 'oci', url: 'oci://registry.example/charts/web', reference: '1.0.0', content: 'chart' },
      },
    ],
    [
      'a chart of a registry, with its protocol',
      { repoURL: 'oci://registry.example/charts', chart: 'web', targetRevision: '^1' },
      {
        type: 'remote',
        want: { kind: 'oci', url: 'oci://registry.example/charts/web', reference: '^1', content: 'chart' },
      },
    ],
    [
      'an artifact',
      { repoURL: 'oci://registry.example/manifests', targetRevision: 'v1' },
      {
        type: 'remote',
        want: { kind: 'oci', url: 'oci://registry.example/manifests', reference: 'v1', content: 'artifact' },
      },
    ],
  ])('%s', (_, source, content) => {
    expect(contentsOf(anApplication(source))).toEqual([content]);
  });
});

describe('what the engine is told', () => {
  test('the source as it is written, and what the controller knows besides', () => {
    const policy = aPolicy(`
argocd: { kustomizeBuildOptions: --enable-helm, namespace: gitops, plugins: { avp: { as: kustomize } } }
clusters: { production: { kubernetes: "1.34", apiVersions: [acme.io/v1] }, staging: {} }`);
    const object = anApplication({ kustomize: { namePrefix: 'a-' } }, { project: 'shop' });
    expect(sourceOf(object, { policy })).toMatchObject({
      type: 'argocd',
      path: 'apps/web',
      content: HERE,
      beside: [],
      input: {
        source: { repoURL: OWN, path: 'apps/web', kustomize: { namePrefix: 'a-' } },
        app: { name: 'web', namespace: 'argocd', project: 'shop' },
        controllerNamespace: 'gitops',
        destination: { namespace: '' },
        kubeVersion: '1.34',
        apiVersions: ['acme.io/v1'],
        kustomizeBuildOptions: '--enable-helm',
        plugins: { avp: { as: 'kustomize', buildOptions: '' } },
      },
    });
  });

  test('the least Application, by the defaults of Argo CD', () => {
    const object = { ...anApplication({}), metadata: { name: 'web' } };
    expect(appOf(object)).toMatchObject({
      id: 'Application:production/argocd/web',
      source: { input: { app: { namespace: 'argocd', project: 'default' }, kubeVersion: '', apiVersions: [] } },
    });
  });

  test('the path from the root, with its dots resolved', () => {
    expect(sourceOf(anApplication({ path: './apps/../apps/web/' })).path).toBe('apps/web');
  });
});

function sources(...all: readonly JsonObject[]): JsonObject {
  return anApplication({}, { sources: all });
}

describe('several sources', () => {
  const ref = { repoURL: OTHER, targetRevision: 'v1', ref: 'values' };
  const chart = { repoURL: 'https://charts.example', chart: 'web', targetRevision: '1.0.0' };

  test('are rendered one by one, instead of the single one', () => {
    const object = sources({ repoURL: OWN, path: 'a' }, { repoURL: OWN, path: 'b' });
    expect(sourceOf(object)).toMatchObject({ type: 'several', path: 'a', sources: [{ path: 'a' }, { path: 'b' }] });
  });

  test('one that is only a ref gives values files to the others, and renders nothing', () => {
    const at = '/.presync/ref/values';
    expect(sourceOf(sources(chart, ref))).toMatchObject({
      type: 'argocd',
      content: { type: 'remote', want: { kind: 'helm', chart: 'web' } },
      beside: [{ at, content: { type: 'remote', want: { kind: 'git', url: OTHER, ref: 'v1' } } }],
      input: { refs: { values: { at, chart: false } } },
    });
  });

  test('a ref of this repository is what the change makes of it', () => {
    expect(sourceOf(sources(chart, { repoURL: OWN, ref: 'values' }))).toMatchObject({ beside: [{ content: HERE }] });
  });

  test('a ref with a path renders, too', () => {
    const object = sources(chart, { ...ref, path: 'deploy' });
    expect(singlesOf(sourceOf(object)).map(({ path, beside }) => [path, beside?.length])).toEqual([
      ['', 1],
      ['deploy', 1],
    ]);
  });

  test('a hydrator renders its dry source, whatever else is written', () => {
    const hydrator = {
      drySource: { repoURL: OWN, targetRevision: 'HEAD', path: 'dry' },
      syncSource: { targetBranch: 'e' },
    };
    const object = anApplication({}, { sourceHydrator: hydrator, sources: [{ repoURL: OWN, path: 'a' }] });
    expect(sourceOf(object)).toMatchObject({ type: 'argocd', path: 'dry', content: HERE });
  });
});

describe('what cannot be rendered is an app that says why', () => {
  test.each<readonly [name: string, object: JsonObject, path: string, reason: string]>([
    ['a path that leaves', anApplication({ path: '../x' }), '', 'its path ../x leaves the repository'],
    [
      'no address',
      anApplication({}, { sources: [{ path: 'a' }, { repoURL: OWN }] }),
      'a',
      'one of its sources has no repoURL',
    ],
    [
      'refs alone',
      anApplication({}, { sources: [{ repoURL: OWN, ref: 'values' }] }),
      '',
      'each of its sources is a ref for values files, and none renders anything',
    ],
  ])('%s', (_, object, path, reason) => {
    expect(sourceOf(object)).toEqual({ type: 'unknowable', path, reason });
  });

  test('files that a checkout makes other files of, where they are of this repository', () => {
    const { listing } = aDiscoverContext({});
    const given = { listing: { ...listing, recoded: ['apps'] } };
    expect(sourceOf(anApplication({}), given)).toMatchObject({
      type: 'unknowable',
      path: 'apps/web',
      reason: 'a .gitattributes makes other files of those in apps when they are checked out',
    });
    expect(sourceOf(anApplication({ path: 'base' }), given).type).toBe('argocd');
    expect(sourceOf(anApplication({ repoURL: OTHER }), given).type).toBe('argocd');
  });
});

test.each<readonly [name: string, destination: JsonObject, cluster: string]>([
  ['by its name', { name: 'staging', server: 'https://prod.example' }, 'staging'],
  ['by the server that policy names', { server: 'https://prod.example' }, 'production'],
  ['by its server where nobody names it', { server: 'https://other.example' }, 'https://other.example'],
])('the cluster of an app is known %s', (_, destination, cluster) => {
  const policy = aPolicy('clusters: { production: { server: "https://prod.example" } }');
  expect(appOf(anApplication({}, { destination }), { policy }).cluster).toBe(cluster);
});

const SELF = 'https://kubernetes.default.svc';

test.each<readonly [declared: string, cluster: string]>([
  ['{}', SELF],
  [`{ home: { server: "${SELF}" } }`, 'home'],
  ['{ in-cluster: {} }', 'in-cluster'],
])('the cluster of Argo CD itself is one, by name and by server, with clusters %s', (declared, cluster) => {
  const policy = aPolicy(`clusters: ${declared}`);
  for (const destination of [{ name: 'in-cluster' }, { server: SELF }])
    expect(appOf(anApplication({}, { destination }), { policy }).cluster).toBe(cluster);
});

test.each<readonly [name: string, spec: JsonObject, isApp: boolean]>([
  ['source and destination', { source: { repoURL: OWN }, destination: { name: 'x' } }, true],
  ['sources', { sources: [{ repoURL: OWN }], destination: { server: 'x' } }, true],
  ['a hydrator', { sourceHydrator: { drySource: {} }, destination: { server: 'x' } }, true],
  ['a patch of a source', { source: { targetRevision: 'v2' }, destination: { name: 'x' } }, false],
  ['no destination', { source: { repoURL: OWN } }, false],
  ['nothing', {}, false],
])('an Application with %s: %#', (_, spec, isApp) => {
  expect(argocd.defines({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', spec })).toBe(isApp);
});
