import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../src/model/verdict.ts';
import { type Files, URL, withEngine } from './verdict-on.ts';

const verdictOn = withEngine();

interface AppText {
  readonly namespace?: string;
  readonly repoURL?: string;
  readonly more?: string;
}

function application(
  name: string,
  path: string,
  { namespace = 'argocd', repoURL = URL, more = '' }: AppText = {},
): string {
  const source = `{repoURL: "${repoURL}", targetRevision: main, path: ${path}}`;
  const destination = '{server: "https://kubernetes.default.svc", namespace: shop}';
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: ${namespace}}
spec: {project: default, source: ${source}, destination: ${destination}${more}}
`;
}

function configMap(value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config, namespace: shop}\ndata: {key: ${value}}\n`;
}

function binding(role: string): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role}}
subjects: [{kind: ServiceAccount, name: shop, namespace: shop}]
`;
}

function overlay(path: string): string {
  return `resources: [../../base]\npatches: [{target: {kind: Application}, patch: '[{"op":"replace","path":"/spec/source/path","value":"${path}"}]'}]\n`;
}

function gitRepository(url: string, more = ''): string {
  return `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {url: "${url}", ref: {branch: main}${more}}\n`;
}

function levels(count: number): string {
  return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":${'{"a":'.repeat(count)}1${'}'.repeat(count)}}`;
}

function aChart(template: string): Files {
  return {
    'argocd/shop.yaml': application('shop', 'chart'),
    'chart/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
    'chart/templates/x.yaml': template,
  };
}

function aPod(image: string): string {
  return `apiVersion: v1
kind: Pod
metadata: {name: x, annotations: {build: "{{ randAlpha 9 }}"}}
spec: {containers: [{name: x, image: "${image}"}]}
`;
}

/** An app with one file, as every row starts. */
const SHOP: Files = { 'argocd/shop.yaml': application('shop', 'apps/shop'), 'apps/shop/config.yaml': configMap('a') };
const EVIL = application('evil', 'x', { repoURL: 'https://evil.example/x' });

test('the rows below start from something that passes', async () => {
  const verdict = await verdictOn(SHOP, { ...SHOP, 'apps/shop/config.yaml': configMap('b') });
  expect(verdict.conclusion).toBe('passed');
});

describe('an Application of foreign content is found, however it is written (A11)', () => {
  const json = JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'evil', namespace: 'argocd' },
    spec: { source: { repoURL: 'https://evil.example', path: 'x' }, destination: { name: 'in-cluster' } },
  });
  test.each<[string, Files]>([
    ['plainly', { 'argocd/evil.yaml': EVIL }],
    ['with an escape', { 'argocd/evil.yaml': EVIL.replace('argoproj.io/v1alpha1', '"argoproj\\x2eio/v1alpha1"') }],
    ['with an escape of JSON', { 'argocd/evil.json': json.replace('argoproj', '\\u0061rgoproj') }],
    [
      'as base64',
      { 'argocd/evil.yaml': EVIL.replace('argoproj.io/v1alpha1', '!!binary YXJnb3Byb2ouaW8vdjFhbHBoYTE=') },
    ],
    ['in UTF-16', { 'argocd/evil.yaml': Buffer.from(`\ufeff${EVIL}`, 'utf16le') }],
    ['with a byte order mark', { 'argocd/evil.yaml': `\ufeff${EVIL}` }],
    ['behind another document', { 'argocd/evil.yaml': `${configMap('a')}---\n${EVIL}` }],
    ['in a List', { 'argocd/evil.json': `{"apiVersion":"v1","kind":"List","items":[${json}]}` }],
    [
      'with a merge key',
      {
        'argocd/evil.yaml': `x: &x {apiVersion: argoproj.io/v1alpha1}\n<<: *x\n${EVIL.split('\n').slice(1).join('\n')}`,
      },
    ],
    [
      'in a file of no manifest name that a kustomization names',
      { 'k/evil': EVIL, 'k/kustomization.yaml': 'resources: [evil]\n' },
    ],
    [
      'named by a kustomization as data',
      {
        'argocd/evil.yaml': EVIL,
        'k/kustomization.yaml': 'configMapGenerator: [{name: x, files: [../argocd/evil.yaml]}]\n',
      },
    ],
    [
      'named by a kustomization that deletes it',
      {
        'argocd/evil.yaml': EVIL,
        'k/kustomization.yaml':
          'resources: [../argocd/evil.yaml]\npatches: [{patch: "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: evil, namespace: argocd}, $patch: delete}"}]\n',
      },
    ],
    [
      'in a chart that no app of this repository renders',
      {
        'boot/Chart.yaml': 'apiVersion: v2\nname: boot\nversion: 1.0.0\n',
        'boot/templates/x.yaml': EVIL.replace('argoproj.io', '{{ "argoproj.io" }}'),
      },
    ],
  ])('%s', async (_, files) => {
    const verdict = await verdictOn(SHOP, { ...SHOP, ...files });
    expect(verdict.conclusion).toBe('errored');
    expect(verdict.apps.find(({ name }) => name === 'evil')).toMatchObject({ kind: 'Application', outcome: 'errored' });
  });
});

describe('an Application that stops to be of this tree is not judged by it', () => {
  test.each<[string, Files]>([
    [
      'a fragment behind another host',
      {
        'argocd/shop.yaml': application('shop', 'apps/shop', {
          repoURL: 'https://evil.example#@github.com/acme/clusters',
        }),
      },
    ],
    [
      'a hydrated source beside its source',
      {
        'argocd/shop.yaml': application('shop', 'apps/shop', {
          more: ', sourceHydrator: {syncSource: {targetBranch: x, path: y}}',
        }),
      },
    ],
    ['pointers to large files', { '.gitattributes': '/apps/** filter=lfs\n' }],
    ['another encoding when it is checked out', { '.gitattributes': '*.yaml working-tree-encoding=ASCII//TRANSLIT\n' }],
    ['a folder that is a link', { 'argocd/shop.yaml': application('shop', 'linked'), linked: { link: 'apps/shop' } }],
  ])('%s', async (_, files) => {
    const verdict = await verdictOn(SHOP, { ...SHOP, ...files });
    expect(verdict.apps.find(({ name }) => name === 'shop')).toMatchObject({ outcome: 'errored' });
  });
});

const digest = (hex: string) => `ghcr.io/acme/x@sha256:${hex.repeat(64)}`;
const either = (first: string, second: string) => `{{ if .Release.IsInstall }}${first}{{ else }}${second}{{ end }}`;

describe('what depends on time or chance is not harmless', () => {
  const later = '{{ if gt (now | unixEpoch | int64) 1990000000 }}ghcr.io/evil/x:1{{ else }}ghcr.io/acme/x:1{{ end }}';
  test('an image', async () => {
    const { conclusion, findings } = await verdictOn(aChart(aPod('ghcr.io/acme/x:1')), aChart(aPod(later)));
    expect(conclusion).toBe('failed');
    expect(findings.filter(({ blocking }) => blocking)).toMatchObject([
      { rule: 'render/not-predictable', status: 'new', pointer: '/spec/containers/0/image' },
    ]);
  });

  test('every form is judged, also where the dependence is old', async () => {
    const policy = {
      '.presync.yaml': 'version: 1\nimages: [{ match: "ghcr.io/acme/**", require: { digest: true } }]\n',
    };
    const release = (image: string) => ({
      ...policy,
      ...aChart(aPod(image)),
      'argocd/shop.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x, namespace: x}\nspec: {chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}}\n`,
    });
    const before = release(either(digest('a'), digest('b')));
    expect((await verdictOn(before, release(either(digest('c'), digest('d'))))).conclusion).toBe('passed');
    const { findings } = await verdictOn(before, release(either(digest('c'), 'ghcr.io/acme/x:upgraded')));
    expect(findings.filter(({ blocking, status }) => blocking && status === 'new').map(({ rule }) => rule)).toContain(
      'images/digest',
    );
  });

  test('an image that was so before is nothing new', async () => {
    const changed = aChart(aPod(later).replace('name: x,', 'name: x, labels: {a: b},'));
    expect((await verdictOn(aChart(aPod(later)), changed)).conclusion).toBe('passed');
  });

  test('an annotation is said and does not block', async () => {
    const { conclusion, findings } = await verdictOn(aChart(configMap('a')), aChart(aPod('ghcr.io/acme/x:1')));
    expect(conclusion).toBe('passed');
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'render/not-predictable', blocking: false, object: null, status: 'new' }),
    );
  });
});

test('content of a submodule is not in this tree, and not taken for nothing', async () => {
  const { 'chart/templates/x.yaml': template, ...rest } = aChart(configMap('a'));
  const base = { ...rest, 'chart/templates/x.yaml': template ?? '' };
  const verdict = await verdictOn(base, { ...base, 'chart/templates/more': { submodule: '1'.repeat(40) } });
  expect(verdict.apps.find(({ name }) => name === 'shop')?.reason).toContain('submodule chart/templates/more');
});

test('a disguised Application that was there before is rendered with its own values', async () => {
  const source = `{repoURL: "${URL}", path: chart, helm: {valuesObject: {grant: true}}}`;
  const base = {
    'argocd/shop.yaml': `apiVersion: "argoproj\\x2eio/v1alpha1"
kind: Application
metadata: {name: shop, namespace: argocd}
spec: {source: ${source}, destination: {name: in-cluster}}
`,
    'chart/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
    'chart/templates/x.yaml': configMap('a'),
  };
  const template = `{{ if .Values.grant }}\n${binding('cluster-admin')}{{ end }}`;
  expect((await verdictOn(base, { ...base, 'chart/templates/y.yaml': template })).conclusion).toBe('failed');
});

describe('what a file grants is judged when the app that read it goes', () => {
  const before: Files = { ...SHOP, 'apps/shop/rights.yaml': binding('view') };
  const evil: Files = { ...SHOP, 'apps/shop/rights.yaml': binding('cluster-admin') };
  test.each<[string, Files]>([
    ['away', Object.fromEntries(Object.entries(evil).filter(([path]) => path !== 'argocd/shop.yaml'))],
    [
      'to another folder',
      { ...evil, 'argocd/shop.yaml': application('shop', 'apps/new'), 'apps/new/config.yaml': configMap('a') },
    ],
  ])('%s', async (_, head) => {
    expect((await verdictOn(before, head)).conclusion).toBe('failed');
  });
});

test('attributes of other files change nothing', async () => {
  const attributes = '*.png filter=lfs\n*.ps1 working-tree-encoding=UTF-16\nmodels/** filter=lfs\n*.yaml text eol=lf\n';
  const head = { ...SHOP, '.gitattributes': attributes, 'apps/shop/config.yaml': configMap('b') };
  expect((await verdictOn(SHOP, head)).conclusion).toBe('passed');
});

test('a chart at the root does not swallow the manifests below', async () => {
  const chart = { 'Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n', 'templates/config.yaml': configMap('a') };
  const verdict = await verdictOn(SHOP, { ...SHOP, ...chart, 'clusters/rights.yaml': binding('cluster-admin') });
  expect(verdict.conclusion).toBe('failed');
});

describe('of two overlays that bring different apps under one id neither hides the other', () => {
  const base: Files = {
    'base/app.yaml': application('shop', 'apps/shop'),
    'base/kustomization.yaml': 'resources: [app.yaml]\n',
    'overlays/a/kustomization.yaml': overlay('apps/shop'),
    'overlays/z/kustomization.yaml': overlay('apps/shop'),
    'apps/shop/config.yaml': configMap('a'),
    'apps/evil/config.yaml': configMap('a'),
  };
  test.each(['a', 'z'])('%s', async (name) => {
    const verdict = await verdictOn(base, { ...base, [`overlays/${name}/kustomization.yaml`]: overlay('apps/evil') });
    expect(verdict.conclusion).toBe('errored');
    expect(verdict.apps.find(({ kind }) => kind === 'Application')?.reason).toContain('two definitions share its id');
  });
});

test('nor does the one that is found later', async () => {
  const base: Files = {
    'argocd/one.yaml': application('one', 'overlays/a'),
    'argocd/two.yaml': application('two', 'nested'),
    'nested/three.yaml': application('three', 'overlays/z'),
    'nested/kustomization.yaml': 'resources: [three.yaml]\nnameSuffix: "-too"\n',
    'base/app.yaml': application('shop', 'apps/shop'),
    'base/kustomization.yaml': 'resources: [app.yaml]\n',
    'overlays/a/kustomization.yaml': overlay('apps/shop'),
    'overlays/z/kustomization.yaml': overlay('apps/shop'),
    'apps/shop/config.yaml': configMap('a'),
    'apps/evil/config.yaml': configMap('a'),
  };
  const verdict = await verdictOn(base, { ...base, 'overlays/a/kustomization.yaml': overlay('apps/evil') });
  expect(verdict.apps.find(({ name }) => name === 'shop')?.reason).toContain('two definitions share its id');
});

describe('the content of a Flux Kustomization is what its GitRepository says', () => {
  const apps = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
`;
  const base: Files = {
    'cluster/apps.yaml': apps,
    'cluster/z.yaml': gitRepository(URL),
    'apps/config.yaml': configMap('a'),
  };
  const bootstrap: Files = {
    'cluster/sync.yaml': `${gitRepository(URL)}---\n${apps}`,
    'cluster/kustomization.yaml': 'resources: [sync.yaml]\n',
    'apps/config.yaml': configMap('a'),
  };
  const foreign = 'https://github.com/evil/clusters';
  test.each<[string, Files, Files, Verdict['conclusion']]>([
    ['elsewhere', base, { ...base, 'cluster/z.yaml': gitRepository(foreign) }, 'errored'],
    [
      'elsewhere, with a decoy before it',
      { ...base, 'cluster/a.yaml': gitRepository(URL) },
      { ...base, 'cluster/a.yaml': gitRepository(URL), 'cluster/z.yaml': gitRepository(foreign) },
      'errored',
    ],
    [
      'elsewhere, by a patch',
      bootstrap,
      {
        ...bootstrap,
        'cluster/kustomization.yaml': `resources: [sync.yaml]\npatches: [{target: {kind: GitRepository}, patch: '[{"op":"replace","path":"/spec/url","value":"${foreign}"}]'}]\n`,
      },
      'errored',
    ],
    [
      'more than before, since nothing is ignored any more',
      {
        ...base,
        'cluster/z.yaml': gitRepository(URL, ', ignore: /apps/rights.yaml'),
        'apps/rights.yaml': binding('cluster-admin'),
      },
      { ...base, 'apps/rights.yaml': binding('cluster-admin') },
      'failed',
    ],
  ])('%s', async (_, before, after, conclusion) => {
    expect((await verdictOn(before, after)).conclusion).toBe(conclusion);
  });
});

describe('values outside of the folder of a chart', () => {
  const chart = {
    'charts/x/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
    'charts/x/values.yaml': 'a: none\n',
    'charts/x/templates/c.yaml': configMap('"{{ .Values.a }}"'),
  };
  const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
  generators: [{git: {repoURL: "${URL}", revision: main, directories: [{path: charts/*}]}}]
  template: {metadata: {name: x}, spec: {source: {repoURL: "${URL}", path: "charts/{{path.basename}}", helm: {valueFiles: [/envs/prod.yaml]}}, destination: {name: production}}}
`;
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: x, namespace: x}
spec: {chart: {spec: {chart: ./charts/x, valuesFiles: [./envs/prod.yaml], sourceRef: {kind: GitRepository, name: flux-system}}}}
`;
  test.each([
    ['of an ApplicationSet', set],
    ['of a HelmRelease', release],
  ])('%s are seen', async (_, definition) => {
    const base = { ...chart, 'apps/x.yaml': definition, 'envs/prod.yaml': 'a: b\n' };
    const { changes } = await verdictOn(base, { ...base, 'envs/prod.yaml': 'a: evil\n' });
    expect(changes.filter(({ app }) => !app.startsWith('Chart:'))).toMatchObject([
      { change: 'changed', differences: [{ pointer: '/data/key', before: 'b', after: 'evil' }] },
    ]);
  });
});

describe('what is too large or too deep is errored, and nothing else is (A10)', () => {
  const bomb = `a: &a [${'x,'.repeat(9)}]\n${'abcdefgh'
    .split('')
    .map((letter, at) => `${'bcdefghi'[at]}: &${'bcdefghi'[at]} [${`*${letter},`.repeat(9)}]\n`)
    .join('')}`;
  test.each<[string, Files]>([
    ['5,000 levels', { 'apps/deep/x.json': levels(5000) }],
    [
      'aliases of aliases in a kustomization',
      { 'apps/deep/kustomization.yaml': `${bomb}resources: [x.yaml]\n`, 'apps/deep/x.yaml': configMap('a') },
    ],
  ])('%s', async (_, files) => {
    const head = {
      ...SHOP,
      ...files,
      'argocd/deep.yaml': application('deep', 'apps/deep'),
      'apps/shop/config.yaml': configMap('b'),
    };
    const outcomes = (await verdictOn(SHOP, head)).apps.map(({ name, outcome }) => [name, outcome]);
    expect(outcomes).toContainEqual(['deep', 'errored']);
    expect(outcomes).toContainEqual(['shop', 'passed']);
  });
});

describe('what several objects give together is found, whichever app brings them', () => {
  const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: backup}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
`;
  const base: Files = {
    ...SHOP,
    'argocd/backup.yaml': application('backup', 'apps/backup'),
    'apps/backup/role.yaml': role,
  };

  test('a binding to a dangerous role of an app that the change does not touch, on its line', async () => {
    const head = { ...base, 'apps/shop/binding.yaml': binding('backup') };
    const { conclusion, findings, apps } = await verdictOn(base, head);
    expect(conclusion).toBe('failed');
    expect(apps.find(({ name }) => name === 'backup')).toMatchObject({ change: 'unchanged' });
    expect(findings.filter(({ blocking }) => blocking)).toMatchObject([
      {
        rule: 'rbac/secrets-read-cluster-wide',
        object: { kind: 'ClusterRoleBinding', name: 'shop' },
        location: { file: 'apps/shop/binding.yaml', line: 5 },
      },
    ]);
  });

  test('a binding to a role that Kubernetes brings', async () => {
    const head = { ...base, 'apps/shop/binding.yaml': binding('system:controller:job-controller') };
    const { findings } = await verdictOn(base, head);
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'rbac/gained-permissions',
        message: expect.stringMatching(/^service account `shop\/shop` can now .* on pods/),
      }),
    );
  });

  test('the same binding before is nothing new', async () => {
    const bound = { ...base, 'apps/shop/binding.yaml': binding('backup') };
    expect((await verdictOn(bound, { ...bound, 'apps/shop/config.yaml': configMap('b') })).conclusion).toBe('passed');
  });
});
