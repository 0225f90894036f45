import { expect, test } from '@jest/globals';
import { aManifest } from '../../test/builders/manifest.ts';
import type { JsonObject } from '../model/json.ts';
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
  const pods = podsOf(aManifest(object), 'shop');
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
