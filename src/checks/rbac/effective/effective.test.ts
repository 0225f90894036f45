import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest, aWorld } from '../../../../test/builders/manifest.ts';
import { aBinding, aClusterRole, aRole } from '../../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { Problem } from '../../../model/finding.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { type Manifest, objectIdOf } from '../../../model/manifest.ts';
import type { Policy } from '../../../model/policy.ts';
import type { WholeWorlds } from '../../check.ts';
import { rbac } from '../index.ts';

interface Sides {
  /** Of apps that the change does not touch. */
  readonly rest?: readonly Manifest[];
  readonly base?: readonly Manifest[];
  readonly merged?: readonly Manifest[];
  readonly builtIn?: readonly JsonObject[];
  readonly notCounted?: WholeWorlds['notCounted'];
  readonly policy?: Policy;
}

async function problemsOf(sides: Sides): Promise<readonly Problem[]> {
  const { rest = [], base = [], merged = [], builtIn = [], notCounted = [], policy = DEFAULT_POLICY } = sides;
  const whole = {
    base: aWorld('base', [...rest, ...base]),
    merged: aWorld('merged', [...rest, ...merged]),
    builtIn,
    notCounted,
  };
  return rbac.run({ base: aWorld('base', base), merged: aWorld('merged', merged), policy, whole }, AbortSignal.any([]));
}

const GAINED = 'rbac/gained-permissions';

async function rows(sides: Sides): Promise<readonly string[]> {
  const found = await problemsOf(sides);
  return found.filter(({ rule }) => rule === GAINED).map(({ message }) => message);
}

/** Rules and severities of what is said about somebody's rights, without the table. */
async function effects(sides: Sides): Promise<readonly string[]> {
  const found = await problemsOf(sides);
  return found.filter(({ key }) => key.startsWith('held ')).map(({ rule, severity }) => `${severity} ${rule}`);
}

function named(manifest: Manifest, name: string, metadata: JsonObject = {}): Manifest {
  const before = manifest.object['metadata'] as JsonObject;
  const object = { ...manifest.object, metadata: { ...before, name, ...metadata } };
  return { ...manifest, object, id: objectIdOf(object) };
}

const role = (name: string, rules: readonly (string | JsonValue)[], metadata: JsonObject = {}) =>
  named(aClusterRole(rules), name, metadata);
const bound = (name: string, to: string, subject: string) =>
  named(aBinding('ClusterRoleBinding', `ClusterRole/${to}`, [subject]), name);
const boundHere = (name: string, to: string, subject: string) => named(aBinding('RoleBinding', to, [subject]), name);

const ROBOT = 'ServiceAccount:ci/robot';
const ROBOTS = aManifest({ kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'ci' } });
const DANGER = { ...role('danger', ['core/secrets:get']), app: 'other' };

describe('a built-in role that is bound in a namespace', () => {
  const POWERS = ['core/serviceaccounts:impersonate', 'core/secrets:get,list', 'core/pods:create'];
  const EDIT = { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' };
  const aggregate = {
    ...role('edit', []).object,
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: EDIT }] },
  };
  const builtIn = [aggregate, role('system:aggregate-to-edit', POWERS, { labels: EDIT }).object];
  const merged = [boundHere('it', 'ClusterRole/edit', 'Group:team')];

  test('is said once, by the rule that names it', async () => {
    const found = await problemsOf({ builtIn, merged });
    expect(found.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'high rbac/admin-or-edit-binding',
      `info ${GAINED}`,
    ]);
  });

  test('is dangerous by what another role adds to it', async () => {
    const more = {
      ...role('more', ['core/nodes/proxy,pods/exec:create', 'core/serviceaccounts:impersonate'], { labels: EDIT }),
      app: 'other',
    };
    const [, plain] = builtIn;
    const weak = { ...plain, rules: [] };
    expect(await effects({ builtIn: [aggregate, weak], rest: [more], merged })).toContain('critical rbac/impersonate');
  });
});

function system(binding: Manifest): Manifest {
  const object = { ...binding.object, metadata: { name: binding.id.name, namespace: 'kube-system' } };
  return { ...binding, object, id: objectIdOf(object) };
}

describe('a right in the whole cluster beside one in a namespace', () => {
  const pods = role('pods', ['core/pods:create']);
  const leases = role('leases', ['coordination.k8s.io/leases:create']);
  const atLeases = system(boundHere('lease', 'ClusterRole/leases', ROBOT));

  test('is not dangerous in that namespace once more', async () => {
    const found = await problemsOf({ rest: [ROBOTS], merged: [pods, leases, bound('it', 'pods', ROBOT), atLeases] });
    const inSystem = found.filter(({ message }) => message.includes('kube-system'));
    expect(inSystem.map(({ rule }) => rule)).toContain(GAINED);
    expect(inSystem.filter(({ message }) => message.includes('pods'))).toEqual([]);
  });

  test('is dangerous together with it', async () => {
    const reader = { ...role('reader', ['core/secrets:get']), app: 'other' };
    const maker = { ...role('maker', ['core/secrets:create']), app: 'other' };
    const both = { rest: [ROBOTS, reader, maker, bound('all', 'reader', ROBOT)] };
    expect(await effects({ ...both, merged: [system(boundHere('some', 'ClusterRole/maker', ROBOT))] })).toContain(
      'critical rbac/token-secret-mint',
    );
  });
});

describe('over all objects of a cluster', () => {
  test('a binding to a dangerous role that another app brings is dangerous', async () => {
    const found = await problemsOf({ rest: [DANGER, ROBOTS], merged: [bound('it', 'danger', ROBOT)] });
    expect(found).toMatchObject([
      {
        rule: GAINED,
        severity: 'info',
        enforcement: 'advice',
        message:
          'service account `ci/robot` can now get on secrets in the whole cluster, by ClusterRoleBinding `it` and ClusterRole `danger`',
      },
      {
        side: 'merged',
        rule: 'rbac/secrets-read-cluster-wide',
        severity: 'critical',
        object: { kind: 'ClusterRoleBinding', name: 'it' },
        pointer: '/subjects/0',
        message:
          'service account `ci/robot` can read every Secret of the whole cluster: get on secrets, by ClusterRoleBinding `it` and ClusterRole `danger`',
      },
    ]);
  });

  test('what was so before is nothing new', async () => {
    const it = bound('it', 'danger', ROBOT);
    expect(await problemsOf({ rest: [DANGER, ROBOTS], base: [it], merged: [it] })).toEqual([]);
  });

  test('two roles that are harmless alone are one danger together', async () => {
    const csr = 'certificates.k8s.io/certificatesigningrequests';
    const rest = [role('one', [`${csr}:create`, `${csr}/approval:update`]), bound('one', 'one', ROBOT)];
    const merged = [role('two', ['certificates.k8s.io/signers:approve']), bound('two', 'two', ROBOT)];
    expect(await effects({ rest, merged })).toEqual(['critical rbac/approve-certificates']);
  });

  test('clusters are never mixed', async () => {
    const elsewhere = { ...DANGER, cluster: 'staging' };
    expect(await effects({ rest: [elsewhere], merged: [bound('it', 'danger', ROBOT)] })).toEqual([]);
  });

  test('a role that says it itself is not said twice', async () => {
    expect(await effects({ merged: [role('danger', ['core/secrets:get']), bound('it', 'danger', ROBOT)] })).toEqual([]);
  });

  test('but where a waiver was given for the rule it is: it may be about the role as it was bound then', async () => {
    const waiver = {
      rule: 'rbac/secrets-read-cluster-wide',
      object: { kind: 'ClusterRole', name: 'danger' },
      owner: 'x',
      reason: 'x',
      expires: '2030-01-01',
    };
    const merged = [role('danger', ['core/secrets:get']), bound('it', 'danger', ROBOT)];
    const policy = { ...DEFAULT_POLICY, waivers: [waiver] };
    expect(await effects({ merged, policy })).toEqual(['critical rbac/secrets-read-cluster-wide']);
  });
});

describe('who gains what', () => {
  test.each<[name: string, sides: Sides, rows: readonly string[]]>([
    [
      'a RoleBinding that becomes a ClusterRoleBinding gains in the cluster alone',
      {
        rest: [role('read', ['core/pods:get'])],
        base: [boundHere('it', 'ClusterRole/read', 'User:ann')],
        merged: [bound('it', 'read', 'User:ann')],
      },
      ['user `ann` can now get on pods in the whole cluster, by ClusterRoleBinding `it` and ClusterRole `read`'],
    ],
    [
      'what all accounts of a namespace have is nothing new to one of them',
      {
        rest: [role('read', ['core/pods:get']), bound('all', 'read', 'Group:system:serviceaccounts:ci')],
        merged: [bound('it', 'read', ROBOT)],
      },
      [],
    ],
    [
      'an account that is written as a user is the same account',
      {
        rest: [role('read', ['core/pods:get']), bound('all', 'read', ROBOT)],
        merged: [bound('it', 'read', 'User:system:serviceaccount:ci:robot')],
      },
      [],
    ],
    [
      'a kind without a namespace is not given by a RoleBinding',
      {
        rest: [role('read', ['core/nodes:get'])],
        merged: [boundHere('it', 'ClusterRole/read', 'User:ann')],
      },
      [],
    ],
    [
      'a Role of another namespace is another role',
      {
        rest: [named(aRole(['core/pods:get'], 'other'), 'read')],
        merged: [boundHere('it', 'Role/read', 'User:ann')],
      },
      [],
    ],
    [
      'a ClusterRoleBinding cannot name a Role',
      {
        rest: [named(aRole(['core/pods:get']), 'read')],
        merged: [named(aBinding('ClusterRoleBinding', 'Role/read', ['User:ann']), 'it')],
      },
      [],
    ],
    [
      'what is gone is said',
      { rest: [role('read', ['core/pods:get'])], base: [bound('it', 'read', 'User:ann')] },
      ['user `ann` can no longer get on pods in the whole cluster, by ClusterRoleBinding `it` and ClusterRole `read`'],
    ],
    [
      'paths',
      {
        rest: [role('read', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }])],
        merged: [bound('it', 'read', 'User:ann')],
      },
      ['user `ann` can now get on `/metrics` in the whole cluster, by ClusterRoleBinding `it` and ClusterRole `read`'],
    ],
  ])('%s', async (_, sides, expected) => {
    expect(await rows(sides)).toEqual(expected);
  });
});

const selecting = (labels: JsonObject): JsonObject => ({ clusterRoleSelectors: [{ matchLabels: labels }] });

const leaf = (labels: JsonObject) => role('leaf', ['core/secrets:get'], { labels });
const ring = (name: string, next: string) =>
  named(aClusterRole(['core/pods:get'], { aggregationRule: selecting({ to: next }) }), name, {
    labels: { to: name },
  });

describe('aggregation', () => {
  const top = named(aClusterRole([], { aggregationRule: selecting({ to: 'top' }) }), 'top');
  const middle = named(aClusterRole([], { aggregationRule: selecting({ to: 'middle' }) }), 'middle', {
    labels: { to: 'top' },
  });
  const rest = [top, middle, bound('it', 'top', 'User:ann')];

  test('a label that feeds an aggregated role, over another one, widens it for all who are bound', async () => {
    const found = await problemsOf({ rest, base: [leaf({})], merged: [leaf({ to: 'middle' })] });
    expect(found.filter(({ key, rule }) => rule === GAINED || key.startsWith('held '))).toMatchObject([
      {
        object: { name: 'leaf' },
        message: expect.stringContaining('ClusterRole `top`, which aggregates ClusterRole `leaf`'),
      },
      { rule: 'rbac/secrets-read-cluster-wide', object: { name: 'leaf' } },
    ]);
  });

  test('so does a selector', async () => {
    const found = await rows({
      rest: [role('leaf', ['core/secrets:get'], { labels: { to: 'x' } }), bound('it', 'top', 'User:ann')],
      base: [top],
      merged: [named(aClusterRole([], { aggregationRule: selecting({ to: 'x' }) }), 'top')],
    });
    expect(found).toHaveLength(1);
  });

  test('a ring ends', async () => {
    expect(await rows({ rest: [ring('a', 'b'), ring('b', 'a')], merged: [bound('it', 'a', 'User:ann')] })).toHaveLength(
      1,
    );
  });

  test('what is built in counts, and is no app', async () => {
    const builtIn = [
      aClusterRole([], { metadata: { name: 'view', namespace: '' }, aggregationRule: selecting({ view: 'true' }) })
        .object,
      role('basis', ['core/secrets:get'], { labels: { view: 'true' } }).object,
    ];
    expect(await effects({ builtIn, merged: [bound('it', 'view', 'User:ann')] })).toEqual([
      'critical rbac/secrets-read-cluster-wide',
    ]);
  });
});

describe('references', () => {
  const others = async (sides: Sides) =>
    (await problemsOf(sides))
      .filter(({ rule }) => /dangling|role-ref/.test(rule))
      .map(({ side, rule, enforcement }) => `${side} ${rule} ${enforcement}`);
  const it = bound('it', 'nowhere', 'User:ann');
  const notCounted = { app: 'x', cluster: 'production', side: 'merged', reason: 'because' } as const;

  test.each<[name: string, sides: Sides, expected: readonly string[]]>([
    ['a role that is nowhere', { merged: [it] }, ['merged rbac/dangling-reference threshold']],
    [
      'blocks where nobody knows what an app brings',
      { merged: [it], notCounted: [notCounted] },
      ['merged rbac/dangling-reference required'],
    ],
    [
      'but not for what an app of another cluster brings',
      { merged: [it], notCounted: [{ ...notCounted, cluster: 'staging' }] },
      ['merged rbac/dangling-reference threshold'],
    ],
    ['a role of another app', { rest: [role('nowhere', [])], merged: [it] }, []],
    ['a role that is built in', { builtIn: [role('nowhere', []).object], merged: [it] }, []],
    ['a binding that nobody touched', { rest: [it] }, []],
    [
      'a binding that nobody touched, whose role goes',
      { rest: [it], base: [role('nowhere', [])], merged: [role('other', [])] },
      ['merged rbac/dangling-reference threshold'],
    ],
    [
      'another role in the same binding',
      {
        rest: [role('a', []), role('b', [])],
        base: [bound('it', 'a', 'User:ann')],
        merged: [bound('it', 'b', 'User:ann')],
      },
      ['merged rbac/role-ref-changed advice'],
    ],
  ])('%s', async (_, sides, expected) => {
    expect(await others(sides)).toEqual(expected);
  });

  test('an app that names no cluster is said to be looked for among its like', async () => {
    const nobodys = { ...it, cluster: '' };
    const elsewhere = { ...role('nowhere', []), cluster: 'production' };
    const found = await problemsOf({ rest: [elsewhere], merged: [nobodys] });
    expect(found[0]?.message).toMatch(/which is in none of the apps that name no cluster, as its own$/);
  });

  test('what was not counted is named', async () => {
    const found = await problemsOf({ merged: [it], notCounted: [notCounted] });
    expect(found[0]?.message).toBe(
      'ClusterRoleBinding `it` names `ClusterRole` `nowhere`, which is in none of the apps of its cluster that could be rendered; not counted: `x`',
    );
  });
});

const VERBS = ['get', 'list', 'create', 'update', 'delete', 'patch', 'use'];
const some = (from: readonly string[]) => fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength: 3 });
const aRuleOf = fc.record({
  apiGroups: some(['', 'apps', '*']),
  resources: some(['secrets', 'pods', 'pods/exec', '*/exec', 'deployments', '*']),
  verbs: some(VERBS),
});
const someRules = fc.array(aRuleOf, { maxLength: 4 });

const held = (rules: readonly JsonValue[], name = 'r') => [role(name, rules), bound(`${name}-bound`, name, 'User:ann')];

async function factsOf(base: readonly Manifest[], merged: readonly Manifest[], side: Problem['side']) {
  const found = await problemsOf({ base, merged });
  return found.filter((one) => one.rule === GAINED && one.side === side).map(({ facets, object }) => [object, facets]);
}

describe('laws', () => {
  test('splitting, reordering and renaming is nothing', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, async (rules) => {
        const split = rules.toReversed().flatMap((rule) => rule.verbs.map((verb) => ({ ...rule, verbs: [verb] })));
        const merged = [...held(split.slice(0, 2), 'x'), ...held(split.slice(2), 'y')];
        expect(await rows({ base: held(rules), merged })).toEqual([]);
        expect(await effects({ base: held(rules), merged })).toEqual([]);
      }),
    );
  });

  test('a verb more is always said', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, fc.constantFrom('watch', 'escalate', '*'), async (rules, verb) => {
        const more = [...rules, { apiGroups: [''], resources: ['configmaps'], verbs: [verb] }];
        expect((await rows({ base: held(rules), merged: held(more) })).length).toBeGreaterThan(0);
      }),
    );
  });

  test('the way back mirrors the way there', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, someRules, async (left, right) => {
        const [a, b] = [held(left), held(right)];
        expect(await factsOf(a, b, 'merged')).toEqual(await factsOf(b, a, 'base'));
      }),
    );
  });
});

describe('bounded', () => {
  test('10,000 roles that select one another end with a sentence', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      named(aClusterRole([], { aggregationRule: selecting({ n: 'x' }) }), `r${index}`, {
        labels: { n: 'x' },
      }),
    );
    const bindings = many.map(({ id }) => bound(id.name, id.name, 'User:ann'));
    await expect(problemsOf({ merged: [...many, ...bindings] })).rejects.toThrow(/aggregate one another/);
  });

  test('rules whose product has no end are cut, and said to be', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const wide = role('wide', [{ apiGroups: [''], resources: many, verbs: many }]);
    expect(await rows({ merged: [wide, bound('it', 'wide', 'User:ann')] })).toEqual([
      expect.stringMatching(/and more than can be listed$/),
    ]);
  });

  test('such rules for everybody end with a sentence', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const wide = (name: string) => role(name, [{ apiGroups: [''], resources: [name, ...many], verbs: many }]);
    const subjects = Array.from({ length: 1_000 }, (_, index) => bound(`b${index}`, 'wide', `User:u${index}`));
    await expect(problemsOf({ merged: [wide('wide'), ...subjects] })).rejects.toThrow(/too long to be compared/);
  });

  test('a List of anything is read', async () => {
    const items = [role('r', ['core/secrets:get']).object, bound('it', 'r', 'User:ann').object];
    expect(await rows({ merged: [aManifest({ kind: 'List', items })] })).toHaveLength(1);
  });
});
