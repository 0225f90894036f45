import { expect, test } from '@jest/globals';
import { aRoleOf, bound, named } from '../../../test/builders/paths.ts';
import { aClusterRole } from '../../../test/builders/rbac.ts';
import type { Manifest } from '../../model/manifest.ts';
import { clusterRights } from './effective/cluster.ts';
import { Holders } from './holders.ts';

const label = { 'example.com/part': 'true' };
const PART = aClusterRole(['core/secrets:get'], { metadata: { name: 'part', namespace: '', labels: label } });
const ALL = aClusterRole([], {
  metadata: { name: 'all', namespace: '' },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
});
const to = (role: string, name: string) => named(bound(role, `User:${name}`), name);
const ANN = to('all', 'ann');
const CLUSTER = [PART, ALL, aRoleOf('other', 'core/pods:get'), to('part', 'bob'), ANN, to('part', 'carl')];

test.each<readonly [name: string, manifest: Manifest, holders: readonly string[]]>([
  ['a role, whoever is bound to it or to one that aggregates it, as the bindings come', PART, ['bob', 'ann', 'carl']],
  ['a role that aggregates, whoever is bound to it', ALL, ['ann']],
  ['a binding, whom it names', ANN, ['ann']],
  ['a role that nobody is bound to, nobody', aRoleOf('other', 'core/pods:get'), []],
])('by %s', (_, manifest, holders) => {
  const found = new Holders(clusterRights(CLUSTER)).of(manifest);
  expect(found.map(({ name }) => name)).toEqual(holders);
});
