import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Atom, atomsOf } from '../../../model/rbac.ts';
import { facetOf } from '../facet.ts';
import { rulesGiving } from './gain-of.ts';

const word = (...words: readonly string[]) => fc.constantFrom(...words);
const anAtom: fc.Arbitrary<Atom> = fc.oneof(
  fc.record(
    {
      group: word('', 'apps', '*'),
      resource: word('pods', 'secrets', 'pods/exec', '*'),
      verb: word('get', 'list', '*'),
      name: word('a', 'b'),
    },
    { requiredKeys: ['group', 'resource', 'verb'] },
  ),
  fc.record({ url: word('/metrics', '/logs/*'), verb: word('get', '*') }),
);

describe('rules that give some atoms', () => {
  test('give each of them and no other', () => {
    fc.assert(
      fc.property(fc.array(anAtom, { maxLength: 20 }), (atoms) => {
        const given = rulesGiving(atoms).flatMap((rule) => [...atomsOf(rule)]);
        expect(new Set(given.map(facetOf))).toEqual(new Set(atoms.map(facetOf)));
      }),
    );
  });

  test('share what differs in the resource alone', () => {
    const atoms = ['pods', 'services'].flatMap((resource) =>
      ['list', 'get'].map((verb) => ({ group: '', resource, verb })),
    );
    const expected = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'services'] };
    expect(rulesGiving(atoms)).toEqual([{ ...expected, resourceNames: [], nonResourceURLs: [] }]);
  });

  test('name objects in one list', () => {
    const atoms = ['b', 'a'].map((name) => ({ group: '', resource: 'secrets', verb: 'get', name }));
    expect(rulesGiving(atoms)).toMatchObject([{ resources: ['secrets'], resourceNames: ['a', 'b'] }]);
  });

  test('name paths in one list', () => {
    const atoms = ['/metrics', '/logs'].map((url) => ({ url, verb: 'get' }));
    expect(rulesGiving(atoms)).toMatchObject([{ nonResourceURLs: ['/logs', '/metrics'], resources: [] }]);
  });
});
