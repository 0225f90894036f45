import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { remotesOf } from '../../src/pipeline/remotes.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Remote } from '../../src/ports/remote.ts';
import {
  applicationText,
  chartFiles,
  configMapText,
  configTemplate,
  type Files,
  fluxText,
  kustomizationText,
  multiSourceText,
  OWN_URL,
  releaseText,
} from '../builders/manifests.ts';
import { aClock } from '../fakes/clock.ts';
import { aRemote } from '../fakes/remote.ts';
import { aRepository } from '../fakes/repository.ts';
import { aTree } from '../fakes/source-tree.ts';

const never = new AbortController().signal;

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

async function verdictOn(base: Files, head: Files, remote: Remote = aRemote()): Promise<Verdict> {
  const repository = aRepository([
    { name: 'main', files: base },
    { name: 'change', files: head, parents: ['main'] },
  ]);
  const [from, to] = [await repository.resolve('main'), await repository.resolve('change')];
  const input = { base: from, head: to, baseBranch: 'main', repositoryUrls: [OWN_URL] };
  const ports = { repository, engine, clock: aClock('2026-11-24T00:00:00Z'), remotes: remotesOf(remote, []) };
  return validate(input, ports, never);
}

function outcomeOf({ apps }: Verdict, wanted: string) {
  return apps.find(
    ({ name, kind }) => name === wanted && ['Application', 'Kustomization', 'HelmRelease'].includes(kind),
  );
}

describe('what is copied together is judged when it starts or stops to be made', () => {
  const generator = fluxText('source.extensions.fluxcd.io/v1beta1', 'ArtifactGenerator', 'gen', {
    sources: [{ alias: 'repo', kind: 'GitRepository', name: 'flux-system' }],
    artifacts: [{ name: 'apps', copy: [{ from: '@repo/apps/**', to: '@artifact/' }] }],
  });
  const sourceRef = { kind: 'ExternalArtifact', name: 'apps' };
  const whole: Files = {
    'clusters/production/sync.yaml': `${generator}---\n${kustomizationText('apps', './', { sourceRef })}`,
    'apps/rights.yaml': JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'shop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'shop', namespace: 'shop' }],
    }),
  };
  const ignored: Files = { ...whole, '.sourceignore': '/apps/\n' };

  test('it stops', async () => {
    expect(outcomeOf(await verdictOn(whole, ignored), 'apps')).toMatchObject({
      change: 'changed',
      outcome: 'errored',
      reason: expect.stringContaining('no file of the source matches apps/**'),
    });
  });

  test('it starts', async () => {
    const verdict = await verdictOn(ignored, whole);
    expect(outcomeOf(verdict, 'apps')).toMatchObject({ change: 'changed', outcome: 'failed' });
  });
});

function ofLayer(mediaType: string): Files {
  const repository = fluxText('source.toolkit.fluxcd.io/v1', 'OCIRepository', 'apps', {
    url: 'oci://r.example/apps',
    ref: { tag: 'v1' },
    layerSelector: { mediaType },
  });
  const apps = kustomizationText('apps', './', { sourceRef: { kind: 'OCIRepository', name: 'apps' } });
  return { 'clusters/production/apps.yaml': `${repository}---\n${apps}` };
}

test('another layer of one OCI artifact is other content', async () => {
  const layers: Readonly<Record<string, Files>> = {
    'application/a': { 'config.yaml': configMapText('config', { key: 'reviewed' }) },
    'application/b': { 'config.yaml': configMapText('config', { key: 'other' }) },
  };
  const remote: Remote = {
    resolve: () => Promise.resolve({ resolved: 'sha256:artifact', isPinned: true }),
    fetch: (want) => {
      const tree = aTree((want.kind === 'oci' && layers[want.mediaType ?? '']) || {});
      return Promise.resolve({ tree, digest: tree.id });
    },
  };
  const { changes, lock } = await verdictOn(ofLayer('application/a'), ofLayer('application/b'), remote);
  expect(changes.filter(({ app }) => app.startsWith('Kustomization'))).toMatchObject([
    { differences: [{ pointer: '/data/key', before: 'reviewed', after: 'other' }] },
  ]);
  expect(lock.map(({ ref }) => ref)).toEqual([
    'oci://r.example/apps:v1 (artifact, application/a)',
    'oci://r.example/apps:v1 (artifact, application/b)',
  ]);
});

describe('a values file of this repository is seen where a chart from elsewhere takes it', () => {
  const chart = {
    'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'templates/config.yaml': configMapText('config', { key: '{{ .Values.key }}' }),
  };
  const remote = aRemote({ 'https://charts.example web 1.0.0': chart });
  const source = { repoURL: 'https://charts.example', chart: 'web', targetRevision: '1.0.0' };
  test.each<[string, string, Files, string]>([
    ['behind a link', 'env/link.yaml', { 'env/link.yaml': { link: '../real.yaml' } }, 'real.yaml'],
    ['behind a folder that is a link', 'env/prod/real.yaml', { env: { link: 'envs' } }, 'envs/prod/real.yaml'],
    ['behind a link that a pattern finds', 'env/*.yaml', { 'env/a.yaml': { link: '../real.yaml' } }, 'real.yaml'],
  ])('%s', async (_, file, links, real) => {
    const helm = { valueFiles: [`$values/${file}`] };
    const app = multiSourceText('shop', { ...source, helm }, { ref: 'values' });
    const base: Files = { 'apps.yaml': app, ...links, [real]: 'key: before\n' };
    const { changes } = await verdictOn(base, { ...base, [real]: 'key: after\n' }, remote);
    expect(changes).toMatchObject([{ differences: [{ pointer: '/data/key', before: 'before', after: 'after' }] }]);
  });
});

function ofRole(role: string): Files {
  return chartFiles('charts/web', { 'config.yaml': configMapText('config', { role }) });
}

test('a release whose templates look into the cluster says so; an Application has no such look', async () => {
  const sourceRef = { kind: 'GitRepository', name: 'flux-system' };
  const base: Files = {
    'clusters/production/web.yaml': releaseText('web', { chart: { spec: { chart: './charts/web', sourceRef } } }),
    'argocd/web.yaml': applicationText('web', { path: 'charts/web' }),
    ...ofRole('view'),
  };
  const head = { ...base, ...ofRole('{{ if lookup `v1` `ConfigMap` `x` `y` }}admin{{ else }}view{{ end }}') };
  const { findings } = await verdictOn(base, head);
  expect(findings.filter(({ rule }) => rule === 'render/not-predictable')).toMatchObject([
    {
      app: 'HelmRelease:clusters/production/flux-system/web',
      status: 'new',
      blocking: false,
      message: 'templates look up objects of the cluster; it was rendered without them, and with empty ones',
    },
  ]);
});

function granting(role: string): Files {
  return chartFiles('charts/web', {
    'b.yaml': `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web, namespace: web}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role}}\nsubjects: [{kind: ServiceAccount, name: web, namespace: web}]\n`,
  });
}

test('a chart of a HelmRelease that newly grants more where a lookup finds something is stopped', async () => {
  const sourceRef = { kind: 'GitRepository', name: 'flux-system' };
  const base = {
    'clusters/production/web.yaml': releaseText('web', { chart: { spec: { chart: './charts/web', sourceRef } } }),
    ...granting('view'),
  };
  const secretly = '{{ if lookup `v1` `ConfigMap` `x` `y` }}cluster-admin{{ else }}view{{ end }}';
  const { conclusion, findings } = await verdictOn(base, { ...base, ...granting(secretly) });
  expect(conclusion).toBe('failed');
  expect(findings.filter(({ blocking, rule }) => blocking && rule.startsWith('render/'))).toMatchObject([
    {
      rule: 'render/not-predictable',
      pointer: '/roleRef/name',
      message: '/roleRef/name depends on what is in the cluster',
    },
  ]);
});

test('templates of a chart that a kustomization inflates are no YAML of their own', async () => {
  const template = configTemplate('web', '{{- if true }}', 'key: after', '{{- end }}');
  const base: Files = {
    '.presync.yaml': 'version: 1\nargocd: { kustomizeBuildOptions: --enable-helm }\n',
    'argocd/shop.yaml': applicationText('shop', { path: 'shop' }),
    'shop/kustomization.yaml': 'helmGlobals: { chartHome: charts }\nhelmCharts: [{ name: web, releaseName: web }]\n',
    'shop/charts/web/values.yaml': 'a: b\n',
    ...chartFiles('shop/charts/web', { 'config.yaml': configMapText('web', { key: 'before' }) }),
  };
  const verdict = await verdictOn(base, {
    ...base,
    ...chartFiles('shop/charts/web', { 'config.yaml': template }),
  });
  expect(verdict.findings).toEqual([]);
  expect(outcomeOf(verdict, 'shop')).toMatchObject({ outcome: 'passed', objects: { total: 1 } });
});

describe('optional values that come from elsewhere are not taken for absent', () => {
  const other = fluxText('source.toolkit.fluxcd.io/v1', 'GitRepository', 'other', {
    url: 'https://git.example/settings',
    ref: { tag: 'v1' },
  });
  const settings = kustomizationText('settings', './', { sourceRef: { kind: 'GitRepository', name: 'other' } });
  const substituteFrom = [{ kind: 'ConfigMap', name: 'settings', optional: true }];
  const apps = kustomizationText('apps', './apps', { postBuild: { substituteFrom } });
  const base: Files = {
    'clusters/production/sync.yaml': [other, settings, apps].join('---\n'),
    'apps/a.yaml': configMapText('a', { key: '${key:=none}' }),
  };
  const more = { ...base, 'apps/b.yaml': configMapText('b', { key: '${key:=none}' }) };

  test('the app is errored', async () => {
    expect(outcomeOf(await verdictOn(base, more), 'apps')).toMatchObject({
      outcome: 'errored',
      reason: expect.stringContaining('settings of https://git.example/settings@refs/tags/v1 may bring'),
    });
  });

  test('also where only what brings them moves', async () => {
    const moved = [other.replace('"tag": "v1"', '"tag": "v2"'), settings, apps].join('---\n');
    const head = { ...base, 'clusters/production/sync.yaml': moved };
    expect(outcomeOf(await verdictOn(base, head), 'apps')).toMatchObject({ outcome: 'errored' });
  });

  test('until policy says what they are', async () => {
    const values = '{ kind: ConfigMap, namespace: flux-system, name: settings, data: { key: told } }';
    const policy = { '.presync.yaml': `version: 1\nflux: { values: [${values}] }\n` };
    const { changes } = await verdictOn({ ...base, ...policy }, { ...more, ...policy });
    expect(changes).toMatchObject([{ change: 'added', object: { name: 'b' } }]);
  });
});
