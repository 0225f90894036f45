import {
  applicationText,
  chartFiles,
  configMapText,
  configTemplate,
  deploymentText,
  multiSourceText,
  OWN_URL,
  withoutFolder,
} from '../builders/manifests.ts';
import type { Feature } from './feature.ts';

const CHART = chartFiles('charts/shop', {
  'config.yaml': configTemplate('{{ .Release.Name }}', 'color: "{{ .Values.color }}"', 'size: "{{ .Values.size }}"'),
});
const VALUES = { 'charts/shop/values.yaml': 'color: none\nsize: none\n' };

function helm(options: object, more: object = {}) {
  return { ...CHART, ...VALUES, 'apps.yaml': applicationText('shop', { path: 'charts/shop', helm: options, ...more }) };
}

/** Applications of Argo CD: sources, values, Helm. */
export const ARGOCD_SOURCES: readonly Feature[] = [
  {
    name: 'Application, one source',
    files: { 'apps.yaml': applicationText('shop', { path: 'shop' }), 'shop/a.yaml': configMapText('a', { k: 'v' }) },
    renders: { shop: ['ConfigMap a k=v'] },
  },
  {
    name: 'Application, several sources',
    files: {
      'apps.yaml': multiSourceText('shop', { path: 'a' }, { path: 'b' }),
      'a/a.yaml': configMapText('a', { k: 'first' }) + '---\n' + configMapText('both', { k: 'first' }),
      'b/b.yaml': configMapText('both', { k: 'second' }),
    },
    renders: { shop: ['ConfigMap a k=first', 'ConfigMap both k=second'] },
  },
  {
    name: 'ref sources with $values',
    files: {
      'apps.yaml': multiSourceText(
        'shop',
        {
          repoURL: 'https://charts.example',
          chart: 'shop',
          targetRevision: '1.0.0',
          helm: { valueFiles: ['$values/env/prod.yaml'] },
        },
        { ref: 'values' },
      ),
      'env/prod.yaml': 'color: green\nsize: big\n',
    },
    elsewhere: { 'https://charts.example shop 1.0.0': chartAtRoot() },
    renders: { shop: ['ConfigMap shop/shop color=green size=big'] },
  },
  {
    name: 'chart of an HTTP repository',
    files: {
      'apps.yaml': applicationText('shop', {
        repoURL: 'https://charts.example',
        chart: 'shop',
        targetRevision: '^1.0.0',
        helm: { valuesObject: { color: 'red', size: 'small' } },
      }),
    },
    elsewhere: { 'https://charts.example shop ^1.0.0': chartAtRoot() },
    renders: { shop: ['ConfigMap shop/shop color=red size=small'] },
  },
  {
    name: 'chart of an OCI registry',
    files: {
      'apps.yaml': applicationText('shop', { repoURL: 'ghcr.io/acme/charts', chart: 'shop', targetRevision: '1.0.0' }),
    },
    elsewhere: { 'oci://ghcr.io/acme/charts/shop:1.0.0': { ...chartAtRoot(), 'values.yaml': 'color: c\nsize: s\n' } },
    renders: { shop: ['ConfigMap shop/shop color=c size=s'] },
  },
  {
    name: 'another repository, another revision',
    files: {
      'apps.yaml':
        applicationText('other', { repoURL: 'https://git.example/other', targetRevision: 'v1', path: 'x' }) +
        '---\n' +
        applicationText('pinned', { targetRevision: 'v2', path: 'y' }),
    },
    elsewhere: {
      'https://git.example/other@v1': { 'x/a.yaml': configMapText('other', {}) },
      [`${OWN_URL}@v2`]: { 'y/a.yaml': configMapText('pinned', {}) },
    },
    renders: { other: ['ConfigMap other'], pinned: ['ConfigMap pinned'] },
  },
  {
    name: 'Helm valueFiles with globs',
    files: {
      ...helm({ valueFiles: ['env/*.yaml', '/shared.yaml'] }),
      'charts/shop/env/a.yaml': 'color: a\nsize: a\n',
      'charts/shop/env/b.yaml': 'color: b\n',
      'shared.yaml': 'size: shared\n',
    },
    renders: { shop: ['ConfigMap shop/shop color=b size=shared'] },
  },
  {
    name: 'Helm ignoreMissingValueFiles',
    files: helm({ valueFiles: ['missing.yaml', 'none/*.yaml'], ignoreMissingValueFiles: true }),
    renders: { shop: ['ConfigMap shop/shop color=none size=none'] },
  },
  {
    name: 'a values file that is missing',
    files: helm({ valueFiles: ['missing.yaml'] }),
    errors: { shop: 'missing.yaml' },
  },
  {
    name: 'Helm values and valuesObject',
    files: helm({ values: 'color: text\nsize: text\n', valuesObject: { color: 'object' } }),
    renders: { shop: ['ConfigMap shop/shop color=object size=none'] },
  },
  {
    name: 'Helm parameters and fileParameters',
    files: {
      ...helm({
        parameters: [{ name: 'color', value: 'of-$ARGOCD_APP_NAME' }],
        fileParameters: [{ name: 'size', path: 'size.txt' }],
      }),
      'charts/shop/size.txt': 'huge',
    },
    renders: { shop: ['ConfigMap shop/shop color=of-shop size=huge'] },
  },
  {
    name: 'Helm releaseName and namespace',
    files: helm({ releaseName: 'store', namespace: 'mall' }),
    renders: { shop: ['ConfigMap mall/store color=none size=none'] },
  },
  {
    name: 'Helm skipCrds',
    files: {
      ...helm({ skipCrds: true }),
      'charts/shop/crds/x.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n',
    },
    renders: { shop: ['ConfigMap shop/shop color=none size=none'] },
  },
  {
    name: 'Helm skipTests',
    files: {
      ...helm({ skipTests: true }),
      'charts/shop/templates/test.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations: {"helm.sh/hook": test}\n',
    },
    renders: { shop: ['ConfigMap shop/shop color=none size=none'] },
  },
  {
    name: 'Helm skipSchemaValidation',
    files: {
      ...helm({ skipSchemaValidation: true }),
      'charts/shop/values.schema.json': '{"properties":{"color":{"type":"number"}}}',
    },
    renders: { shop: ['ConfigMap shop/shop color=none size=none'] },
  },
  {
    name: 'Helm values against their schema',
    files: { ...helm({}), 'charts/shop/values.schema.json': '{"properties":{"color":{"type":"number"}}}' },
    errors: { shop: 'values don' },
  },
  {
    name: 'Helm kubeVersion and apiVersions',
    files: {
      ...chartFiles('charts/shop', {
        'a.yaml': configTemplate(
          'a',
          'v: "{{ .Capabilities.KubeVersion.Minor }}"',
          'm: "{{ .Capabilities.APIVersions.Has "x.io/v1" }}"',
        ),
      }),
      'apps.yaml': applicationText('shop', {
        path: 'charts/shop',
        helm: { kubeVersion: '1.33.1', apiVersions: ['x.io/v1'] },
      }),
    },
    renders: { shop: ['ConfigMap shop/a m=true v=33'] },
  },
  {
    name: 'version and APIs of a declared cluster',
    files: {
      ...chartFiles('charts/shop', {
        'a.yaml': configTemplate(
          'a',
          'v: "{{ .Capabilities.KubeVersion.Minor }}"',
          'm: "{{ .Capabilities.APIVersions.Has "x.io/v1" }}"',
        ),
      }),
      'apps.yaml': applicationText('shop', { path: 'charts/shop' }),
      '.presync.yaml': 'version: 1\nclusters: { production: { kubernetes: "1.34", apiVersions: [x.io/v1] } }\n',
    },
    renders: { shop: ['ConfigMap shop/a m=true v=34'] },
  },
  {
    name: 'chart dependencies',
    files: {
      ...chartFiles(
        'charts/shop',
        { 'config.yaml': configTemplate('own') },
        {
          dependencies: [{ name: 'db', version: '1.x', repository: 'https://charts.example' }],
        },
      ),
      'apps.yaml': applicationText('shop', { path: 'charts/shop' }),
    },
    elsewhere: {
      'https://charts.example db 1.x': withoutFolder(chartFiles('db', { 'db.yaml': configTemplate('db') }), 'db'),
    },
    renders: { shop: ['ConfigMap shop/db', 'ConfigMap shop/own'] },
  },
  {
    name: '.argocd-source.yaml and that of one app',
    files: {
      ...helm({ parameters: [{ name: 'color', value: 'written' }] }),
      'charts/shop/.argocd-source.yaml': 'helm: { parameters: [{ name: color, value: all }] }\n',
      'charts/shop/.argocd-source-shop.yaml': 'helm: { parameters: [{ name: size, value: own }] }\n',
    },
    renders: { shop: ['ConfigMap shop/shop color=none size=own'] },
  },
  {
    name: 'which tool renders a folder',
    files: {
      'apps.yaml': ['a', 'b', 'c'].map((name) => applicationText(name, { path: name })).join('---\n'),
      'a/kustomization.yaml': 'resources: [x.yaml]\nnamePrefix: of-kustomize-\n',
      'a/x.yaml': configMapText('x', {}),
      ...chartFiles('b', { 'x.yaml': configTemplate('{{ .Release.Name }}-of-helm') }),
      'c/x.yaml': deploymentText('of-folder', 'web:1'),
    },
    renders: { a: ['ConfigMap of-kustomize-x'], b: ['ConfigMap shop/b-of-helm'], c: ['Deployment of-folder'] },
  },
  {
    name: 'build environment',
    files: helm({
      parameters: [
        { name: 'color', value: '${ARGOCD_APP_NAMESPACE}/$ARGOCD_APP_PROJECT_NAME' },
        { name: 'size', value: '$$5' },
      ],
    }),
    renders: { shop: ['ConfigMap shop/shop color=shop/default size=$5'] },
  },
];

function chartAtRoot() {
  return withoutFolder(CHART, 'charts/shop');
}
