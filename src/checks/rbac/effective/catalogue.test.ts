import { describe, expect, test } from '@jest/globals';
import { aRule } from '../../../../test/builders/rbac.ts';
import { RULES } from '../index.ts';
import { readRules } from '../policy-rule.ts';
import { hitsOf } from './catalogue.ts';
import { asRole } from './effects.ts';
import { RuleLists } from './rule-lists.ts';

const READING = { scope: 'cluster', absentGroups: [] } as const;

function held(...texts: readonly string[]) {
  const { rules } = readRules(texts.map(aRule), READING);
  return rules.map((placed) => ({ ...placed, text: JSON.stringify(placed.rule) }));
}

const GRANTS: readonly (readonly string[])[] = [
  ['*/*:*'],
  ['core/configmaps:get,update'],
  ['core/configmaps:update@aws-auth,coredns,cluster-info'],
  ['core/secrets:get'],
  ['core/secrets:get@admin', 'core/pods:create'],
  ['core/pods/exec:get'],
  ['coordination.k8s.io/leases:update'],
  ['core/nodes/proxy:get', 'core/serviceaccounts/token:create'],
];
const SCOPES = ['shop', 'pay', 'kube-system', 'kube-public', 'argocd', 'flux-system', '', '\u0001app'];

describe('the catalogue, asked again about equal rules', () => {
  test.each(GRANTS)('says of everybody with %s what it says of the first', (...texts) => {
    const list = new RuleLists().of([held(...texts)]);
    for (const [scope, minor] of SCOPES.flatMap((one) => [99, 20].map((version) => [one, version] as const))) {
      const role = asRole(list, { scope, holder: `whoever is in ${scope}` });
      const asked = RULES.flatMap((rule) => rule.hits(role, { minor }).map((hit) => ({ rule, hit })));
      expect(hitsOf(role, RULES, { minor })).toEqual(asked);
      // And of one who is only asked the rules that had something to say.
      const other = asRole(list, { scope, holder: 'another' });
      expect(hitsOf(other, RULES, { minor })).toEqual(
        RULES.flatMap((rule) => rule.hits(other, { minor }).map((hit) => ({ rule, hit }))),
      );
    }
  });

  test('keeps two catalogues apart', () => {
    const role = asRole(new RuleLists().of([held('core/secrets:get')]), { scope: '', holder: 'ann' });
    expect(hitsOf(role, [], {})).toEqual([]);
    expect(hitsOf(role, RULES, {})).not.toEqual([]);
  });
});

describe('lists of rules', () => {
  const [get, list] = [held('core/secrets:get'), held('core/secrets:list')];

  test('are one where they are equal, whoever wrote them', () => {
    const lists = new RuleLists();
    expect(lists.of([held('core/secrets:get'), held('core/pods:get')])).toBe(
      lists.of([held('core/secrets:get'), held('core/pods:get')]),
    );
  });

  test.each([
    ['the order', [get, list], [list, get]],
    ['one more', [get], [get, list]],
    ['the role that says it', [get, list], [held('core/secrets:get', 'core/secrets:list')]],
    ['the place in the role', [held('core/pods:get', 'core/secrets:get').slice(1)], [get]],
  ])('are two where %s differs', (_, one, other) => {
    const lists = new RuleLists();
    expect(lists.of(one)).not.toBe(lists.of(other));
  });
});
