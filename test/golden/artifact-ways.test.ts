import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import type { HelmWant, OciWant } from '../../src/model/remote-want.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { remotesOf } from '../../src/pipeline/remotes.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { aSignature } from '../builders/believed.ts';
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
  withoutFolder,
} from '../builders/manifests.ts';
import { aDigest, anImage } from '../builders/provenance.ts';
import { aClock } from '../fakes/clock.ts';
import { FakeEvidence, NO_ROOTS } from '../fakes/image-evidence.ts';
import { MovingRemote } from '../fakes/moving-remote.ts';
import { aRepository } from '../fakes/repository.ts';

const HOST = 'ghcr.io/acme/charts';
const HTTP = 'https://charts.example/stable';
const SOURCE = 'source.toolkit.fluxcd.io/v1';
/** The digits of the digests of the chart and of the artifact. */
const VERSIONS = { '1.0.0': ['5', '7'], '2.0.0': ['6', '8'] } as const;
type Version = keyof typeof VERSIONS;

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

/** A chart of one template; `more` may name dependencies that it does not bring along. */
function chartOf(name: string, version: string, more: object = {}): Files {
  const files = withoutFolder(
    chartFiles(name, { 'config.yaml': configTemplate(name, 'a: b') }, { version, ...more }),
    name,
  );
  return { ...files, 'values.yaml': '{}\n' };
}

const MANIFESTS = { 'config.yaml': configMapText('web', { a: 'b' }) };

function chart(reference: string): OciWant {
  return { kind: 'oci', url: `oci://${HOST}/web`, reference, content: 'chart' };
}

function artifact(reference: string, more: Partial<OciWant> = {}): OciWant {
  return { kind: 'oci', url: `oci://${HOST}/manifests`, reference, content: 'artifact', ...more };
}

function indexed(version: string): HelmWant {
  return { kind: 'helm', url: HTTP, chart: 'web', version };
}

/** A registry with a chart and an artifact, and a repository whose index leads to it. */
function elsewhere(): MovingRemote {
  const remote = new MovingRemote();
  for (const [version, [digit, other]] of Object.entries(VERSIONS)) {
    const files = chartOf('web', version);
    remote.put(chart(version), aDigest(digit), files);
    remote.put(indexed(version), `${version}@oci://${HOST}/web:${version}@${aDigest(digit)}`, files);
    for (const more of [{}, { mediaType: '', operation: 'extract' as const }])
      remote.put(artifact(version, more), aDigest(other), MANIFESTS);
    const dependencies = [{ name: 'web', version, repository: `oci://${HOST}` }];
    const parent = { ...indexed(version), chart: 'parent' };
    remote.put(parent, `${version}@sha256:parent`, chartOf('parent', version, { dependencies }));
  }
  return remote;
}

/** The first version is signed, the second is not. */
function evidence(): FakeEvidence {
  const found = new FakeEvidence();
  for (const [index, name] of ['web', 'manifests'].entries())
    found
      .put(`${HOST}/${name}:1.0.0`, anImage(VERSIONS['1.0.0'][index] ?? '', aSignature()))
      .put(`${HOST}/${name}:2.0.0`, anImage(VERSIONS['2.0.0'][index] ?? ''));
  return found;
}

async function verdictOn(base: Files, head: Files, policy = ''): Promise<Verdict> {
  const rules = policy === '' ? {} : { '.presync.yaml': policy };
  const repository = aRepository([
    { name: 'main', files: { ...base, ...rules } },
    { name: 'change', files: { ...head, ...rules }, parents: ['main'] },
  ]);
  const [from, to] = [await repository.resolve('main'), await repository.resolve('change')];
  const input = { base: from, head: to, baseBranch: 'main', repositoryUrls: [OWN_URL] };
  const images = { evidence: evidence(), roots: NO_ROOTS, known: [] };
  const clock = aClock('2026-11-24T12:00:00Z');
  const ports = { repository, engine, clock, remotes: remotesOf(elsewhere(), []), images };
  return validate(input, ports, new AbortController().signal);
}

const fromRepository = (version: string) => ({
  chart: { spec: { chart: 'web', version, sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
});
const helmRepository = (spec: object) => fluxText(SOURCE, 'HelmRepository', 'charts', spec);
const ociRepository = (name: string, tag: string) =>
  fluxText(SOURCE, 'OCIRepository', 'web', { interval: '1m', url: `oci://${HOST}/${name}`, ref: { tag } });
const together = (...texts: readonly string[]): Files => ({ 'clusters/production/flux.yaml': texts.join('---\n') });

const WAYS: readonly (readonly [string, (version: Version) => Files])[] = [
  [
    'a source of Argo CD that names a chart',
    (targetRevision) => ({ 'app.yaml': applicationText('web', { repoURL: HOST, chart: 'web', targetRevision }) }),
  ],
  [
    'a source of Argo CD whose address is an artifact',
    (targetRevision) => ({
      'app.yaml': applicationText('web', { repoURL: `oci://${HOST}/manifests`, path: '.', targetRevision }),
    }),
  ],
  [
    'one of several sources of Argo CD',
    (targetRevision) => ({
      'app.yaml': multiSourceText('web', { path: 'own' }, { repoURL: HOST, chart: 'web', targetRevision }),
      'own/config.yaml': configMapText('own', { a: 'b' }),
    }),
  ],
  [
    'an OCIRepository that a Kustomization applies',
    (version) =>
      together(
        ociRepository('manifests', version),
        kustomizationText('web', './', { sourceRef: { kind: 'OCIRepository', name: 'web' } }),
      ),
  ],
  [
    'an OCIRepository that a HelmRelease refers to',
    (version) =>
      together(ociRepository('web', version), releaseText('web', { chartRef: { kind: 'OCIRepository', name: 'web' } })),
  ],
  [
    'a HelmRepository of type oci',
    (version) =>
      together(helmRepository({ type: 'oci', url: `oci://${HOST}` }), releaseText('web', fromRepository(version))),
  ],
  [
    'a HelmChart of a HelmRepository of type oci',
    (version) =>
      together(
        helmRepository({ type: 'oci', url: `oci://${HOST}` }),
        fluxText(SOURCE, 'HelmChart', 'web', fromRepository(version).chart.spec),
        releaseText('web', { chartRef: { kind: 'HelmChart', name: 'web' } }),
      ),
  ],
  [
    'a HelmRepository whose index leads to the registry',
    (version) => together(helmRepository({ url: HTTP }), releaseText('web', fromRepository(version))),
  ],
  [
    'a source of Argo CD whose index leads to the registry',
    (targetRevision) => ({ 'app.yaml': applicationText('web', { repoURL: HTTP, chart: 'web', targetRevision }) }),
  ],
  [
    'a dependency of a chart of this repository',
    (version) => ({
      'app.yaml': applicationText('own', { path: 'own' }),
      ...chartFiles(
        'own',
        { 'config.yaml': configTemplate('own', 'a: b') },
        { dependencies: [{ name: 'web', version, repository: `oci://${HOST}` }] },
      ),
    }),
  ],
  [
    'a dependency whose index leads to the registry',
    (version) => ({
      'app.yaml': applicationText('own', { path: 'own' }),
      ...chartFiles(
        'own',
        { 'config.yaml': configTemplate('own', 'a: b') },
        { dependencies: [{ name: 'web', version, repository: HTTP }] },
      ),
    }),
  ],
  [
    'a dependency of a chart from elsewhere',
    (targetRevision) => ({ 'app.yaml': applicationText('web', { repoURL: HTTP, chart: 'parent', targetRevision }) }),
  ],
  [
    'a chart that a kustomization inflates',
    (version) => ({
      'app.yaml': applicationText('own', { path: 'own' }),
      'own/kustomization.yaml': JSON.stringify({
        helmCharts: [{ name: 'web', repo: `oci://${HOST}`, version, releaseName: 'web' }],
      }),
    }),
  ],
  [
    'a chart that a kustomization inflates, whose index leads to the registry',
    (version) => ({
      'app.yaml': applicationText('own', { path: 'own' }),
      'own/kustomization.yaml': JSON.stringify({
        helmCharts: [{ name: 'web', repo: HTTP, version, releaseName: 'web' }],
      }),
    }),
  ],
];

const WITH_HELM = 'argocd: { kustomizeBuildOptions: --enable-helm }\n';
const POLICY = `version: 1
${WITH_HELM}images:
  - match: ${HOST}/*
    require: { signature: { keyless: { issuer: https://token.actions.githubusercontent.com, repository: acme/shop } } }
`;

async function unmetIn(files: Files) {
  const { findings } = await verdictOn({ 'notes.md': '' }, files, POLICY);
  const unmet = findings.filter(({ rule }) => rule === 'provenance/signature');
  return unmet.map(({ status, blocking }) => [status, blocking]);
}

describe.each(WAYS)('what comes from a registry as %s', (_, files) => {
  test('is an image: its lost signature blocks, and it stands in the Lock', async () => {
    const verdict = await verdictOn(files('1.0.0'), files('2.0.0'), `version: 1\n${WITH_HELM}`);
    const lost = verdict.findings.filter(({ rule }) => rule === 'provenance/signature-lost');
    expect(lost.map(({ status, blocking }) => [status, blocking])).toEqual([['new', true]]);
    const [image] = verdict.images;
    expect([verdict.images.length, image?.ref.startsWith(HOST)]).toEqual([1, true]);
    expect(VERSIONS['2.0.0'].map(aDigest)).toContain(image?.digest);
    expect(verdict.lock.filter(({ resolved }) => resolved.endsWith(image?.digest ?? ''))).toHaveLength(1);
    expect(verdict.apps.map(({ outcome }) => outcome)).not.toContain('errored');
  });

  test('is judged by what the policy asks of images', async () => {
    expect(await unmetIn(files('2.0.0'))).toEqual([['new', true]]);
    expect(await unmetIn(files('1.0.0'))).toEqual([]);
  });
});
