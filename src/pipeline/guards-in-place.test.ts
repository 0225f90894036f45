import { expect, test } from '@jest/globals';
import { aManifest, aWorld, SHOP } from '../../test/builders/manifest.ts';
import { anApp } from '../../test/builders/rendered.ts';
import type { JsonObject } from '../model/json.ts';
import { guardsInPlace } from './guards-in-place.ts';

const own: JsonObject = { apiVersion: 'policies.kyverno.io/v1', kind: 'NamespacedImageValidatingPolicy' };

test.each<[string, JsonObject, string]>([
  ['without a namespace', { ...own, metadata: { namespace: '' } }, 'here'],
  ['with a namespace of its own', { ...own, metadata: { namespace: 'there' } }, 'there'],
  ['of the older kind', { apiVersion: 'kyverno.io/v1', kind: 'Policy', metadata: { namespace: '' } }, 'here'],
  ['for a whole cluster', { ...own, kind: 'ImageValidatingPolicy', metadata: { namespace: '' } }, ''],
])('a policy %s stands in %#', (_, object, namespace) => {
  const app = { ...anApp({ definition: { spec: { destination: { namespace: 'here' } } } }), id: SHOP };
  const [found] = guardsInPlace({ ...aWorld('base', [aManifest(object)]), apps: [app] });
  expect(found?.id.namespace).toBe(namespace);
  expect(found?.object['metadata']).toMatchObject({ name: 'it', namespace });
});

test('a policy of an app that names no namespace may be in any', () => {
  const policy = aManifest({ ...own, metadata: { namespace: '' } });
  expect(guardsInPlace(aWorld('base', [policy]))).toEqual([policy]);
});
