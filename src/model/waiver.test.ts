import { describe, expect, test } from '@jest/globals';
import { isValidOn, type Waiver, waiverFor } from './waiver.ts';

const NOON = new Date('2027-03-01T12:00:00Z');
const PROBLEM = {
  rule: 'rbac/wildcard-verb',
  object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', namespace: 'shop', name: 'ops' },
};
const WAIVER: Waiver = {
  rule: 'rbac/wildcard-verb',
  object: { kind: 'Role', name: 'ops', group: 'rbac.authorization.k8s.io', namespace: 'shop', cluster: 'production' },
  owner: 'team-ops',
  reason: 'until the operator is gone',
  expires: '2027-03-01',
};

function waived(waiver: Waiver): boolean {
  return waiverFor(PROBLEM, 'production', [waiver], NOON) !== undefined;
}

describe('waiverFor', () => {
  test('a waiver that names rule and object in full accepts the finding', () => {
    expect(waiverFor(PROBLEM, 'production', [WAIVER], NOON)).toBe(WAIVER);
  });

  test.each(['group', 'namespace', 'cluster'] as const)('an omitted %s means any', (part) => {
    expect(waived({ ...WAIVER, object: { ...WAIVER.object, [part]: undefined } })).toBe(true);
  });

  test.each(['kind', 'name', 'group', 'namespace', 'cluster'] as const)('another %s is not meant', (part) => {
    expect(waived({ ...WAIVER, object: { ...WAIVER.object, [part]: 'other' } })).toBe(false);
  });

  test.each(['kind', 'name', 'group', 'namespace', 'cluster'] as const)('a star as %s is no wildcard', (part) => {
    expect(waived({ ...WAIVER, object: { ...WAIVER.object, [part]: '*' } })).toBe(false);
  });

  test.each(['name', 'namespace'] as const)('another case of the %s is not meant', (part) => {
    expect(waived({ ...WAIVER, object: { ...WAIVER.object, [part]: WAIVER.object[part]?.toUpperCase() ?? '' } })).toBe(
      false,
    );
  });

  test('the core group is written as the empty text', () => {
    const pod = { rule: 'x/y', object: { apiVersion: 'v1', kind: 'Pod', namespace: '', name: 'it' } };
    const waiver = { ...WAIVER, rule: 'x/y', object: { kind: 'Pod', name: 'it', group: '' } };
    expect(waiverFor(pod, '', [waiver], NOON)).toBe(waiver);
  });

  test('another rule is not meant, not even one that starts alike', () => {
    expect(waived({ ...WAIVER, rule: 'rbac/wildcard' })).toBe(false);
    expect(waived({ ...WAIVER, rule: 'rbac/*' })).toBe(false);
  });

  test('two waivers that fit in part never combine', () => {
    const rightRule = { ...WAIVER, object: { ...WAIVER.object, name: 'other' } };
    const rightObject = { ...WAIVER, rule: 'rbac/other' };
    const rightDay = { ...WAIVER, expires: '2028-01-01', object: { ...WAIVER.object, cluster: 'staging' } };
    const expired = { ...WAIVER, expires: '2027-02-28' };
    expect(waiverFor(PROBLEM, 'production', [rightRule, rightObject, rightDay, expired], NOON)).toBeUndefined();
  });

  test('an expired waiver does not hide one that is valid', () => {
    expect(waiverFor(PROBLEM, 'production', [{ ...WAIVER, expires: '2026-01-01' }, WAIVER], NOON)).toBe(WAIVER);
  });

  test('a finding about no object cannot be waived', () => {
    expect(waiverFor({ ...PROBLEM, object: null }, 'production', [WAIVER], NOON)).toBeUndefined();
  });
});

describe('isValidOn', () => {
  test.each<[string, string, boolean]>([
    ['2027-03-01', '2027-02-28T23:59:59.999Z', true],
    ['2027-03-01', '2027-03-01T00:00:00Z', true],
    ['2027-03-01', '2027-03-01T23:59:59.999Z', true],
    ['2027-03-01', '2027-03-02T00:00:00Z', false],
    ['2027-03-01', '2027-03-01T23:59:59-05:00', false],
    ['2027-02-30', '2020-01-01T00:00:00Z', false],
    ['2028', '2020-01-01T00:00:00Z', false],
    ['', '2020-01-01T00:00:00Z', false],
    ['never', '2020-01-01T00:00:00Z', false],
  ])('%s on %s: %j', (expires, now, expected) => {
    expect(isValidOn(expires, new Date(now))).toBe(expected);
  });
});
