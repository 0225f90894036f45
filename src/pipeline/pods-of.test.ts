import { expect, test } from '@jest/globals';
import { aManifest } from '../../test/builders/manifest.ts';
import { type JsonObject, listAt, textAt } from '../model/json.ts';
import { podsOf } from './pods-of.ts';

const spec = { containers: [{ name: 'web', image: 'web:1' }] };
const template = { metadata: { labels: { app: 'web' } }, spec };

test.each<[string, JsonObject, readonly object[]]>([
  ['a Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template } }, [{ kind: 'ReplicaSet' }]],
  [
    'a CronJob',
    { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } },
    [{ apiVersion: 'batch/v1', kind: 'Job' }],
  ],
  [
    'a kind that nobody knows, of two templates',
    { apiVersion: 'acme.example/v1', kind: 'Shop', spec: { parts: [{ template }, { template }] } },
    [{ apiVersion: 'acme.example/v1', kind: 'Shop' }, { kind: 'Shop' }],
  ],
  ['a Pod', { kind: 'Pod', spec }, []],
  ['a kind with that name', { apiVersion: 'acme.example/v1', kind: 'Pod', spec: { template } }, [{ kind: 'Pod' }]],
  [
    'values of a chart',
    { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', spec: { values: { spec } } },
    [],
  ],
  [
    'containers without images',
    { apiVersion: 'acme.example/v1', kind: 'Shop', spec: { containers: [{ name: 'a' }] } },
    [],
  ],
])('%s', (_, object, owners) => {
  const pods = podsOf(aManifest(object), 'shop', []);
  expect(pods).toMatchObject(
    owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'shop', labels: { app: 'web' }, ownerReferences: [{ ...owner, name: 'it' }] },
      spec,
    })),
  );
  expect(pods).toHaveLength(owners.length);
});

const outer = { containers: [{ name: 'a', image: 'a:1' }], volumes: [{ name: 'v', image: { reference: 'volume:1' } }] };
const robots = { group: 'acme.example', kinds: ['Shop'], paths: ['spec.image', 'spec.again'] };

test.each<[string, JsonObject, readonly string[]]>([
  [
    'an Argo Workflow',
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      spec: { templates: [{ container: { image: 'job:1' } }, { container: { image: '{{inputs.image}}' } }] },
    },
    ['job:1'],
  ],
  [
    'a field that the policy names, once',
    { apiVersion: 'acme.example/v1', kind: 'Shop', spec: { image: 'b:1', again: 'b:1' } },
    ['b:1'],
  ],
  [
    'a pod spec inside a pod spec, and no volume',
    { apiVersion: 'acme.example/v1', kind: 'Other', spec: { ...outer, more: { template } } },
    ['a:1', 'web:1'],
  ],
  [
    'init containers alone',
    { apiVersion: 'acme.example/v1', kind: 'Other', spec: { initContainers: [{ image: 'c:1' }] } },
    ['c:1'],
  ],
])('a pod for each image of %s', (_, object, images) => {
  const pods = podsOf(aManifest(object), 'shop', [robots]);
  const found = pods.flatMap((pod) => listAt(pod['spec'], 'containers').map((one) => textAt(one, 'image')));
  expect(found).toEqual(images);
});
