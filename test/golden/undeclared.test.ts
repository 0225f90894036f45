import { describe, expect, test } from '@jest/globals';
import { APPLICATION, KEEPS, SERVER, chartOf, saidIn } from './asking-charts.ts';
import { type Files, withEngine } from './verdict-on.ts';

const verdictOn = withEngine();

async function saidOf(base: Files, head: Files): Promise<readonly string[]> {
  return saidIn(await verdictOn(base, head));
}

const when = (api: string, yes: string, no = '') =>
  `{{ if .Capabilities.APIVersions.Has "${api}" }}${yes}{{ else }}${no}{{ end }}`;
const aPod = (image: string, security = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: x, image: "${image}"${security}}]}\n`;
const anObject = (apiVersion: string, kind: string, spec = '{a: b}') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: own}\nspec: ${spec}\n`;
/** A chart that brings another app, of this folder, where the cluster has an API. */
const setOf = (path: string) =>
  chartOf(when('x.io/v1', APPLICATION.replace('name: shop', 'name: own').replace('path: chart', `path: ${path}`)));
const declared = (cluster: string): Files => ({
  '.presync.yaml': `version: 1\nclusters: { production: { server: ${SERVER}, ${cluster} } }\n`,
});
const definition = (cluster: string, served = true): Files => ({
  'argocd/crds.yaml': APPLICATION.replace('name: shop', 'name: crds')
    .replace('path: chart', 'path: crds')
    .replace(SERVER, cluster),
  'crds/x.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: xs.x.io}
spec: {group: x.io, scope: Namespaced, names: {kind: X, plural: xs}, versions: [{name: v1, served: ${served}, storage: true}]}
`,
});

const X = 'says:  what the templates make depends on whether the cluster has x.io/v1, which nobody has declared';
const IMAGE = aPod(when('x.io/v1', 'ghcr.io/evil/x:1', 'ghcr.io/acme/x:1'));
const IMAGE_BLOCKS = 'blocks: web /spec/containers/0/image depends on whether the cluster has x.io/v1';
const OPENSHIFT = 'security.openshift.io/v1';
const security = (fields: string) => aPod('ghcr.io/acme/x:1', `, securityContext: {a: b, ${fields}}`);

describe('what nobody declared of a cluster', () => {
  test.each<[string, string, readonly string[]]>([
    ['an image', IMAGE, [X, IMAGE_BLOCKS]],
    [
      'an object',
      when('x.io/v1', aPod('ghcr.io/acme/x:1')),
      [X, 'blocks: web whether it exists depends on whether the cluster has x.io/v1'],
    ],
    [
      'rules',
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get${when('x.io/v1', ', list')}]}]\n`,
      [X, 'blocks: r /rules/0/verbs depends on whether the cluster has x.io/v1'],
    ],
    ['a label', `${KEEPS.replace('keeps', 'c')}data: {a: "${when('x.io/v1', 'b')}"}\n`, [X]],
    ['an object of that API', when('x.io/v1', anObject('x.io/v1', 'X')), [X]],
    [
      'an object of the API whose kind is asked for',
      when('x.io/v1/X', anObject('x.io/v1', 'X')),
      [X.replace('x.io/v1', 'x.io/v1/X')],
    ],
    [
      'an object of another API beside it',
      when('x.io/v1', anObject('y.io/v1', 'Y')),
      [X, 'blocks: own whether it exists depends on whether the cluster has x.io/v1'],
    ],
    ['one object in two versions', anObject(when('x.io/v1', 'x.io/v1', 'x.io/v1beta1'), 'X'), [X]],
    [
      'an Application, whose objects are not shown',
      when('argoproj.io/v1alpha1', APPLICATION.replace('name: shop', 'name: hidden')),
      [
        X.replace('x.io/v1', 'argoproj.io/v1alpha1'),
        'blocks: hidden whether it exists depends on whether the cluster has argoproj.io/v1alpha1',
      ],
    ],
    [
      'where an Application comes from',
      APPLICATION.replace('name: shop', 'name: child').replace('path: chart', `path: ${when('x.io/v1', 'a', 'b')}`),
      [X, 'blocks: child /spec/source/path depends on whether the cluster has x.io/v1'],
    ],
    ['what OpenShift fills in', security(when(OPENSHIFT, '', 'runAsUser: 1000')), []],
    [
      'a security context that OpenShift fills in as a whole',
      aPod('a:1', when(OPENSHIFT, '', ', securityContext: { runAsUser: 1000, runAsGroup: 1000 }')),
      [],
    ],
    [
      'a security context of which OpenShift fills in a part',
      aPod('a:1', when(OPENSHIFT, '', ', securityContext: { runAsUser: 1000, runAsNonRoot: true }')),
      [
        X.replace('x.io/v1', OPENSHIFT),
        `blocks: web /spec/containers/0/securityContext depends on whether the cluster has ${OPENSHIFT}`,
      ],
    ],
    [
      'what OpenShift fills in, left out for something else',
      security(when('x.io/v1', '', 'runAsUser: 1000')),
      [X, 'blocks: web /spec/containers/0/securityContext/runAsUser depends on whether the cluster has x.io/v1'],
    ],
    [
      'another value on OpenShift',
      security(when(OPENSHIFT, 'runAsUser: 0', 'runAsUser: 1000')),
      [
        X.replace('x.io/v1', OPENSHIFT),
        `blocks: web /spec/containers/0/securityContext/runAsUser depends on whether the cluster has ${OPENSHIFT}`,
      ],
    ],
    [
      'another guard on OpenShift',
      security(when(OPENSHIFT, '', 'runAsNonRoot: true')),
      [
        X.replace('x.io/v1', OPENSHIFT),
        `blocks: web /spec/containers/0/securityContext/runAsNonRoot depends on whether the cluster has ${OPENSHIFT}`,
      ],
    ],
    [
      'a version of Kubernetes',
      aPod('{{ if semverCompare ">=1.35" .Capabilities.KubeVersion.Version }}a:1{{ else }}b:1{{ end }}'),
      [
        'says:  what the templates make depends on its version of Kubernetes, which nobody has declared',
        'blocks: web /spec/containers/0/image depends on its version of Kubernetes',
      ],
    ],
    [
      'a version that nobody runs any more',
      aPod('{{ if semverCompare ">=1.25" .Capabilities.KubeVersion.Version }}a:1{{ else }}b:1{{ end }}'),
      [],
    ],
    [
      'any API',
      `{{ range .Capabilities.APIVersions }}{{ if hasPrefix "x" . }}${aPod('a:1')}{{ end }}{{ end }}`,
      ['blocks:  templates go through the list of all APIs of the cluster, so that any of them may decide'],
    ],
  ])('%s', async (_, template, expected) => {
    expect((await saidOf(chartOf(''), chartOf(template))).toSorted()).toEqual(expected.toSorted());
  });

  test('more than can be tried is not judged', async () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => when(`${name}.io/v1`, `${name}: "1", `)).join('');
    const said = await saidOf(chartOf(''), chartOf(`${KEEPS.replace('keeps', 'c')}data: { ${five} }\n`));
    expect(said).toContainEqual(
      expect.stringMatching(/^blocks: {2}templates ask for more of the cluster .*e\.io\/v1$/),
    );
  });

  test.each([
    [
      'combinations',
      ['a', 'b', 'c', 'd', 'e', 'f']
        .map((name) => `{{ $${name} := .Capabilities.APIVersions.Has "${name}.io/v1" }}`)
        .join(''),
      '{{ if and $a $b (not $c) (not $d) }}',
      /^blocks: {2}templates ask for more of the cluster/,
    ],
    [
      'the list',
      '{{ $found := false }}{{ range .Capabilities.APIVersions }}{{ $found = hasPrefix "x" . }}{{ end }}',
      '{{ if $found }}',
      /^blocks: {2}templates go through the list/,
    ],
  ])('what was not tried before is not tried now: %s', async (_, asks, condition, expected) => {
    const said = await saidOf(chartOf(asks), chartOf(`${asks}${condition}${aPod('a:1')}{{ end }}`));
    expect(said).toContainEqual(expect.stringMatching(expected));
  });

  test('what was so before is nothing new', async () => {
    const changed = chartOf(IMAGE.replace('name: web', 'name: web, labels: {a: b}'));
    expect((await verdictOn(chartOf(IMAGE), changed)).conclusion).toBe('passed');
  });

  test('another form of what brings objects is new, also where the dependence is old', async () => {
    expect((await saidOf(setOf('a'), setOf('a'))).join()).toBe('');
    expect(await saidOf(setOf('a'), setOf('b'))).toContain(
      'blocks: own whether it exists depends on whether the cluster has x.io/v1',
    );
  });

  test('every form is judged, also where the dependence is old', async () => {
    const policy = {
      '.presync.yaml': 'version: 1\nimages: [{ match: "ghcr.io/acme/**", require: { digest: true } }]\n',
    };
    const pod = (hidden: string) =>
      chartOf(aPod(when('x.io/v1', hidden, `ghcr.io/acme/x@sha256:${'a'.repeat(64)}`)), policy);
    const pinned = `ghcr.io/acme/x@sha256:${'b'.repeat(64)}`;
    expect((await verdictOn(pod(pinned), pod(pinned.replaceAll('b', 'c')))).conclusion).toBe('passed');
    const { findings } = await verdictOn(pod(pinned), pod('ghcr.io/acme/x:1'));
    expect(findings.filter(({ blocking, status }) => blocking && status === 'new').map(({ rule }) => rule)).toContain(
      'images/digest',
    );
  });
});

describe('what is declared of a cluster', () => {
  test.each<[string, Files, readonly string[]]>([
    ['the API', declared('apiVersions: [x.io/v1]'), []],
    ['its absence', declared('apiVersions: ["!x.io/v1"]'), []],
    ['another API', declared('apiVersions: [y.io/v1]'), [X, IMAGE_BLOCKS]],
    ['nothing', {}, [X, IMAGE_BLOCKS]],
    ['nothing, and an object defines it', definition(SERVER), [X]],
    ['nothing, and an object of another cluster defines it', definition('https://other'), [X, IMAGE_BLOCKS]],
    ['nothing, and it is defined and not served', definition(SERVER, false), [X, IMAGE_BLOCKS]],
  ])('%s', async (_, files, expected) => {
    const said = await saidOf(chartOf('', files), chartOf(IMAGE, files));
    expect(said.toSorted()).toEqual(expected.toSorted());
  });

  test('the version', async () => {
    const template = aPod('{{ if semverCompare ">=1.35" .Capabilities.KubeVersion.Version }}a:1{{ else }}b:1{{ end }}');
    const files = declared('kubernetes: "1.34"');
    expect(await saidOf(chartOf('', files), chartOf(template, files))).toEqual([]);
  });

  test('the list of a source is all that Argo CD hands on', async () => {
    const own = {
      'argocd/shop.yaml': APPLICATION.replace('path: chart', 'path: chart, helm: {apiVersions: [y.io/v1]}'),
    };
    expect(await saidOf({ ...chartOf(''), ...own }, { ...chartOf(IMAGE), ...own })).toEqual([]);
  });

  test.each<[string, Files, string]>([
    ['a declared cluster', declared('labels: {}'), 'x.io/v1 under clusters.production.apiVersions in .presync.yaml'],
    [
      'the only cluster',
      { '.presync.yaml': 'version: 1\nclusters: { only: { labels: {} } }\n' },
      'x.io/v1 under clusters.only.apiVersions in .presync.yaml',
    ],
    ['no cluster', {}, 'x.io/v1 under clusters.<name>.apiVersions in .presync.yaml'],
  ])('a finding names what to write: %s', async (_, files, expected) => {
    const { findings } = await verdictOn(chartOf('', files), chartOf(IMAGE, files));
    const fix = `Declare ${expected}; "!x.io/v1" says that the cluster does not have it.`;
    expect(findings.find(({ blocking }) => blocking)).toMatchObject({ rule: 'render/not-predictable', fix });
  });

  test('a chart of no app is rendered for the only cluster', async () => {
    const { 'argocd/shop.yaml': _, ...plain } = chartOf(IMAGE, declared('apiVersions: ["!x.io/v1"]'));
    const { 'chart/templates/x.yaml': __, ...before } = plain;
    expect(await saidOf(before, plain)).toEqual([]);
  });
});

test('a HelmRelease and a chart of a kustomization are tried alike', async () => {
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: x, namespace: x}
spec: {chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}}
`;
  const kustomization = 'helmCharts: [{name: chart}]\nhelmGlobals: {chartHome: ..}\n';
  const options =
    'version: 1\nargocd: { kustomizeBuildOptions: "--enable-helm --load-restrictor LoadRestrictionsNone" }\n';
  const flux = (template: string): Files => ({ ...chartOf(template), 'argocd/shop.yaml': release });
  const kustomize = (template: string): Files => ({
    ...chartOf(template),
    'argocd/shop.yaml': APPLICATION.replace('path: chart', 'path: app'),
    'app/kustomization.yaml': kustomization,
    '.presync.yaml': options,
  });
  expect(await saidOf(flux(''), flux(IMAGE))).toContain(IMAGE_BLOCKS);
  expect(await saidOf(kustomize(''), kustomize(IMAGE))).toContain(IMAGE_BLOCKS);
});
