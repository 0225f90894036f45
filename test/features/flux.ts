import {
  chartFiles,
  configMapText,
  configTemplate,
  deploymentText,
  fluxText,
  kustomizationText,
  OWN_URL,
  releaseText,
  withoutFolder,
} from '../builders/manifests.ts';
import type { Feature } from './feature.ts';

const SYNC = 'clusters/production/sync.yaml';
const WEB = { 'apps/web.yaml': deploymentText('web', 'web:1') };
const PODS = '/spec/template/spec/containers/0/image';

function apps(spec: object, files: Feature['files'] = WEB): Feature['files'] {
  return { [SYNC]: kustomizationText('apps', './apps', spec), ...files };
}

function git(name: string, spec: object): string {
  return fluxText('source.toolkit.fluxcd.io/v1', 'GitRepository', name, { interval: '1m', ...spec });
}

/** Kustomizations of Flux and their sources. */
export const FLUX: readonly Feature[] = [
  {
    name: 'Kustomization: a folder without a kustomization',
    files: apps({}, { ...WEB, 'apps/deep/b.yaml': configMapText('b', {}) }),
    renders: { apps: ['ConfigMap b', 'Deployment web'] },
  },
  {
    name: 'Kustomization: targetNamespace, namePrefix and nameSuffix',
    files: apps({ targetNamespace: 'mall', namePrefix: 'a-', nameSuffix: '-z' }),
    renders: { apps: ['Deployment mall/a-web-z'] },
  },
  {
    name: 'Kustomization: commonMetadata',
    files: apps({ commonMetadata: { labels: { team: 'a' }, annotations: { by: 'b' } } }),
    values: { 'apps Deployment/web': { '/metadata/labels/team': 'a', '/metadata/annotations/by': 'b' } },
  },
  {
    name: 'Kustomization: images and patches',
    files: apps({
      images: [{ name: 'web', newName: 'registry.example/web', newTag: '2' }],
      patches: [{ target: { kind: 'Deployment' }, patch: '[{"op":"replace","path":"/spec/replicas","value":7}]' }],
    }),
    values: { 'apps Deployment/web': { [PODS]: 'registry.example/web:2', '/spec/replicas': 7 } },
  },
  {
    name: 'Kustomization: components, and those that are missing',
    files: apps(
      { components: ['../part', '../missing'], ignoreMissingComponents: true },
      {
        ...WEB,
        'part/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [x.yaml]\n',
        'part/x.yaml': configMapText('of-component', {}),
      },
    ),
    renders: { apps: ['ConfigMap of-component', 'Deployment web'] },
  },
  {
    name: 'postBuild substitute',
    files: apps(
      { postBuild: { substitute: { color: 'red' } } },
      { 'apps/a.yaml': configMapText('a', { k: '${color}-${size:=small}' }) },
    ),
    renders: { apps: ['ConfigMap a k=red-small'] },
  },
  {
    name: 'postBuild substituteFrom, from another app',
    files: {
      [SYNC]:
        kustomizationText('config', './config') +
        '---\n' +
        kustomizationText('apps', './apps', { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] } }),
      'config/vars.yaml': configMapText('vars', { color: 'blue' }, { namespace: 'flux-system' }),
      'apps/a.yaml': configMapText('a', { k: '${color}' }),
    },
    renders: { apps: ['ConfigMap a k=blue'], config: ['ConfigMap flux-system/vars color=blue'] },
  },
  {
    name: 'postBuild substituteFrom, declared, optional and missing',
    files: {
      [SYNC]: ['declared', 'optional', 'missing']
        .map((name) =>
          kustomizationText(name, './apps', {
            postBuild: { substituteFrom: [{ kind: 'ConfigMap', name, optional: name === 'optional' }] },
          }),
        )
        .join('---\n'),
      'apps/a.yaml': configMapText('a', { k: '${color:=none}' }),
      '.presync.yaml':
        'version: 1\nflux: { values: [{ kind: ConfigMap, namespace: flux-system, name: declared, data: { color: told } }] }\n',
    },
    // Without a single variable Flux substitutes nothing, defaults neither.
    renders: { declared: ['ConfigMap a k=told'], optional: ['ConfigMap a k=${color:=none}'] },
    errors: { missing: 'flux.values' },
  },
  {
    name: 'postBuild in strict mode',
    files: {
      ...apps({ postBuild: { substitute: { color: 'red' } } }, { 'apps/a.yaml': configMapText('a', { k: '${size}' }) }),
      '.presync.yaml': 'version: 1\nflux: { strictSubstitution: true }\n',
    },
    errors: { apps: 'size' },
  },
  {
    name: 'SOPS: encrypted values stay what they are and are never shown',
    files: apps({}, { 'apps/s.yaml': encryptedSecret() }),
    values: { 'apps Secret/vars': { '/data/color': '********' } },
  },
  {
    name: 'SOPS: what is substituted from an encrypted Secret is unknown',
    files: {
      [SYNC]:
        kustomizationText('config', './config') +
        '---\n' +
        kustomizationText('apps', './apps', { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'vars' }] } }),
      'config/vars.yaml': encryptedSecret(),
      'apps/a.yaml': configMapText('a', { k: 'x-${color}', other: 'plain' }),
    },
    renders: { apps: ['ConfigMap a k=x-******** other=plain'] },
  },
  {
    name: 'GitRepository of another revision, and spec.ignore',
    files: {
      [SYNC]:
        git('pinned', { url: OWN_URL, ref: { tag: 'v1' } }) +
        '---\n' +
        git('flux-system', { url: OWN_URL, ref: { branch: 'main' }, ignore: '/apps/skip.yaml' }) +
        '---\n' +
        kustomizationText('old', './apps', { sourceRef: { kind: 'GitRepository', name: 'pinned' } }) +
        '---\n' +
        kustomizationText('apps', './apps'),
      ...WEB,
      'apps/skip.yaml': configMapText('skip', {}),
    },
    elsewhere: { [`${OWN_URL}@refs/tags/v1`]: { 'apps/a.yaml': configMapText('of-v1', {}) } },
    renders: { old: ['ConfigMap of-v1'], apps: ['Deployment web'] },
  },
  {
    name: '.sourceignore',
    files: apps({}, { ...WEB, 'apps/skip.yaml': configMapText('skip', {}), '.sourceignore': 'skip.yaml\n' }),
    renders: { apps: ['Deployment web'] },
  },
  {
    name: 'GitRepository: include',
    files: {
      [SYNC]:
        git('shared', { url: 'https://git.example/shared', ref: { tag: 'v1' } }) +
        '---\n' +
        git('flux-system', {
          url: OWN_URL,
          ref: { branch: 'main' },
          include: [{ repository: { name: 'shared' }, fromPath: 'base', toPath: 'apps/base' }],
        }) +
        '---\n' +
        kustomizationText('apps', './apps'),
      ...WEB,
    },
    elsewhere: {
      'https://git.example/shared@refs/tags/v1': {
        'base/a.yaml': configMapText('shared', {}),
        'b.yaml': configMapText('no', {}),
      },
    },
    renders: { apps: ['ConfigMap shared', 'Deployment web'] },
  },
  {
    name: 'OCIRepository',
    files: {
      [SYNC]:
        fluxText('source.toolkit.fluxcd.io/v1', 'OCIRepository', 'oci', {
          url: 'oci://ghcr.io/acme/apps',
          ref: { semver: '1.x' },
        }) +
        '---\n' +
        kustomizationText('apps', './', { sourceRef: { kind: 'OCIRepository', name: 'oci' } }),
    },
    elsewhere: { 'oci://ghcr.io/acme/apps:1.x': { 'a.yaml': configMapText('of-artifact', {}) } },
    renders: { apps: ['ConfigMap of-artifact'] },
  },
  {
    name: 'Bucket that policy declares',
    files: {
      [SYNC]: kustomizationText('apps', './web', { sourceRef: { kind: 'Bucket', name: 'bucket' } }),
      'fill/web/a.yaml': configMapText('of-bucket', {}),
      '.presync.yaml': 'version: 1\nflux: { buckets: [{ namespace: flux-system, name: bucket, path: fill }] }\n',
    },
    renders: { apps: ['ConfigMap of-bucket'] },
  },
  {
    name: 'ArtifactGenerator and ExternalArtifact',
    files: {
      [SYNC]:
        fluxText('source.extensions.fluxcd.io/v1beta1', 'ArtifactGenerator', 'gen', {
          sources: [{ alias: 'repo', kind: 'GitRepository', name: 'flux-system' }],
          artifacts: [
            {
              name: 'apps',
              copy: [
                { from: '@repo/apps/base/**', to: '@artifact/base/' },
                { from: '@repo/apps/prod/**', to: '@artifact/prod/' },
              ],
            },
          ],
        }) +
        '---\n' +
        kustomizationText('apps', './prod', { sourceRef: { kind: 'ExternalArtifact', name: 'apps' } }),
      'apps/base/kustomization.yaml': 'resources: [web.yaml]\n',
      'apps/base/web.yaml': deploymentText('web', 'web:1'),
      'apps/prod/kustomization.yaml': 'resources: [../base]\nnamePrefix: prod-\n',
    },
    renders: { apps: ['Deployment prod-web'] },
  },
];

const CHART = chartFiles('charts/shop', {
  'a.yaml': configTemplate('{{ .Release.Name }}', 'color: "{{ .Values.color }}"', 'size: "{{ .Values.size }}"'),
});
const VALUES = { 'charts/shop/values.yaml': 'color: none\nsize: none\n' };
const OF_GIT = {
  chart: { spec: { chart: './charts/shop', sourceRef: { kind: 'GitRepository', name: 'flux-system' } } },
};
const AT_ROOT = withoutFolder({ ...CHART, ...VALUES }, 'charts/shop');

function release(spec: object, more: Feature['files'] = {}, objects = ''): Feature['files'] {
  const text = releaseText('shop', { ...OF_GIT, ...spec });
  return { ...CHART, ...VALUES, [SYNC]: objects === '' ? text : `${text}---\n${objects}`, ...more };
}

/** HelmReleases of Flux. */
export const RELEASES: readonly Feature[] = [
  {
    name: 'HelmRelease: chart of a GitRepository, values',
    files: release({ values: { color: 'red' } }),
    renders: { shop: ['ConfigMap flux-system/shop color=red size=none'] },
  },
  {
    name: 'HelmRelease: HelmRepository over HTTP',
    files: {
      [SYNC]:
        fluxText('source.toolkit.fluxcd.io/v1', 'HelmRepository', 'charts', { url: 'https://charts.example' }) +
        '---\n' +
        releaseText('shop', {
          chart: { spec: { chart: 'shop', version: '1.x', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
        }),
    },
    elsewhere: { 'https://charts.example shop 1.x': AT_ROOT },
    renders: { shop: ['ConfigMap flux-system/shop color=none size=none'] },
  },
  {
    name: 'HelmRelease: HelmRepository of type oci',
    files: {
      [SYNC]:
        fluxText('source.toolkit.fluxcd.io/v1', 'HelmRepository', 'charts', {
          type: 'oci',
          url: 'oci://ghcr.io/acme',
        }) +
        '---\n' +
        releaseText('shop', {
          chart: { spec: { chart: 'shop', version: '1.0.0', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
        }),
    },
    elsewhere: { 'oci://ghcr.io/acme/shop:1.0.0': AT_ROOT },
    renders: { shop: ['ConfigMap flux-system/shop color=none size=none'] },
  },
  {
    name: 'HelmRelease: chartRef to an OCIRepository',
    files: {
      [SYNC]:
        fluxText('source.toolkit.fluxcd.io/v1', 'OCIRepository', 'chart', {
          url: 'oci://ghcr.io/acme/shop',
          ref: { tag: '1.0.0' },
        }) +
        '---\n' +
        releaseText('shop', { chartRef: { kind: 'OCIRepository', name: 'chart' } }),
    },
    elsewhere: { 'oci://ghcr.io/acme/shop:1.0.0': AT_ROOT },
    renders: { shop: ['ConfigMap flux-system/shop color=none size=none'] },
  },
  {
    name: 'HelmRelease: chartRef to a HelmChart',
    files: {
      ...CHART,
      ...VALUES,
      [SYNC]:
        fluxText('source.toolkit.fluxcd.io/v1', 'HelmChart', 'chart', OF_GIT.chart.spec) +
        '---\n' +
        releaseText('shop', { chartRef: { kind: 'HelmChart', name: 'chart' } }),
    },
    renders: { shop: ['ConfigMap flux-system/shop color=none size=none'] },
  },
  {
    name: 'HelmRelease: valuesFrom and the order of values',
    files: release(
      {
        valuesFrom: [
          { kind: 'ConfigMap', name: 'values' },
          { kind: 'ConfigMap', name: 'values', valuesKey: 'one', targetPath: 'size' },
        ],
        values: { color: 'inline' },
      },
      {
        'clusters/production/config.yaml': kustomizationText('config', './config'),
        'config/values.yaml': configMapText(
          'values',
          { 'values.yaml': 'color: from\nsize: from\n', one: 'single' },
          { namespace: 'flux-system' },
        ),
      },
    ),
    renders: {
      shop: ['ConfigMap flux-system/shop color=inline size=single'],
      config: ['ConfigMap flux-system/values one=single values.yaml=color: from\nsize: from\n'],
    },
  },
  {
    name: 'HelmRelease: valuesFiles',
    files: release(
      { chart: { spec: { ...OF_GIT.chart.spec, valuesFiles: ['./charts/shop/values.yaml', './env/prod.yaml'] } } },
      { 'env/prod.yaml': 'size: big\n' },
    ),
    renders: { shop: ['ConfigMap flux-system/shop color=none size=big'] },
  },
  {
    name: 'HelmRelease: targetNamespace and releaseName',
    files: release({ targetNamespace: 'mall' }),
    renders: { shop: ['ConfigMap mall/mall-shop color=none size=none'] },
  },
  {
    name: 'HelmRelease: releaseName as it is written',
    files: release({ targetNamespace: 'mall', releaseName: 'store' }),
    renders: { shop: ['ConfigMap mall/store color=none size=none'] },
  },
  {
    name: 'HelmRelease: postRenderers',
    files: release({
      postRenderers: [
        {
          kustomize: {
            patches: [
              { target: { kind: 'ConfigMap' }, patch: '[{"op":"replace","path":"/data/color","value":"patched"}]' },
            ],
          },
        },
      ],
    }),
    renders: { shop: ['ConfigMap flux-system/shop color=patched size=none'] },
  },
  {
    name: 'HelmRelease: CRDs that are skipped',
    files: release(
      { install: { crds: 'Skip' }, upgrade: { crds: 'Skip' } },
      {
        'charts/shop/crds/x.yaml':
          'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n',
      },
    ),
    renders: { shop: ['ConfigMap flux-system/shop color=none size=none'] },
  },
  {
    name: 'HelmRelease: values of an encrypted Secret are unknown',
    files: release(
      { valuesFrom: [{ kind: 'Secret', name: 'vars', valuesKey: 'color', targetPath: 'color' }] },
      {
        'clusters/production/config.yaml': kustomizationText('config', './config'),
        'config/vars.yaml': encryptedSecret(),
      },
    ),
    renders: { shop: ['ConfigMap flux-system/shop color=******** size=none'] },
  },
  {
    name: 'HelmRelease: a document of values that is encrypted as a whole',
    files: release(
      { valuesFrom: [{ kind: 'Secret', name: 'vars', valuesKey: 'color' }] },
      {
        'clusters/production/config.yaml': kustomizationText('config', './config'),
        'config/vars.yaml': encryptedSecret(),
      },
    ),
    errors: { shop: 'encrypted as a whole' },
  },
];

/** A Secret as SOPS leaves it in Git. */
function encryptedSecret(): string {
  const sops = {
    mac: 'ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]',
    version: '3.9.0',
    encrypted_regex: '^(data|stringData)$',
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vars', namespace: 'flux-system' },
    data: { color: 'ENC[AES256_GCM,data:y,iv:x,tag:x,type:str]' },
    sops,
  };
  return `${JSON.stringify(secret)}\n`;
}
