import {
  applicationText,
  chartFiles,
  configMapText,
  configTemplate,
  deploymentText,
  OWN_URL,
  withoutFolder,
} from '../builders/manifests.ts';
import type { Feature } from './feature.ts';

const BASE = { 'shop/kustomization.yaml': 'resources: [web.yaml]\n', 'shop/web.yaml': deploymentText('web', 'web:1') };

function kustomize(options: object, more: Feature['files'] = {}): Feature['files'] {
  return { ...BASE, 'apps.yaml': applicationText('shop', { path: 'shop', kustomize: options }), ...more };
}

const POLICY = (options: string) => ({
  '.presync.yaml': `version: 1\nargocd: { kustomizeBuildOptions: "${options}" }\n`,
});
const WEB = 'shop Deployment/web';

/** Applications of Argo CD: Kustomize, folders, plugins. */
export const ARGOCD_TOOLS: readonly Feature[] = [
  {
    name: 'Kustomize images and replicas',
    files: kustomize({ images: ['web=registry.example/web:2'], replicas: [{ name: 'web', count: 3 }] }),
    values: { [WEB]: { '/spec/template/spec/containers/0/image': 'registry.example/web:2', '/spec/replicas': 3 } },
  },
  {
    name: 'Kustomize namePrefix, nameSuffix and namespace',
    files: kustomize({ namePrefix: 'a-', nameSuffix: '-z', namespace: 'mall' }),
    renders: { shop: ['Deployment mall/a-web-z'] },
  },
  {
    name: 'Kustomize commonLabels and commonAnnotations with their options',
    files: kustomize({
      commonLabels: { team: 'a' },
      labelWithoutSelector: true,
      labelIncludeTemplates: true,
      commonAnnotations: { app: '$ARGOCD_APP_NAME' },
      commonAnnotationsEnvsubst: true,
    }),
    values: {
      [WEB]: {
        '/metadata/labels/team': 'a',
        '/spec/selector/matchLabels': { app: 'web' },
        '/spec/template/metadata/labels/team': 'a',
        '/metadata/annotations/app': 'shop',
      },
    },
  },
  {
    name: 'Kustomize patches and components',
    files: kustomize(
      {
        patches: [{ target: { kind: 'Deployment' }, patch: '[{"op":"replace","path":"/spec/replicas","value":7}]' }],
        components: ['../part'],
      },
      {
        'part/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [x.yaml]\n',
        'part/x.yaml': configMapText('of-component', {}),
      },
    ),
    renders: { shop: ['ConfigMap of-component', 'Deployment web'] },
    values: { [WEB]: { '/spec/replicas': 7 } },
  },
  {
    name: 'build options: the load restrictor',
    files: {
      ...POLICY('--load-restrictor LoadRestrictionsNone'),
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/kustomization.yaml': 'resources: [../shared.yaml]\n',
      'shared.yaml': configMapText('shared', {}),
    },
    renders: { shop: ['ConfigMap shared'] },
  },
  {
    name: 'the load restrictor by default',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/kustomization.yaml': 'resources: [../shared.yaml]\n',
      'shared.yaml': configMapText('shared', {}),
    },
    errors: { shop: 'shared.yaml' },
  },
  {
    name: 'helmCharts in a kustomization',
    files: {
      ...POLICY('--enable-helm'),
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/kustomization.yaml':
        'helmCharts: [{ name: db, repo: "https://charts.example", version: 1.0.0, releaseName: main, namespace: data, valuesInline: { color: blue } }]\nnamePrefix: p-\n',
    },
    elsewhere: {
      'https://charts.example db 1.0.0': {
        'values.yaml': 'color: none\n',
        ...withoutFolder(
          chartFiles('db', { 'a.yaml': configTemplate('{{ .Release.Name }}', 'color: {{ .Values.color }}') }),
          'db',
        ),
      },
    },
    renders: { shop: ['ConfigMap data/p-main color=blue'] },
  },
  {
    name: 'helmCharts where Argo CD has not enabled them',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/kustomization.yaml': 'helmCharts: [{ name: db, repo: "https://charts.example", version: 1.0.0 }]\n',
    },
    errors: { shop: 'helm' },
  },
  {
    name: 'exec plugins and their options',
    files: {
      ...BASE,
      ...POLICY('--enable-alpha-plugins --enable-exec'),
      'apps.yaml': applicationText('shop', { path: 'shop' }),
    },
    errors: { shop: 'enable-' },
  },
  {
    name: 'the load restrictor inside a remote base',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/kustomization.yaml':
        'resources:\n- https://git.example/org/repo//base?ref=v1\n- https://files.example/releases/download/v1/x.yaml\n',
    },
    elsewhere: {
      'https://git.example/org/repo@v1': {
        'base/kustomization.yaml': 'resources: [../deep/a.yaml]\n',
        'base/a.yaml': configMapText('base', {}),
        'deep/kustomization.yaml': 'resources: [b.yaml]\n',
        'deep/a.yaml': configMapText('deep', {}),
      },
      'https://files.example/releases/download/v1/x.yaml': { 'x.yaml': configMapText('file', {}) },
    },
    errors: { shop: 'deep/a.yaml' },
  },
  {
    name: 'remote bases, of this repository and of others',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/kustomization.yaml': `resources:\n- https://git.example/org/repo//base?ref=v1\n- https://files.example/x.yaml\n- ${OWN_URL}//own?ref=main\n`,
      'own/kustomization.yaml': 'resources: [a.yaml]\n',
      'own/a.yaml': configMapText('own', {}),
    },
    elsewhere: {
      'https://git.example/org/repo@v1': {
        'base/kustomization.yaml': 'resources: [../deep]\n',
        'deep/kustomization.yaml': 'resources: [b.yaml]\n',
        'deep/b.yaml': configMapText('deep', {}),
      },
      'https://files.example/x.yaml': { 'x.yaml': configMapText('file', {}) },
    },
    renders: { shop: ['ConfigMap deep', 'ConfigMap file', 'ConfigMap own'] },
  },
  {
    name: 'folder: recurse, include and exclude',
    files: {
      'apps.yaml': applicationText('shop', {
        path: 'shop',
        directory: { recurse: true, include: '*.yaml', exclude: 'skip/*' },
      }),
      'shop/a.yaml': configMapText('a', {}),
      'shop/deep/b.yaml': configMapText('b', {}),
      'shop/skip/c.yaml': configMapText('c', {}),
      'shop/d.json': configMapText('d', {}),
    },
    renders: { shop: ['ConfigMap a', 'ConfigMap b'] },
  },
  {
    name: 'folder: Jsonnet with tlas, extVars and libs',
    files: {
      'apps.yaml': applicationText('shop', {
        path: 'shop',
        directory: {
          jsonnet: {
            tlas: [{ name: 'app', value: '$ARGOCD_APP_NAME' }],
            extVars: [{ name: 'color', value: '"red"', code: true }],
            libs: ['vendor'],
          },
        },
      }),
      'shop/a.jsonnet': "local lib = import 'lib.libsonnet'; function(app) lib.map(app, std.extVar('color'))",
      'vendor/lib.libsonnet':
        "{ map(name, color):: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name }, data: { color: color } } }",
    },
    renders: { shop: ['ConfigMap shop color=red'] },
  },
  {
    name: 'lists are taken apart',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop' }),
      'shop/list.yaml': `{"apiVersion":"v1","kind":"List","items":[${configMapText('a', {})},${configMapText('b', {})}]}`,
    },
    renders: { shop: ['ConfigMap a', 'ConfigMap b'] },
  },
  {
    name: 'config management plugins',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop', plugin: { name: 'avp' } }),
      'shop/a.yaml': configMapText('a', {}),
    },
    errors: { shop: 'avp' },
  },
  {
    name: 'config management plugins that policy maps',
    files: {
      'apps.yaml': applicationText('shop', { path: 'shop', plugin: { name: 'avp' } }),
      'shop/a.yaml': configMapText('a', {}),
      '.presync.yaml': 'version: 1\nargocd: { plugins: { avp: { as: directory } } }\n',
    },
    renders: { shop: ['ConfigMap a'] },
  },
  {
    name: 'apps of controller objects that live elsewhere',
    files: {
      ...BASE,
      '.presync.yaml':
        'version: 1\napps:\n- { kind: Application, name: shop, namespace: argocd, cluster: production, path: shop, options: { kustomize: { namePrefix: a- } } }\n- { kind: Kustomization, name: flux, namespace: flux-system, cluster: production, path: shop, targetNamespace: mall }\n',
    },
    renders: { shop: ['Deployment a-web'], flux: ['Deployment mall/web'] },
  },
];
