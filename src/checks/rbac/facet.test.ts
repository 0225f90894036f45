import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Atom } from '../../model/rbac.ts';
import { facetOf, sayAll } from './facet.ts';

test.each<[string, Atom]>([
  ['core/secrets:get', { group: '', resource: 'secrets', verb: 'get' }],
  ['%63ore/secrets:get', { group: 'core', resource: 'secrets', verb: 'get' }],
  ['apps/deployments/scale:*', { group: 'apps', resource: 'deployments/scale', verb: '*' }],
  ['core/secrets:get@a@b', { group: '', resource: 'secrets', verb: 'get', name: 'a@b' }],
  ['core/users:impersonate:user-info', { group: '', resource: 'users', verb: 'impersonate:user-info' }],
  ['url:/metrics:get', { url: '/metrics', verb: 'get' }],
])('%s', (facet, atom) => {
  expect(facetOf(atom)).toBe(facet);
});

test('two atoms never read alike', () => {
  const word = fc.oneof(
    fc.constantFrom('', 'core', '%63ore', 'a:b', 'a', 'b@c', '@', '/', 'url', '%2F'),
    fc.string({ maxLength: 3 }),
  );
  const atom = fc.oneof(
    fc.record({ group: word, resource: word, verb: word }),
    fc.record({ group: word, resource: word, verb: word, name: word }),
  );
  fc.assert(
    fc.property(atom, atom, (left, right) => {
      expect(facetOf(left) === facetOf(right)).toBe(JSON.stringify(left) === JSON.stringify(right));
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, Atom, Atom, boolean]>([
  ['every verb', { group: '', resource: 'pods', verb: '*' }, { group: '', resource: 'pods', verb: 'get' }, true],
  ['every group', { group: '*', resource: 'pods', verb: 'get' }, { group: '', resource: 'pods', verb: 'get' }, true],
  [
    'a subresource',
    { group: '', resource: '*/exec', verb: 'get' },
    { group: '', resource: 'pods/exec', verb: 'get' },
    true,
  ],
  [
    'the parent',
    { group: '', resource: 'pods', verb: 'get' },
    { group: '', resource: 'pods/exec', verb: 'get' },
    false,
  ],
  [
    'no name for a name',
    { group: '', resource: 'pods', verb: 'get' },
    { group: '', resource: 'pods', verb: 'get', name: 'a' },
    true,
  ],
  [
    'a name for no name',
    { group: '', resource: 'pods', verb: 'get', name: 'a' },
    { group: '', resource: 'pods', verb: 'get' },
    false,
  ],
  ['a path', { url: '/debug/*', verb: '*' }, { url: '/debug/pprof', verb: 'get' }, true],
  ['another path', { url: '/debug/*', verb: 'get' }, { url: '/logs', verb: 'get' }, false],
])('%s', (_name, owner, atom, expected) => {
  expect(sayAll([owner], [atom])).toBe(expected);
});
