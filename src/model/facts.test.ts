import { expect, test } from '@jest/globals';
import { type AppFacts, appFacts, type ObjectFacts, objectFacts } from './facts.ts';
import type { JsonObject } from './json.ts';

test.each<readonly [name: string, annotations: JsonObject, facts: ObjectFacts]>([
  ['nothing', {}, {}],
  ['a hook of Argo CD', { 'argocd.argoproj.io/hook': 'PreSync, Sync' }, { hooks: ['PreSync', 'Sync'] }],
  [
    'a hook of Helm',
    {
      'helm.sh/hook': 'pre-install,pre-upgrade',
      'helm.sh/hook-weight': '-5',
      'helm.sh/hook-delete-policy': 'hook-succeeded',
    },
    { hooks: ['pre-install', 'pre-upgrade'], wave: -5, hookDeletePolicy: ['hook-succeeded'] },
  ],
  [
    'both: that of Argo CD counts',
    { 'argocd.argoproj.io/hook': 'PostSync', 'helm.sh/hook': 'post-install' },
    { hooks: ['PostSync'] },
  ],
  ['a sync wave', { 'argocd.argoproj.io/sync-wave': '3' }, { wave: 3 }],
  ['a wave that is none', { 'argocd.argoproj.io/sync-wave': 'late' }, {}],
  [
    'options',
    { 'argocd.argoproj.io/sync-options': 'Prune=false,Replace=true' },
    { syncOptions: ['Prune=false', 'Replace=true'] },
  ],
])('facts of an object: %s', (_, annotations, facts) => {
  expect(objectFacts({ metadata: { annotations } })).toEqual(facts);
});

test.each<readonly [name: string, spec: JsonObject, facts: AppFacts]>([
  ['nothing', {}, {}],
  ['suspended', { suspend: true }, { suspended: true }],
  ['not suspended', { suspend: false }, {}],
  ['pruning', { prune: false }, { prune: false }],
  [
    'dependencies',
    { dependsOn: [{ name: 'a' }, { name: 'b', namespace: 'other' }] },
    { dependsOn: ['flux-system/a', 'other/b'] },
  ],
  [
    'health checks',
    { healthChecks: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' }] },
    { healthChecks: ['Deployment shop/web'] },
  ],
  [
    'drift that is let be',
    { driftDetection: { mode: 'enabled', ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] } },
    { driftIgnored: ['/spec/replicas'] },
  ],
])('facts of an app: %s', (_, spec, facts) => {
  expect(appFacts({ metadata: { namespace: 'flux-system' }, spec })).toEqual(facts);
});
