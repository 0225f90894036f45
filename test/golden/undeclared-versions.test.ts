import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { aClock } from '../fakes/clock.ts';
import { aRepository } from '../fakes/repository.ts';
import type { FakeFile } from '../fakes/source-tree.ts';

type Files = Readonly<Record<string, FakeFile>>;

const URL = 'https://github.com/acme/clusters';
const SERVER = 'https://kubernetes.default.svc';
const never = new AbortController().signal;

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

async function verdictOn(base: Files, head: Files): Promise<Verdict> {
  const repository = aRepository([
    { name: 'main', files: base },
    { name: 'change', files: head, parents: ['main'] },
  ]);
  const [from, to] = [await repository.resolve('main'), await repository.resolve('change')];
  const input = { base: from, head: to, baseBranch: 'main', repositoryUrls: [URL] };
  return validate(input, { repository, engine, clock: aClock('2026-11-24T00:00:00Z') }, never);
}

/** What is said of the cluster, each in one line. */
async function saidOf(base: Files, head: Files): Promise<readonly string[]> {
  const { findings } = await verdictOn(base, head);
  return findings
    .filter(({ rule, status }) => /not-predictable|cluster-not-declared/.test(rule) && status === 'new')
    .map(({ blocking, object, message }) => `${blocking ? 'blocks' : 'says'}: ${object?.name ?? ''} ${message}`);
}

const KEEPS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keeps}\n';

const APPLICATION = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec: {project: default, source: {repoURL: "${URL}", targetRevision: main, path: chart}, destination: {server: "${SERVER}", namespace: shop}}
`;

function chartOf(template: string, more: Files = {}): Files {
  return {
    'argocd/shop.yaml': APPLICATION,
    'chart/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
    'chart/templates/x.yaml': `${KEEPS}---\n${template}`,
    ...more,
  };
}

const aPod = (asks: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: x, image: "{{ if ${asks} .Capabilities.KubeVersion.Version }}a:1{{ else }}b:1{{ end }}"}]}\n`;
const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: x, namespace: x}
spec: {chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}}
`;
const flux = (template: string, files: Files = {}): Files => ({
  ...chartOf(template, files),
  'argocd/shop.yaml': RELEASE,
});

const IMAGE_BLOCKS = 'blocks: web /spec/containers/0/image depends on its version of Kubernetes';

test('the text of a version is followed', async () => {
  expect(await saidOf(chartOf(''), chartOf(aPod('hasPrefix "v1.34."')))).toContain(IMAGE_BLOCKS);
});

test('Argo CD takes off what a provider writes behind a version', async () => {
  expect(await saidOf(chartOf(''), chartOf(aPod('contains "-eks-"')))).toEqual([]);
  expect(await saidOf(chartOf(''), chartOf(aPod('semverCompare ">=1.2.0"')))).toEqual([]);
});

test.each(['contains "-eks-"', 'semverCompare ">=1.2.0"'])('a HelmRelease sees it: %s', async (asks) => {
  expect(await saidOf(flux(''), flux(aPod(asks)))).toContain(IMAGE_BLOCKS);
});

test.each<[string, Files]>([
  ['nothing declared', {}],
  [
    'a minor declared',
    { '.presync.yaml': 'version: 1\nclusters: { production: { kubernetes: "1.34", paths: ["**"] } }\n' },
  ],
])('a provider that is not known is not judged: %s', async (_, files) => {
  expect(await saidOf(flux('', files), flux(aPod('contains "-other"'), files))).toContainEqual(
    expect.stringMatching(/^blocks: {2}templates ask for more .*: its version of Kubernetes$/),
  );
});
