import { describe, expect, test } from '@jest/globals';
import { leadsTo } from './rbac-effect.ts';
import { blockedBy, type RbacBlock, type RbacGrant } from './rbac-grant.ts';

const ROBOT = { kind: 'ServiceAccount', name: 'robot', namespace: 'ci' };
const OBJECT = { apiVersion: 'v1', kind: 'Role', namespace: 'argocd', name: 'it' };

interface Given extends Partial<RbacGrant> {
  readonly rule?: string;
}

function blocks(given: Given, entry: RbacBlock): boolean {
  const { rule = 'rbac/gained-permissions', alsoSays = [], subjects = [ROBOT], reach = { namespace: 'ci' } } = given;
  return blockedBy({ rule, object: OBJECT, grant: { alsoSays, subjects, reach } }, [entry]) !== undefined;
}

const group = (name: string): Given => ({ subjects: [{ kind: 'Group', name, namespace: '' }] });
const account = (name: string, namespace?: string): RbacBlock => ({
  subjects: [{ kind: 'ServiceAccount', name, namespace }],
});

describe('blocks by', () => {
  test.each<readonly [name: string, given: Given, entry: RbacBlock, expected: boolean]>([
    ['effect', { rule: 'rbac/secrets-read' }, { effects: ['secrets'] }, true],
    ['another effect', { rule: 'rbac/secrets-read' }, { effects: ['nodes'] }, false],
    ['one of several effects', { rule: 'rbac/secrets-read' }, { effects: ['nodes', 'secrets'] }, true],
    ['rule', { rule: 'rbac/logs' }, { effects: ['rbac/logs'] }, true],
    [
      'a rule that it says as well',
      { rule: 'rbac/wildcard-verb', alsoSays: ['rbac/secrets-read'] },
      { effects: ['secrets'] },
      true,
    ],
    ['a rule that nobody knows', { rule: 'constructor' }, { effects: ['secrets'] }, false],
    ['whatever is granted', {}, { namespaces: ['ci'] }, true],
    ['another namespace', {}, { namespaces: ['kube-*'] }, false],
    ['a pattern of namespaces', { reach: { namespace: 'kube-system' } }, { namespaces: ['kube-*'] }, true],
    ['a namespace, of what is everywhere', { reach: 'all' }, { namespaces: ['kube-system'] }, true],
    ['a namespace, of what nobody knows where it is', { reach: 'unknown' }, { namespaces: ['kube-system'] }, true],
    ['a namespace, of what is in none', { reach: 'none' }, { namespaces: ['**'] }, false],
    ['account', {}, account('robot', 'ci'), true],
    ['account in any namespace', {}, account('r*t'), true],
    ['account of another namespace', {}, account('robot', 'shop'), false],
    ['another account', {}, account('default', 'ci'), false],
    ['an account, where the subjects are unknown', { subjects: 'unknown' }, account('default', 'ci'), true],
    ['an account, where nobody is bound', { subjects: [] }, account('**'), false],
    ['an account by its namespace', group('system:serviceaccounts:ci'), account('x', 'c*'), true],
    ['an account by another namespace', group('system:serviceaccounts:ci'), account('x', 'shop'), false],
    ['an account by all accounts', group('system:serviceaccounts'), account('x', 'shop'), true],
    ['an account by all logins', group('system:authenticated'), account('x', 'shop'), true],
    ['an account by some other group', group('devs'), account('**'), false],
    ['a user by all logins', group('system:authenticated'), { subjects: [{ kind: 'User', name: 'ann' }] }, true],
    ['a user by all accounts', group('system:serviceaccounts'), { subjects: [{ kind: 'User', name: 'ann' }] }, false],
    ['a group', group('devs'), { subjects: [{ kind: 'Group', name: 'devs' }] }, true],
    ['another group', group('system:authenticated'), { subjects: [{ kind: 'Group', name: 'devs' }] }, false],
    ['effect and place', { rule: 'rbac/secrets-read' }, { effects: ['secrets'], namespaces: ['ci'] }, true],
    ['effect at another place', { rule: 'rbac/secrets-read' }, { effects: ['secrets'], namespaces: ['shop'] }, false],
    ['effect for another', { rule: 'rbac/secrets-read' }, { effects: ['secrets'], ...account('default') }, false],
    ['leaving the own namespace', { reach: { namespace: 'shop' } }, { effects: ['cross-namespace'] }, true],
    ['leaving it for all', { reach: 'all' }, { effects: ['cross-namespace'] }, true],
    ['staying in it', {}, { effects: ['cross-namespace'] }, false],
    ['rights on what has no namespace', { reach: 'none' }, { effects: ['cross-namespace'] }, false],
    [
      'a group, which has no namespace to leave',
      { ...group('devs'), reach: 'all' },
      { effects: ['cross-namespace'] },
      false,
    ],
  ])('%s', (_name, given, entry, expected) => {
    expect(blocks(given, entry)).toBe(expected);
  });

  test('effect and rule also where nothing is granted, at the place of the object', () => {
    const problem = { rule: 'rbac/flux-foreign-source', object: OBJECT };
    expect(blockedBy(problem, [{ effects: ['rbac/logs'] }, { effects: ['cross-namespace'] }])).toBe(1);
    expect(blockedBy(problem, [{ effects: ['cross-namespace'], namespaces: ['argocd'] }])).toBe(0);
    expect(blockedBy(problem, [{ effects: ['cross-namespace'], namespaces: ['shop'] }])).toBeUndefined();
    expect(blockedBy(problem, [{ effects: ['cross-namespace'], ...account('**') }])).toBeUndefined();
    expect(blockedBy(problem, [{ namespaces: ['argocd'] }])).toBeUndefined();
    expect(
      blockedBy({ ...problem, object: null }, [{ effects: ['cross-namespace'], namespaces: ['argocd'] }]),
    ).toBeUndefined();
  });

  test('a name of everything that objects have is no effect', () => {
    expect(leadsTo('toString', 'secrets')).toBe(false);
  });
});
