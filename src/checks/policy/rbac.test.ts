import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { DEFAULT_POLICY, readPolicy } from '../../config/policy.ts';
import { RBAC_EFFECTS } from '../../model/rbac-effect.ts';
import { blockedBy, type RbacBlock } from '../../model/rbac-grant.ts';
import type { Policy } from '../../model/policy.ts';
import { allow, blockWhere } from './rbac.ts';
import { clusters } from './waivers.ts';

const read = (rbac: string): Policy => readPolicy(`version: 1\nrbac: ${rbac}`, '.presync.yaml');
const said = (base: string, proposed: string): readonly string[] =>
  [blockWhere, allow].flatMap((compare) => compare(read(base), read(proposed))).map(({ message }) => message);

const SECRETS =
  '{ effects: [secrets], namespaces: [kube-system], subjects: [{ kind: ServiceAccount, name: default }] }';
const OBJECT = 'object: { kind: Role, name: it, group: "", namespace: shop, cluster: production }';
const DECISION = `{ rule: rbac/logs, ${OBJECT}, owner: me, reason: r }`;
const LESS = 'rbac.blockWhere: secrets to ServiceAccount default in kube-system would no longer block, or less of it';

describe('a change lets more through when', () => {
  test.each([
    ['an entry goes', `{ blockWhere: [${SECRETS}] }`, '{}', [LESS]],
    [
      'an effect is another',
      `{ blockWhere: [${SECRETS}] }`,
      `{ blockWhere: [${SECRETS.replace('secrets', 'nodes')}] }`,
      [LESS],
    ],
    [
      'it is for one namespace of the service account',
      `{ blockWhere: [${SECRETS}] }`,
      `{ blockWhere: [${SECRETS.replace('default', 'default, namespace: a')}] }`,
      [LESS],
    ],
    [
      'it is for a kind less',
      `{ blockWhere: [${SECRETS}] }`,
      `{ blockWhere: [${SECRETS.replace('ServiceAccount', 'User')}] }`,
      [LESS],
    ],
    [
      'a place is another',
      `{ blockWhere: [${SECRETS}] }`,
      `{ blockWhere: [${SECRETS.replace('kube-system', 'kube-public')}] }`,
      [LESS],
    ],
    [
      'all is blocked in one place only',
      '{ blockWhere: [{ effects: [nodes] }] }',
      '{ blockWhere: [{ effects: [nodes], namespaces: ["**"] }] }',
      ['rbac.blockWhere: nodes would no longer block, or less of it'],
    ],
    [
      'only what is granted is meant',
      '{ blockWhere: [{ effects: [cross-namespace], namespaces: [a] }] }',
      '{ blockWhere: [{ namespaces: [a] }] }',
      ['rbac.blockWhere: cross-namespace in a would no longer block, or less of it'],
    ],
    [
      'one effect is left of all',
      '{ blockWhere: [{ namespaces: [a] }] }',
      '{ blockWhere: [{ namespaces: [a], effects: [secrets] }] }',
      ['rbac.blockWhere: whatever is granted in a would no longer block, or less of it'],
    ],
    [
      'something is allowed',
      '{}',
      `{ allow: [${DECISION}] }`,
      [
        'rbac.allow: a new one; rbac/logs in Role it (group "", namespace "shop", cluster "production") would never block again',
      ],
    ],
    [
      'it is allowed elsewhere',
      `{ allow: [${DECISION}] }`,
      `{ allow: [${DECISION.replace('production', 'staging')}] }`,
      [expect.stringContaining('cluster "staging"')],
    ],
    [
      'another rule is allowed',
      `{ allow: [${DECISION}] }`,
      `{ allow: [${DECISION.replace('logs', 'bind')}] }`,
      [expect.stringContaining('rbac/bind in Role it')],
    ],
  ])('%s', (_name, base, proposed, messages) => {
    expect(said(base, proposed)).toEqual(messages);
  });
});

const deciding = (paths: string): Policy =>
  readPolicy(`version: 1\nrbac: { allow: [${DECISION}] }\nclusters: { production: { paths: [${paths}] } }`, 'x');

test('what counts as the cluster of a decision says how far it goes', () => {
  expect(clusters(deciding('a/**'), deciding('a/**, b/**'))).toHaveLength(1);
  expect(clusters(deciding('a/**, b/**'), deciding('a/**'))).toEqual([]);
});

describe('a change lets nothing more through when', () => {
  test.each([
    ['an entry comes', '{}', `{ blockWhere: [${SECRETS}] }`],
    [
      'an entry is wider',
      `{ blockWhere: [${SECRETS}] }`,
      '{ blockWhere: [{ effects: [nodes, secrets], namespaces: [kube-*] }] }',
    ],
    ['a subject is wider', `{ blockWhere: [${SECRETS}] }`, `{ blockWhere: [${SECRETS.replace('default', '"**"')}] }`],
    ['a decision goes', `{ allow: [${DECISION}] }`, '{}'],
    [
      'somebody else answers for it',
      `{ allow: [${DECISION}] }`,
      `{ allow: [${DECISION.replace('owner: me', 'owner: you')}] }`,
    ],
  ])('%s', (_name, base, proposed) => {
    expect(said(base, proposed)).toEqual([]);
  });
});

const some = <Item>(item: fc.Arbitrary<Item>) =>
  fc.option(fc.array(item, { minLength: 1, maxLength: 2 }), { nil: undefined });
const aSubject = fc.record({
  kind: fc.constantFrom('ServiceAccount' as const, 'Group' as const),
  name: fc.constantFrom('*', 'a', 'system:*'),
  namespace: fc.constantFrom(undefined, 'a', '*'),
});
const anEntry: fc.Arbitrary<RbacBlock> = fc.record({
  effects: some(fc.constantFrom(...RBAC_EFFECTS, 'rbac/secrets-read')),
  subjects: some(aSubject),
  namespaces: some(fc.constantFrom('*', 'a', 'kube-*')),
});
const aProblem = fc.record({
  rule: fc.constantFrom('rbac/secrets-read', 'rbac/gained-permissions', 'rbac/nodes-proxy', 'rbac/flux-foreign-source'),
  object: fc.constant({ apiVersion: 'v1', kind: 'Role', namespace: 'a', name: 'a' }),
  grant: fc.option(
    fc.record({
      alsoSays: fc.constantFrom([], ['rbac/bind']),
      subjects: fc.constantFrom(
        'unknown' as const,
        [],
        [{ kind: 'ServiceAccount', name: 'a', namespace: 'a' }],
        [{ kind: 'Group', name: 'system:serviceaccounts:a', namespace: '' }],
      ),
      reach: fc.constantFrom(
        'all' as const,
        'none' as const,
        'unknown' as const,
        { namespace: 'a' },
        { namespace: 'kube-system' },
      ),
    }),
    { nil: undefined },
  ),
});

/** The same entry with a part less: it limits less. */
function widened({ effects, namespaces }: RbacBlock): RbacBlock {
  return { effects, namespaces };
}

const blocking = (written: readonly RbacBlock[]): Policy => ({
  ...DEFAULT_POLICY,
  rbac: { ...DEFAULT_POLICY.rbac, blockWhere: written },
});

test('where nothing is said, nothing passes that did not pass before', () => {
  const entries = fc.array(anEntry, { maxLength: 3 });
  fc.assert(
    fc.property(entries, entries, fc.boolean(), aProblem, (base, other, isKept, { grant, ...problem }) => {
      const proposed = isKept ? [...other, ...base.map(widened)] : other;
      const given = grant === undefined ? problem : { ...problem, grant };
      fc.pre(blockWhere(blocking(base), blocking(proposed)).length === 0 && blockedBy(given, base) !== undefined);
      expect(blockedBy(given, proposed)).toBeDefined();
    }),
    { numRuns: 200 },
  );
});
