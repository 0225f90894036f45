import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { aBinding, aClusterRole, aRole } from '../../../test/builders/rbac.ts';
import { DEFAULT_POLICY, readPolicy } from '../../config/policy.ts';
import { RBAC_RULE_EFFECTS } from '../../model/rbac-effect.ts';
import { blockedBy } from '../../model/rbac-grant.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { WholeWorlds } from '../check.ts';
import { rbac, RULES, WHOLE_RULES } from './index.ts';

test('policy knows every rule of the check and no other', () => {
  const ids = [...new Set([...RULES, ...WHOLE_RULES].map(({ id }) => id))];
  expect(Object.keys(RBAC_RULE_EFFECTS).toSorted()).toEqual(ids.toSorted());
});

interface Given {
  readonly rest?: readonly Manifest[];
  readonly merged: readonly Manifest[];
  readonly whole?: false;
  readonly notCounted?: WholeWorlds['notCounted'];
}

/** Rules whose new findings the entry blocks. */
async function blocked(
  entry: string,
  { rest = [], merged, whole: isWhole, notCounted = [] }: Given,
): Promise<readonly string[]> {
  const policy = readPolicy(`version: 1\nrbac: { blockWhere: [${entry}] }`, 'x');
  const others = rest.map((one) => ({ ...one, app: 'other' }));
  const whole = {
    base: aWorld('base', others),
    merged: aWorld('merged', [...others, ...merged]),
    builtIn: [],
    notCounted,
  };
  const input = { base: aWorld('base', []), merged: aWorld('merged', merged), policy };
  const found = await rbac.run(isWhole === false ? input : { ...input, whole }, AbortSignal.any([]));
  const blocking = found.filter((one) => one.side === 'merged' && blockedBy(one, policy.rbac.blockWhere) !== undefined);
  return [...new Set(blocking.map(({ rule }) => rule))];
}

const SA = 'ServiceAccount:shop/web';
const WEB = aManifest({ kind: 'ServiceAccount', metadata: { name: 'web' } });
const here = (role: string): Manifest => aBinding('RoleBinding', role, [SA]);
const everywhere = (subject: string): Manifest => aBinding('ClusterRoleBinding', 'ClusterRole/it', [subject]);
const READS = aClusterRole(['core/secrets:get']);
const PODS = aClusterRole(['core/pods:get']);
const NODES = aClusterRole(['core/nodes:get']);

describe('an entry of rbac.blockWhere', () => {
  test.each<readonly [name: string, entry: string, given: Given, expected: readonly string[]]>([
    [
      'sees an effect of a role',
      '{ effects: [secrets] }',
      { merged: [aRole(['core/secrets:get'])] },
      ['rbac/secrets-read'],
    ],
    [
      'sees it under a wildcard that says it in its place',
      '{ effects: [secrets] }',
      { merged: [aRole(['core/secrets:*'])] },
      ['rbac/wildcard-verb'],
    ],
    [
      'sees it under cluster-admin',
      '{ effects: [rbac/nodes-proxy] }',
      { merged: [aClusterRole(['*/*:*'])] },
      ['rbac/cluster-admin-equivalent'],
    ],
    ['does not see it under another wildcard', '{ effects: [secrets] }', { merged: [aRole(['core/pods:*'])] }, []],
    [
      'sees what a binding brings',
      '{ effects: [secrets] }',
      { rest: [READS, WEB], merged: [everywhere(SA)] },
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'sees the subject of a binding to a role that says so itself',
      `{ effects: [secrets], subjects: [{ kind: ServiceAccount, name: web }] }`,
      { rest: [WEB], merged: [READS, everywhere(SA)] },
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'sees no other subject',
      `{ effects: [secrets], subjects: [{ kind: ServiceAccount, name: api }] }`,
      { rest: [WEB], merged: [READS, everywhere(SA)] },
      [],
    ],
    [
      'sees harmless rights in a namespace',
      '{ namespaces: [shop] }',
      { rest: [PODS, WEB], merged: [here('ClusterRole/it')] },
      ['rbac/gained-permissions'],
    ],
    [
      'and not in another',
      '{ namespaces: [kube-system] }',
      { rest: [PODS, WEB], merged: [here('ClusterRole/it')] },
      [],
    ],
    [
      'sees in each namespace what is gained in the cluster',
      '{ namespaces: [kube-system] }',
      { rest: [PODS, WEB], merged: [everywhere(SA)] },
      ['rbac/gained-permissions'],
    ],
    [
      'but not what has no namespace',
      '{ namespaces: [kube-system] }',
      { rest: [NODES, WEB], merged: [everywhere(SA)] },
      [],
    ],
    [
      'sees an account that leaves its namespace',
      '{ effects: [cross-namespace] }',
      { rest: [PODS, WEB], merged: [everywhere(SA)] },
      ['rbac/gained-permissions'],
    ],
    [
      'a role that nobody is bound to is nowhere',
      '{ effects: [secrets], namespaces: [kube-system] }',
      { merged: [READS] },
      [],
    ],
    [
      'unless it may be bound in an app that was not counted',
      '{ effects: [secrets], namespaces: [kube-system] }',
      { merged: [READS], notCounted: [{ app: 'b', cluster: 'production', side: 'merged', reason: 'no' }] },
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'or no cluster is known',
      '{ effects: [secrets], subjects: [{ kind: User, name: ann }] }',
      { merged: [READS], whole: false },
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'sees a rule about a binding',
      '{ effects: [cluster-admin], namespaces: [shop] }',
      { rest: [WEB], merged: [here('ClusterRole/cluster-admin')] },
      ['rbac/cluster-admin-binding'],
    ],
    [
      'sees what a mistake in a role does not grant only by its rule',
      '{ namespaces: [shop] }',
      { merged: [aRole(['core/pods/*:get'])] },
      [],
    ],
    [
      'by its rule it does',
      '{ effects: [rbac/ineffective-grant] }',
      { merged: [aRole(['core/pods/*:get'])] },
      ['rbac/ineffective-grant'],
    ],
  ])('%s', async (_name, entry, given, expected) => {
    expect(await blocked(entry, given)).toEqual(expected);
  });

  test('nothing is named by default', () => {
    expect(DEFAULT_POLICY.rbac.blockWhere).toEqual([]);
  });
});
