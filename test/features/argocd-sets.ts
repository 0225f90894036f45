import { applicationSetText, applicationText, configMapText, OWN_URL, setTemplate } from '../builders/manifests.ts';
import type { Feature } from './feature.ts';

const APPS = { 'apps/a/x.yaml': configMapText('of-a', {}), 'apps/b/x.yaml': configMapText('of-b', {}) };
const OF_BOTH = { a: ['ConfigMap of-a'], b: ['ConfigMap of-b'] };
const CLUSTERS =
  'version: 1\nclusters:\n  production: { server: "https://p.example", labels: { env: prod, app: a } }\n  staging: { server: "https://s.example", labels: { env: stage, app: b } }\n';

function set(spec: object, more: Feature['files'] = {}): Feature['files'] {
  return { ...APPS, 'set.yaml': applicationSetText('set', spec), ...more };
}

const list = (...elements: readonly object[]) => ({ list: { elements } });
const git = (more: object) => ({ git: { repoURL: OWN_URL, revision: 'main', ...more } });

const NETWORK: Readonly<Record<string, object>> = {
  scmProvider: { github: { organization: 'acme' } },
  pullRequest: { github: { owner: 'acme', repo: 'shop' } },
  plugin: { configMapRef: { name: 'p' } },
  clusterDecisionResource: { configMapRef: 'c', name: 'x' },
};

/** ApplicationSets and apps of apps. */
export const ARGOCD_SETS: readonly Feature[] = [
  {
    name: 'ApplicationSet: list',
    files: set({ generators: [list({ app: 'a' }, { app: 'b' })], template: setTemplate('{{app}}', 'apps/{{app}}') }),
    renders: OF_BOTH,
  },
  {
    name: 'ApplicationSet: git directories',
    files: set(
      {
        generators: [git({ directories: [{ path: 'apps/*' }, { path: 'apps/c', exclude: true }] })],
        template: setTemplate('{{path.basename}}', '{{path}}'),
      },
      { 'apps/c/x.yaml': configMapText('of-c', {}) },
    ),
    renders: OF_BOTH,
  },
  {
    name: 'ApplicationSet: git files',
    files: set(
      {
        generators: [git({ files: [{ path: 'config/*.json' }] })],
        template: setTemplate('{{app.name}}', 'apps/{{app.name}}'),
      },
      { 'config/a.json': '{"app":{"name":"a"}}', 'config/b.json': '{"app":{"name":"b"}}' },
    ),
    renders: OF_BOTH,
  },
  {
    name: 'ApplicationSet: git files of another repository',
    files: set({
      generators: [{ git: { repoURL: 'https://git.example/fleet', revision: 'v1', files: [{ path: 'x.json' }] } }],
      template: setTemplate('{{app}}', 'apps/{{app}}'),
    }),
    elsewhere: { 'https://git.example/fleet@v1': { 'x.json': '{"app":"a"}' } },
    renders: { a: ['ConfigMap of-a'] },
  },
  {
    name: 'ApplicationSet: clusters',
    files: set(
      {
        generators: [{ clusters: { selector: { matchLabels: { env: 'prod' } } } }],
        template: setTemplate('{{metadata.labels.app}}', 'apps/{{metadata.labels.app}}'),
      },
      { '.presync.yaml': CLUSTERS },
    ),
    renders: { a: ['ConfigMap of-a'] },
  },
  {
    name: 'ApplicationSet: matrix and merge',
    files: set(
      {
        generators: [
          {
            matrix: {
              generators: [
                list({ app: 'a' }, { app: 'b' }),
                {
                  merge: {
                    mergeKeys: ['name'],
                    generators: [
                      { clusters: { selector: { matchLabels: { env: 'prod' } } } },
                      list({ name: 'production', size: 'big' }),
                    ],
                  },
                },
              ],
            },
          },
        ],
        template: setTemplate('{{app}}-{{size}}', 'apps/{{app}}'),
      },
      { '.presync.yaml': CLUSTERS },
    ),
    renders: { 'a-big': ['ConfigMap of-a'], 'b-big': ['ConfigMap of-b'] },
  },
  {
    name: 'ApplicationSet: goTemplate with options',
    files: set({
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [list({ app: 'A' })],
      template: setTemplate('{{.app | lower}}', 'apps/{{.app | lower}}'),
    }),
    renders: { a: ['ConfigMap of-a'] },
  },
  {
    name: 'ApplicationSet: goTemplate with a missing key',
    files: set({
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [list({ app: 'a' })],
      template: setTemplate('{{.name}}', 'apps/a'),
    }),
    errors: { set: 'name' },
  },
  {
    name: 'ApplicationSet: templatePatch',
    files: set(
      {
        goTemplate: true,
        generators: [list({ app: 'a', prefix: 'p-' })],
        template: setTemplate('{{.app}}', 'apps/a'),
        templatePatch: 'spec:\n  source:\n    kustomize:\n      namePrefix: {{.prefix}}\n',
      },
      { 'apps/a/kustomization.yaml': 'resources: [x.yaml]\n' },
    ),
    renders: { a: ['ConfigMap p-of-a'] },
  },
  {
    name: 'ApplicationSet: selectors and preserved fields',
    files: set({
      preservedFields: { annotations: ['x'] },
      generators: [
        { ...list({ app: 'a', keep: 'yes' }, { app: 'b', keep: 'no' }), selector: { matchLabels: { keep: 'yes' } } },
      ],
      template: setTemplate('{{app}}', 'apps/{{app}}'),
    }),
    renders: { a: ['ConfigMap of-a'] },
  },
  {
    name: 'ApplicationSet: generators that ask the network',
    files: {
      ...APPS,
      'set.yaml': ['scmProvider', 'pullRequest', 'plugin', 'clusterDecisionResource']
        .map((kind) =>
          applicationSetText(kind.toLowerCase(), {
            generators: [{ [kind]: NETWORK[kind] }],
            template: setTemplate('x', 'apps/a'),
          }),
        )
        .join('---\n'),
    },
    errors: {
      scmprovider: 'scmProvider',
      pullrequest: 'pullRequest',
      plugin: 'plugin',
      clusterdecisionresource: 'clusterDecisionResource',
    },
  },
  {
    name: 'ApplicationSet: samples of generators that ask the network',
    files: set(
      {
        generators: [{ pullRequest: { github: { owner: 'acme', repo: 'shop' } } }],
        template: setTemplate('a-{{number}}', 'apps/a'),
      },
      { '.presync.yaml': 'version: 1\nargocd: { generators: { pullRequest: [{ number: "7", branch: x }] } }\n' },
    ),
    renders: { 'a-7': ['ConfigMap of-a'] },
  },
  {
    name: 'app of apps',
    files: {
      'root.yaml': applicationText('root', { path: 'children' }),
      'children/kustomization.yaml':
        'resources: [child.yaml]\npatches: [{ target: { kind: Application }, patch: \'[{"op":"replace","path":"/spec/source/path","value":"apps/b"}]\' }]\n',
      'children/child.yaml': applicationText('child', { path: 'apps/a' }),
      ...APPS,
    },
    renders: { root: ['Application argocd/child'], child: ['ConfigMap of-b'] },
  },
  {
    name: 'apps that bring themselves',
    files: { 'self/self.yaml': applicationText('self', { path: 'self' }) },
    renders: { self: ['Application argocd/self'] },
  },
  {
    name: 'AppProjects are known to the sets',
    files: set(
      {
        generators: [git({ directories: [{ path: 'apps/*' }] })],
        template: setTemplate('{{path.basename}}', '{{path}}', { project: 'shop' }),
      },
      {
        'project.yaml':
          '{"apiVersion":"argoproj.io/v1alpha1","kind":"AppProject","metadata":{"name":"shop","namespace":"argocd"},"spec":{"sourceRepos":["*"]}}',
      },
    ),
    renders: OF_BOTH,
  },
  {
    name: 'hydrated sources',
    files: {
      'apps.yaml': `{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"dry","namespace":"argocd"},"spec":{"project":"default","destination":{"name":"production","namespace":"shop"},"sourceHydrator":{"drySource":{"repoURL":"${OWN_URL}","path":"apps/a","targetRevision":"main"},"syncSource":{"targetBranch":"env/prod","path":"a"}}}}`,
      ...APPS,
    },
    renders: { dry: ['ConfigMap of-a'] },
  },
];
