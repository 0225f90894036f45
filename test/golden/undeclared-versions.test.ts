import { expect, test } from '@jest/globals';
import { chartOf, saidIn } from './asking-charts.ts';
import { type Files, withEngine } from './verdict-on.ts';

const verdictOn = withEngine();

async function saidOf(base: Files, head: Files): Promise<readonly string[]> {
  return saidIn(await verdictOn(base, head));
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
