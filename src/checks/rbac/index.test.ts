import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { aBinding, aClusterRole, aRole } from '../../../test/builders/rbac.ts';
import type { Problem } from '../../model/finding.ts';
import { type JsonObject, type JsonValue, textsAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Policy } from '../../model/policy.ts';
import { rbac } from './index.ts';

const POLICY: Policy = {
  repository: { urls: [] },
  argocd: { kustomizeBuildOptions: '', newGitFileGlobbing: false, namespace: 'argocd', plugins: {}, generators: {} },
  flux: { strictSubstitution: false, values: [], buckets: [] },
  apps: [],
  clusters: {},
  ignore: [],
  accept: [],
  images: [],
  imageFields: [],
  trust: { publicGood: true, github: true, roots: [], authorities: [], keys: [], files: {} },
  rbac: { block: 'critical', blockWhere: [], allow: [] },
  registries: { credentials: [] },
  policy: { weakened: 'block' },
  waivers: [],
};

function problems(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  policy = POLICY,
): Promise<readonly Problem[]> {
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy };
  return rbac.run(input, new AbortController().signal);
}

function fact({ rule, key, object }: Problem, facet: string): string {
  return [rule, key, object?.name, facet].join(' ');
}

/** What the runner will call new: a problem with a fact that the base does not have under the same rule, object and key. */
async function news(base: readonly Manifest[], merged: readonly Manifest[]): Promise<readonly string[]> {
  const found = await problems(base, merged);
  const known = new Set(
    found.filter(({ side }) => side === 'base').flatMap((one) => one.facets.map((facet) => fact(one, facet))),
  );
  return found
    .filter((one) => one.side === 'merged' && one.facets.some((facet) => !known.has(fact(one, facet))))
    .map(({ rule }) => rule);
}

async function rulesOf(manifest: Manifest): Promise<readonly string[]> {
  return (await problems([], [manifest])).map(({ rule }) => rule);
}

const VERBS = ['get', 'list', 'create', 'update', 'delete', 'bind', 'escalate', 'impersonate', '*'];
const RESOURCES = [
  'secrets',
  'pods',
  'pods/exec',
  '*/exec',
  'pods/*',
  'deployments',
  'clusterroles',
  'clusterrolebindings',
  'nodes',
  '*',
];
const some = (from: readonly string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength: 3 });
const aRuleOf: fc.Arbitrary<JsonObject> = fc.record({
  apiGroups: some(['', 'apps', 'rbac.authorization.k8s.io', 'core', '*']),
  resources: some(RESOURCES),
  verbs: some(VERBS),
  resourceNames: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, some(['a', '*', ''])),
});
const someRules = fc.array(aRuleOf, { maxLength: 4 });
const aKind = fc.constantFrom(
  (rules: readonly JsonValue[]) => aClusterRole(rules),
  (rules: readonly JsonValue[]) => aRole(rules),
);
/** Rules about writing mistakes read the text, not the grants. */
const LINT = 'rbac/ineffective-grant';

async function facts(manifest: Manifest): Promise<readonly string[]> {
  const found = await problems([], [manifest]);
  return found
    .filter(({ rule }) => rule !== LINT)
    .flatMap(({ rule, key, severity, facets }) => facets.map((facet) => [rule, key, severity, facet].join(' ')));
}

/** One rule for each group, resource and verb. */
function split(rule: JsonObject): readonly JsonObject[] {
  const [groups, resources, verbs] = ['apiGroups', 'resources', 'verbs'].map((list) => textsAt(rule, list));
  const pairs = groups?.flatMap(
    (group) => resources?.map((resource) => ({ apiGroups: [group], resources: [resource] })) ?? [],
  );
  return pairs?.flatMap((pair) => verbs?.map((verb) => ({ ...rule, ...pair, verbs: [verb] })) ?? []) ?? [];
}

describe('laws', () => {
  test('order, repetition and the cut of rules change no fact', async () => {
    await fc.assert(
      fc.asyncProperty(aKind, someRules, async (role, rules) => {
        const before = (await facts(role(rules))).toSorted();
        const after = (await facts(role([...rules.toReversed().flatMap(split), ...rules]))).toSorted();
        expect(after).toEqual(before);
      }),
    );
  });

  test('granting less is nothing new', async () => {
    await fc.assert(
      fc.asyncProperty(aKind, someRules, someRules, async (role, kept, dropped) => {
        const found = await news([role([...dropped, ...kept])], [role(kept)]);
        expect(found.filter((rule) => rule !== LINT)).toEqual([]);
      }),
    );
  });

  test('narrowing a wildcard is nothing new', async () => {
    await fc.assert(
      fc.asyncProperty(aKind, aRuleOf, async (role, rule) => {
        const found = await news([role([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])], [role([rule])]);
        expect(found.filter((id) => id !== LINT)).toEqual([]);
      }),
    );
  });

  test.each(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', '*'])(
    'the verb %s more on Secrets is something new',
    async (verb) => {
      await fc.assert(
        fc.asyncProperty(aKind, some(['get', 'list', 'update', 'delete', 'use']), async (role, verbs) => {
          const rule = { apiGroups: [''], resources: ['secrets'] };
          const found = await news([role([{ ...rule, verbs }])], [role([{ ...rule, verbs: [...verbs, verb] }])]);
          expect(found.length > 0).toBe(!verbs.includes(verb) || verb === '*');
        }),
      );
    },
  );

  test('cluster-admin is one finding, whatever else the role says', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, async (rules) => {
        const found = await rulesOf(aClusterRole([...rules, { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]));
        expect(found.filter((rule) => rule !== LINT)).toEqual(['rbac/cluster-admin-equivalent']);
      }),
    );
  });

  test('nothing that a stranger writes makes it throw', async () => {
    const hostile = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: 'binary' })) as fc.Arbitrary<JsonValue>;
    const kind = fc.constantFrom(
      'Role',
      'ClusterRole',
      'RoleBinding',
      'ClusterRoleBinding',
      'RoleList',
      'ServiceAccount',
      'Secret',
    );
    const apiVersion = fc.constantFrom('rbac.authorization.k8s.io/v1', 'authorization.openshift.io/v1', 'v1');
    await fc.assert(
      fc.asyncProperty(
        apiVersion,
        kind,
        hostile,
        hostile,
        fc.string({ unit: 'binary' }),
        async (version, what, value, ...[other, name]) => {
          const parts = {
            rules: value,
            subjects: value,
            roleRef: other,
            aggregationRule: other,
            items: value,
            type: other,
          };
          const listed = { rules: [value, { verbs: other, resources: value }], subjects: [value, other] };
          const made = [parts, listed].map((part) =>
            aManifest({ apiVersion: version, kind: what, metadata: { name }, ...part }),
          );
          await expect(problems(made, made)).resolves.toBeDefined();
        },
      ),
    );
  });
});

describe('what a wider finding says is not said again', () => {
  test.each([
    ['every verb on Secrets of a namespace', aRole(['core/secrets:*']), ['rbac/wildcard-verb']],
    [
      'bind together with bindings',
      aClusterRole([
        'rbac.authorization.k8s.io/clusterroles:bind',
        'rbac.authorization.k8s.io/clusterrolebindings:create',
      ]),
      ['rbac/bind'],
    ],
    [
      'escalate together with roles',
      aClusterRole(['rbac.authorization.k8s.io/clusterroles:escalate,update']),
      ['rbac/escalate'],
    ],
    ['changing as part of creating', aRole(['apps/deployments:create,update']), ['rbac/create-workloads']],
    [
      'but a more severe one is: widening does not hide it',
      aClusterRole(['*/*:list']),
      ['rbac/read-all-resources', 'rbac/secrets-read-cluster-wide', 'rbac/nodes-proxy'],
    ],
  ])('%s', async (_name, manifest, rules) => {
    expect(await rulesOf(manifest)).toEqual(rules);
  });
});

describe('against the base', () => {
  test.each([
    ['a role that stays', aClusterRole(['core/secrets:get']), aClusterRole(['core/secrets:get']), []],
    [
      'one more verb',
      aClusterRole(['core/secrets:get']),
      aClusterRole(['core/secrets:get,list']),
      ['rbac/secrets-read-cluster-wide'],
    ],
    ['a name instead of all', aClusterRole(['core/secrets:get']), aClusterRole(['core/secrets:get@db']), []],
    [
      'all instead of a name',
      aClusterRole(['core/secrets:get@db']),
      aClusterRole(['core/secrets:get']),
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'another name',
      aClusterRole(['core/secrets:get@db']),
      aClusterRole(['core/secrets:get@other']),
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'the group core is not the core group',
      aClusterRole([{ apiGroups: ['core'], resources: ['*'], verbs: ['get'] }]),
      aClusterRole(['core/*:get']),
      ['rbac/read-all-resources', 'rbac/secrets-read-cluster-wide', 'rbac/nodes-proxy'],
    ],
    [
      'names beyond counting',
      aClusterRole([`core/secrets:get@${Array.from({ length: 999 }, (_, index) => `s${index}`).join(',')}`]),
      aClusterRole(['core/secrets:get@s1']),
      [],
    ],
    [
      'an empty name, which lifts the limit of list',
      aClusterRole(['core/secrets:list@db']),
      aClusterRole(['core/secrets:list@db,']),
      ['rbac/secrets-read-cluster-wide'],
    ],
    [
      'one subject more',
      aBinding('RoleBinding', 'ClusterRole/edit', ['User:ann']),
      aBinding('RoleBinding', 'ClusterRole/edit', ['User:ann', 'User:bob']),
      ['rbac/admin-or-edit-binding'],
    ],
    [
      'subjects in another order',
      aBinding('RoleBinding', 'ClusterRole/edit', ['User:bob', 'User:ann']),
      aBinding('RoleBinding', 'ClusterRole/edit', ['User:ann', 'User:bob']),
      [],
    ],
    [
      'a label on a role that had the rules before',
      aClusterRole(['core/pods:get']),
      aClusterRole(['core/pods:get'], {
        metadata: { name: 'it', namespace: '', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      }),
      ['rbac/aggregation-label'],
    ],
  ])('%s', async (_name, base, merged, rules) => {
    const found = await news([base], [merged]);
    expect(found.filter((rule) => rule !== LINT)).toEqual(rules);
  });

  test('what is stated for the base is there in the merge result too, so nothing looks fixed', async () => {
    const found = await problems([aClusterRole(['*/*:*'])], [aClusterRole(['core/secrets:get'])]);
    expect(found.map(({ side, rule }) => [side, rule])).toEqual([
      ['base', 'rbac/cluster-admin-equivalent'],
      ['merged', 'rbac/secrets-read-cluster-wide'],
      ['base', 'rbac/secrets-read-cluster-wide'],
    ]);
  });

  test('a role of the same name in another app is another role', async () => {
    const elsewhere = { ...aClusterRole(['*/*:*']), app: 'other' };
    expect(await news([elsewhere], [aClusterRole(['core/secrets:get'])])).toEqual(['rbac/secrets-read-cluster-wide']);
  });
});

function looks(base: readonly Manifest[], merged: readonly Manifest[]): boolean {
  return rbac.looksAt({ base: aWorld('base', base), merged: aWorld('merged', merged), policy: POLICY });
}

describe('the check', () => {
  test('looks at RBAC, service accounts and their tokens, on either side', () => {
    expect(
      looks(
        [],
        [
          aManifest({ kind: 'ConfigMap' }),
          aManifest({ kind: 'Secret' }),
          aManifest({ apiVersion: 'example.com/v1', kind: 'Role' }),
        ],
      ),
    ).toBe(false);
    expect(looks([aRole([])], [])).toBe(true);
    expect(looks([], [aManifest({ kind: 'ServiceAccount' })])).toBe(true);
    expect(looks([], [aManifest({ apiVersion: 'v1', kind: 'List', items: [{ ...aRole([]).object }] })])).toBe(true);
  });

  test('stops when it is told to', () => {
    const input = { base: aWorld('base', [aRole([])]), merged: aWorld('merged', []), policy: POLICY };
    expect(() => rbac.run(input, AbortSignal.abort())).toThrow(/aborted/);
  });

  test.each([
    ['1.35', 0],
    ['v1.36.2', 0],
    ['1.34', 1],
    ['soon', 1],
  ])('knows the version %s of the cluster from policy', async (kubernetes, count) => {
    const policy = {
      ...POLICY,
      clusters: { production: { kubernetes, apiVersions: [], labels: {}, annotations: {}, paths: [] } },
    };
    const found = await problems([], [aRole(['core/pods/exec:get'])], policy);
    expect(found).toHaveLength(count);
  });

  test('only what has no effect is mere advice', async () => {
    const found = await problems([], [aRole(['core/pods/*,secrets:get'])]);
    expect(found.map(({ rule, enforcement, severity }) => [rule, enforcement, severity])).toEqual([
      ['rbac/secrets-read', 'threshold', 'high'],
      [LINT, 'advice', 'info'],
    ]);
  });

  test('a name with control characters, backticks and a novel is shown harmless', async () => {
    const metadata = { name: `\u202Ea\`b\n${'x'.repeat(300)}`, namespace: '' };
    const [found] = await problems([], [aClusterRole(['core/secrets:get'], { metadata })]);
    expect(found?.message).toMatch(/^ClusterRole `\\u\{202e\}a\\u\{60\}b\\u\{a\}x{115}…` can read every Secret/);
  });

  test('10,000 rules and lists of any length are read', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
    const rules = many.map((name) => ({
      apiGroups: [''],
      resources: ['secrets', name],
      verbs: ['get', name],
      resourceNames: [name],
    }));
    const wide = { apiGroups: ['*', ...many], resources: ['*', ...many], verbs: ['*', ...many] };
    const found = await problems([], [aClusterRole(rules), aClusterRole([wide])]);
    expect(found.map(({ rule }) => rule).filter((rule) => rule !== LINT)).toEqual([
      'rbac/secrets-read-cluster-wide',
      'rbac/cluster-admin-equivalent',
    ]);
  });
});
