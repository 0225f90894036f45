import { describe, expect, test } from '@jest/globals';
import { aDefinition, aPolicy } from '../../test/builders/discover.ts';
import { aFluxContext, aFluxObject } from '../../test/builders/flux.ts';
import { HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import type { DiscoverContext } from './convention.ts';
import { helmRelease } from './helm-release.ts';

const REPOSITORY = aFluxObject('GitRepository', 'clusters', {
  url: 'https://github.com/acme/clusters',
  ref: { branch: 'main' },
});

function charts(spec: JsonObject): JsonObject {
  return aFluxObject('HelmRepository', 'charts', spec);
}

const HTTP = charts({ url: 'https://charts.example' });

function aRelease(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return aFluxObject('HelmRelease', 'web', spec, metadata);
}

function ofChart(chart: JsonObject, more: JsonObject = {}): JsonObject {
  return aRelease({ chart: { spec: { chart: 'web', ...chart } }, ...more });
}

const fromRepository = (chart: JsonObject = {}) =>
  ofChart({ sourceRef: { kind: 'HelmRepository', name: 'charts' }, ...chart });
const fromGit = (chart: JsonObject = {}) =>
  ofChart({ sourceRef: { kind: 'GitRepository', name: 'clusters' }, ...chart });

function sourceOf(release: JsonObject, objects: readonly JsonObject[], given: Partial<DiscoverContext> = {}) {
  return helmRelease.toApp(aDefinition(release), aFluxContext(objects, given)).source;
}

function helm(version: string) {
  return { kind: 'helm', url: 'https://charts.example', chart: 'web', version };
}

function oci(reference: string) {
  return { kind: 'oci', url: 'oci://registry.example/charts/web', reference, content: 'chart' };
}

describe('where the chart is', () => {
  test.each<readonly [name: string, release: JsonObject, repository: JsonObject, want: JsonObject]>([
    ['a repository, the newest', fromRepository(), HTTP, helm('')],
    ['a repository, any', fromRepository({ version: '*' }), HTTP, helm('')],
    ['a repository, a range', fromRepository({ version: '1.x' }), HTTP, helm('1.x')],
    [
      'a registry by its address',
      fromRepository({ version: '1.0.0' }),
      charts({ url: 'oci://registry.example/charts/' }),
      oci('1.0.0'),
    ],
    [
      'a registry by its type',
      fromRepository({ version: '*' }),
      charts({ type: 'oci', url: 'oci://registry.example/charts' }),
      oci(''),
    ],
  ])('%s', (_, release, repository, want) => {
    expect(sourceOf(release, [repository])).toMatchObject({
      type: 'release',
      path: '',
      content: { type: 'remote', want },
      input: { path: '/', valuesFilesRoot: '/' },
    });
  });

  test('a folder of this repository, whose values files are named from the root', () => {
    expect(sourceOf(fromGit({ chart: './charts/web' }), [REPOSITORY])).toMatchObject({
      path: 'charts/web',
      content: HERE,
      input: { path: '/charts/web', valuesFilesRoot: '/' },
    });
  });

  test('a folder of a Bucket, below that which policy says', () => {
    const policy = aPolicy('flux: { buckets: [{ namespace: flux-system, name: files, path: out }] }');
    const release = ofChart({ chart: 'web', sourceRef: { kind: 'Bucket', name: 'files' } });
    expect(sourceOf(release, [], { policy })).toMatchObject({
      path: 'out/web',
      input: { path: '/out/web', valuesFilesRoot: '/out' },
    });
  });

  test('a HelmChart that is referred to, as if it stood in the release', () => {
    const spec = {
      chart: 'web',
      version: '2.0.0',
      sourceRef: { kind: 'HelmRepository', name: 'charts' },
      valuesFiles: ['v.yaml'],
    };
    const release = aRelease({ chartRef: { kind: 'HelmChart', name: 'web' } });
    expect(sourceOf(release, [aFluxObject('HelmChart', 'web', spec), HTTP])).toMatchObject({
      content: { want: helm('2.0.0') },
      input: { release: { spec: { chart: { spec } } } },
    });
  });

  test('an OCIRepository that is referred to, as a chart', () => {
    const repository = aFluxObject('OCIRepository', 'web', {
      url: 'oci://registry.example/charts/web',
      ref: { tag: '1.0.0' },
    });
    const release = aRelease({ chartRef: { kind: 'OCIRepository', name: 'web' } });
    expect(sourceOf(release, [repository])).toMatchObject({ content: { want: oci('1.0.0') }, input: { path: '/' } });
  });

  test('an ExternalArtifact that is referred to', () => {
    const generator = aFluxObject('ArtifactGenerator', 'g', {
      sources: [{ alias: 'here', kind: 'GitRepository', name: 'clusters' }],
      artifacts: [{ name: 'web', copy: [{ from: '@here/charts/web/**', to: '@artifact/' }] }],
    });
    const release = aRelease({ chartRef: { kind: 'ExternalArtifact', name: 'web' } });
    expect(sourceOf(release, [generator, REPOSITORY])).toMatchObject({
      content: { type: 'composed', copies: [{ from: HERE, path: 'charts/web/**', to: '' }] },
    });
  });

  test('a source of another namespace, where it is named', () => {
    const team = aFluxObject('HelmRepository', 'charts', { url: 'https://team.example' }, { namespace: 'team' });
    const release = fromRepository({ sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: 'team' } });
    expect(sourceOf(release, [HTTP, team])).toMatchObject({ content: { want: { url: 'https://team.example' } } });
  });
});

function nowhere(what: string): string {
  return `${what} is in no file of this repository`;
}

describe('what cannot be known is said', () => {
  test.each<readonly [name: string, release: JsonObject, objects: readonly JsonObject[], reason: string]>([
    ['a repository that is nowhere', fromRepository(), [], nowhere('HelmRepository flux-system/charts')],
    ['a git repository that is nowhere', fromGit(), [], nowhere('GitRepository flux-system/clusters')],
    [
      'a chart that is nowhere',
      aRelease({ chartRef: { kind: 'HelmChart', name: 'x' } }),
      [],
      nowhere('HelmChart flux-system/x'),
    ],
    [
      'an artifact that is nowhere',
      aRelease({ chartRef: { kind: 'OCIRepository', name: 'x' } }),
      [],
      nowhere('OCIRepository flux-system/x'),
    ],
    ['a chart outside', fromGit({ chart: '../x' }), [REPOSITORY], 'its chart ../x leaves the repository'],
    [
      'an artifact with a filter of tags',
      aRelease({ chartRef: { kind: 'OCIRepository', name: 'x' } }),
      [aFluxObject('OCIRepository', 'x', { ref: { semverFilter: 'rc' } })],
      'ref.semverFilter rc',
    ],
    [
      'a kind that is none',
      aRelease({ chartRef: { kind: 'Chart', name: 'x' } }),
      [],
      'a kind that presync does not know',
    ],
    [
      'values that nobody brings',
      ofChart(
        { sourceRef: { kind: 'HelmRepository', name: 'charts' } },
        { valuesFrom: [{ kind: 'Secret', name: 'v' }] },
      ),
      [HTTP],
      'it takes values from Secret flux-system/v, which no app of this repository brings',
    ],
  ])('%s', (_, release, objects, reason) => {
    expect(sourceOf(release, objects)).toEqual({
      type: 'unknowable',
      path: '',
      reason: expect.stringContaining(reason),
    });
  });
});

test('the engine is told the release as it is written, its values and its cluster', () => {
  const facts = 'kubernetes: "1.34", apiVersions: [acme.io/v1], paths: ["clusters/production/**"]';
  const policy = aPolicy(`clusters: { production: { ${facts} } }`);
  const release = ofChart(
    { sourceRef: { kind: 'HelmRepository', name: 'charts' } },
    { values: { a: 1 }, valuesFrom: [{ kind: 'ConfigMap', name: 'v', optional: true }], releaseName: 'shop' },
  );
  expect(sourceOf(release, [HTTP], { policy })).toMatchObject({
    input: {
      release,
      references: [],
      kubeVersion: '1.34',
      apiVersions: ['acme.io/v1'],
    },
  });
});

test('its identity is that of the object, in the cluster of its file', () => {
  const { id } = helmRelease.toApp(aDefinition(aRelease({}, { namespace: 'shop' })), aFluxContext([]));
  expect(id).toBe('HelmRelease:clusters/production/shop/web');
});

test.each<readonly [name: string, object: JsonObject, isApp: boolean]>([
  ['with a chart', fromRepository(), true],
  ['with a reference to one', aRelease({ chartRef: { kind: 'HelmChart', name: 'x' } }), true],
  ['without one is a patch', aRelease({ values: {} }), false],
  ['of another group', { ...fromRepository(), apiVersion: 'helm.fluxcd.io/v1' }, false],
])('a HelmRelease %s: %#', (_, object, isApp) => {
  expect(helmRelease.defines(object)).toBe(isApp);
});
