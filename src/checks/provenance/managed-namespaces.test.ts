import { expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { anApp } from '../../../test/builders/rendered.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { withManagedNamespaces } from './managed-namespaces.ts';

const LABELS = { 'policy.sigstore.dev/include': 'true' };
const syncPolicy: JsonObject = {
  syncOptions: ['CreateNamespace=true'],
  managedNamespaceMetadata: { labels: LABELS },
};

function named(syncing: JsonObject, manifests: readonly Manifest[] = [], namespace = 'shop'): readonly object[] {
  const app = anApp({
    cluster: 'production',
    definition: { spec: { destination: { namespace }, syncPolicy: syncing } },
  });
  const all = withManagedNamespaces({ ...aWorld('base', manifests), apps: [app] });
  return all.filter(({ id }) => id.kind === 'Namespace').map(({ cluster, object }) => ({ cluster, ...object }));
}

const SHOP = aManifest({ kind: 'Namespace', metadata: { name: 'shop', namespace: '' } });

test('a namespace that Argo CD makes has the labels that its Application gives it', () => {
  const metadata = { name: 'shop', labels: LABELS };
  expect(named(syncPolicy)).toEqual([{ cluster: 'production', apiVersion: 'v1', kind: 'Namespace', metadata }]);
  expect(named(syncPolicy, [{ ...SHOP, cluster: 'staging' }])).toHaveLength(2);
});

test.each<[string, JsonObject, readonly Manifest[], string]>([
  ['without CreateNamespace', { ...syncPolicy, syncOptions: [] }, [], 'shop'],
  ['without labels', { ...syncPolicy, managedNamespaceMetadata: { annotations: { a: 'b' } } }, [], 'shop'],
  ['of which nobody says the name', syncPolicy, [], ''],
])('none is made %s', (_, syncing, manifests, namespace) => {
  expect(named(syncing, manifests, namespace)).toEqual([]);
});

test('one that stands in Git has its own labels', () => {
  expect(named(syncPolicy, [SHOP])).toEqual([{ cluster: 'production', ...SHOP.object }]);
});
