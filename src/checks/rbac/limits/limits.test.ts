import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest } from '../../../../test/builders/manifest.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { Problem } from '../../../model/finding.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { rbac } from '../index.ts';

const project = (limits: JsonObject): Manifest =>
  aManifest({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', spec: limits });
const map = (name: string, data: JsonObject): Manifest => aManifest({ kind: 'ConfigMap', metadata: { name }, data });
const lines = (csv: string): Manifest => map('argocd-rbac-cm', { 'policy.csv': csv });
const controller = (...args: readonly string[]): Manifest =>
  aManifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { template: { spec: { containers: [{ name: 'manager', args }] } } },
  });
const kinds = (...all: readonly string[]): readonly JsonObject[] =>
  all.map((one) => {
    const [group = '', kind = '', name] = one.split('/');
    return { group, kind, ...(name === undefined ? {} : { name }) };
  });
const denied = (...all: readonly string[]): Manifest => project({ namespaceResourceBlacklist: kinds(...all) });
const allowed = (...all: readonly string[]): Manifest => project({ namespaceResourceWhitelist: kinds(...all) });
const cluster = (allow: readonly string[], deny: readonly string[] = []): Manifest =>
  project({ clusterResourceWhitelist: kinds(...allow), clusterResourceBlacklist: kinds(...deny) });
const repos = (...sourceRepos: readonly string[]): Manifest => project({ sourceRepos });
const places = (...destinations: readonly JsonObject[]): Manifest => project({ destinations });

async function limitsOf(before: readonly Manifest[], after: readonly Manifest[]): Promise<readonly Problem[]> {
  const base = { side: 'base', apps: [], manifests: before } as const;
  const merged = { side: 'merged', apps: [], manifests: after } as const;
  const whole = { base, merged, builtIn: [], notCounted: [] };
  const problems = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, new AbortController().signal);
  return problems.filter(({ rule }) => rule === 'rbac/gitops-limit-removed');
}

const RBAC = 'rbac.authorization.k8s.io';
const EVERYWHERE = { server: '*', namespace: '*' };

test.each<readonly [name: string, before: Manifest, after: Manifest, expected: readonly string[]]>([
  ['a kind is no longer denied', denied('/Secret'), denied(), ['medium kind core/Secret']],
  ['a kind that gives rights is no longer denied', denied(`${RBAC}/Role`), project({}), [`high kind ${RBAC}/Role`]],
  ['the denied kinds are written by a pattern', denied(`${RBAC}/Role`), denied(`${RBAC}/*`), []],
  [
    'a pattern is narrowed',
    denied(`${RBAC}/*`),
    denied(`${RBAC}/Role`),
    [`high kind ${RBAC}/*`, `high kind ${RBAC}/RoleBinding`],
  ],
  ['another kind is denied too', denied('/Secret'), denied('/Secret', '/Pod'), []],
  ['a list of what is allowed is longer', allowed('/Pod'), allowed('/Pod', '/Secret'), ['medium kind core/Secret']],
  ['a list of what is allowed is shorter', allowed('/Pod', '/Secret'), allowed('/Secret'), []],
  ['a list of what is allowed comes', project({}), allowed('/Pod'), []],
  ['an empty list of what is allowed goes', project({ namespaceResourceWhitelist: [] }), project({}), rulingKinds()],
  ['what is denied stays denied', denied('/Secret'), project({ ...spec(denied('/Secret')), ...spec(allowed()) }), []],
  ['a kind without a namespace is allowed', cluster([]), cluster(['/Namespace']), ['medium kind core/Namespace']],
  ['a kind without a namespace is allowed no more', cluster(['/Namespace']), cluster([]), []],
  [
    'of a kind without a namespace another name is allowed',
    cluster(['/Namespace/a']),
    cluster(['/Namespace/a', '/Namespace/b']),
    ['medium kind core/Namespace/b'],
  ],
  ['every kind is allowed, which is said of itself', cluster([]), cluster(['*/*']), []],
  [
    'every kind was allowed, but for one',
    cluster(['*/*'], ['/Namespace']),
    cluster(['*/*', 'x/*']),
    ['medium kind core/Namespace'],
  ],
  ['a kind is limited to a name', cluster(['/Namespace']), cluster(['/Namespace/a']), []],
  [
    'a kind without a namespace is no longer denied',
    cluster(['*/*'], [`${RBAC}/ClusterRole`]),
    cluster(['*/*']),
    [`high kind ${RBAC}/ClusterRole`],
  ],
  ['a repository is no longer refused', repos('*', '!a/x'), repos('*'), ['medium repository !a/x']],
  ['a repository is no longer refused, and not taken', repos('*', '!a/x'), repos('b/y'), []],
  ['a repository is refused by a pattern', repos('*', '!a/x'), repos('*', '!a/*'), []],
  [
    'a namespace is no longer refused',
    places(EVERYWHERE, { server: '*', namespace: '!kube-system' }),
    places(EVERYWHERE),
    ['medium to * !kube-system'],
  ],
  [
    'a namespace is still refused',
    places(EVERYWHERE, { server: '*', namespace: '!kube-system' }),
    places({ server: '*', namespace: '!kube-system' }, EVERYWHERE, { server: 'a', namespace: 'b' }),
    [],
  ],
  [
    'a namespace is no longer refused, and not gone to',
    places(EVERYWHERE, { server: '*', namespace: '!kube-system' }),
    places({ server: '*', namespace: 'shop' }),
    [],
  ],
  [
    'a deny is gone',
    lines(
      'p, x, exec, create, */*, deny\np, z, exec, create, */*, deny\np, x, logs, get, a/*, deny\np, x, projects, get, *, deny',
    ),
    lines('p, z, exec, create, */*, deny'),
    ['high deny ["x","exec","create","*/*"]', 'low deny ["x","logs","get","a/*"]'],
  ],
  ['a deny is wider', lines('p, x, exec, create, a/*, deny'), lines('p, x, exec, *, *, deny'), []],
  [
    'a deny is of somebody else',
    lines('p, x, exec, create, a, deny'),
    lines('p, y, *, *, *, deny'),
    ['high deny ["x","exec","create","a"]'],
  ],
  ['impersonation is gone', impersonates('true'), map('argocd-cm', {}), ['high impersonation']],
  ['impersonation was off', impersonates('false'), map('argocd-cm', {}), []],
  [
    'references to other namespaces are let in',
    controller('--no-cross-namespace-refs=true'),
    controller('--no-cross-namespace-refs=false'),
    ['medium --no-cross-namespace-refs'],
  ],
  ['a flag is written in another way', controller('--no-remote-bases'), controller('--no-remote-bases=1'), []],
  ['remote bases are let in', controller('--no-remote-bases'), controller(), ['medium --no-remote-bases']],
  [
    'kubeconfigs may run commands',
    controller('--insecure-kubeconfig-exec=false'),
    controller('--insecure-kubeconfig-exec'),
    ['high --insecure-kubeconfig-exec'],
  ],
  [
    'clusters need no certificate',
    controller(),
    controller('--insecure-kubeconfig-tls=t'),
    ['medium --insecure-kubeconfig-tls'],
  ],
  [
    'no account by default',
    controller('--default-service-account=web'),
    controller(),
    ['high --default-service-account '],
  ],
  [
    'another account by default',
    controller('--default-service-account', 'web'),
    controller('--default-service-account=admin'),
    ['high --default-service-account admin'],
  ],
  [
    'the same account by default',
    controller('--default-service-account', 'web'),
    controller('--default-service-account=web', '--v=2'),
    [],
  ],
  ['an account by default comes', controller(), controller('--default-service-account=web'), []],
])('%s', async (_name, before, after, expected) => {
  const found = await limitsOf([before], [after]);
  expect(found.flatMap(({ severity, facets }) => facets.map((facet) => `${severity} ${facet}`)).toSorted()).toEqual(
    [...expected].toSorted(),
  );
});

function spec({ object }: Manifest): JsonObject {
  return object['spec'] as JsonObject;
}

function impersonates(value: string): Manifest {
  return map('argocd-cm', { 'application.sync.impersonation.enabled': value });
}

function rulingKinds(): readonly string[] {
  const argo = ['Application', 'ApplicationSet', 'AppProject'].map((kind) => `high kind argoproj.io/${kind}`);
  return [...['Role', 'RoleBinding'].map((kind) => `high kind ${RBAC}/${kind}`), ...argo];
}

test('an object that is new or of another cluster, or goes, lifts no limit', async () => {
  const limited = denied('/Secret');
  expect(await limitsOf([], [project({})])).toEqual([]);
  expect(await limitsOf([limited], [])).toEqual([]);
  expect(await limitsOf([{ ...limited, cluster: 'other' }], [project({})])).toEqual([]);
});

test('a limit is one of the cluster, whichever app brings the object', async () => {
  const [found] = await limitsOf([{ ...denied('/Secret'), app: 'a' }], [{ ...project({}), app: 'b' }]);
  expect([found?.app, found?.message]).toEqual([
    'b',
    'AppProject `it` limits less than before: brings `core/Secret` now',
  ]);
});

test('lists that are too long to be compared are not taken for equal', async () => {
  const many = denied(...Array.from({ length: 500 }, (_, index) => `/Kind${index}`));
  await expect(limitsOf([many], [project({})])).rejects.toThrow('lists more kinds than can be compared');
  const repositories = Array.from({ length: 500 }, (_, index) => `a/${index}`);
  const refused = repos(...repositories.map((one) => `!${one}`));
  await expect(limitsOf([refused], [repos(...repositories)])).rejects.toThrow('no longer refuses more than');
});

test('nothing that a stranger writes makes a comparison throw', async () => {
  const hostile = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
  const fields = ['sourceRepos', 'destinations', 'roles', 'clusterResourceWhitelist', 'namespaceResourceBlacklist'];
  const written = (value: JsonValue): readonly Manifest[] => [
    project(Object.fromEntries(fields.map((field) => [field, [value, { policies: [value], groups: value }]]))),
    project(Object.fromEntries(fields.map((field) => [field, value]))),
    map('argocd-rbac-cm', { 'policy.csv': value, scopes: value, 'policy.default': value }),
    lines(JSON.stringify(value)),
    aManifest({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec: { containers: value } } } }),
  ];
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (one, other) => {
      for (const before of written(one)) {
        for (const after of written(other)) await expect(limitsOf([before], [after])).resolves.toBeDefined();
      }
    }),
    { numRuns: 20 },
  );
});
