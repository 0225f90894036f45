import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { atomsOf, type PolicyRule, uncovered, urlCovers, widerResources } from './rbac.ts';

const words = (...from: readonly string[]): fc.Arbitrary<string[]> =>
  fc.array(fc.constantFrom(...from), { maxLength: 3 });
const aRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: words('get', 'create', '*'),
  apiGroups: words('', 'apps', '*'),
  resources: words('pods', 'pods/exec', 'pods/*', '*/exec', '*'),
  resourceNames: words('a', '*'),
  nonResourceURLs: words('/metrics', '/debug/*', '*'),
});
const someRules = fc.array(aRule, { maxLength: 4 });

test('a permission set covers itself', () => {
  fc.assert(fc.property(someRules, (rules) => expect(uncovered(rules, rules)).toEqual([])));
});

test('a larger set covers a smaller one', () => {
  fc.assert(
    fc.property(someRules, someRules, (left, right) => expect(uncovered([...left, ...right], right)).toEqual([])),
  );
});

test.each([
  ['pods', ['pods', '*']],
  ['pods/exec', ['pods/exec', '*', '*/exec']],
  ['a/b/c', ['a/b/c', '*', '*/b/c']],
] as const)('%s is given by %j', (resource, expected) => {
  expect(widerResources(resource)).toEqual(expected);
});

test('all trailing stars are one prefix', () => {
  expect(urlCovers('/debug/***', '/debug/pprof')).toBe(true);
});

test('atoms of a huge product are made one by one', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `r${index}`);
  const rule = { verbs: many, apiGroups: many, resources: many, resourceNames: [], nonResourceURLs: [] };
  expect(atomsOf(rule).next().value).toEqual({ group: 'r0', resource: 'r0', verb: 'r0' });
});
