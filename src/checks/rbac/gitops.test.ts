import { expect, test } from '@jest/globals';
import { aManifest } from '../../../test/builders/manifest.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { gitops } from './gitops.ts';
import { readObjects } from './object.ts';

const an = (kind: string, spec: JsonObject): Manifest => aManifest({ apiVersion: 'argoproj.io/v1alpha1', kind, spec });
const flux = (spec: JsonObject): Manifest =>
  aManifest({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', spec });
const release = (spec: JsonObject): Manifest =>
  aManifest({ apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', spec });
const map = (name: string, data: JsonObject): Manifest => aManifest({ kind: 'ConfigMap', metadata: { name }, data });

const aRole = (line: string, more: JsonObject): JsonObject => {
  return { name: 'ci', policies: [`p, proj:it:ci, ${line}, allow`], ...more };
};

const TABLE: readonly (readonly [rule: string, name: string, manifest: Manifest, facets: readonly string[]])[] = [
  ['permissive-project', 'any repository', an('AppProject', { sourceRepos: ['*'] }), ['repos']],
  ['permissive-project', 'a named repository', an('AppProject', { sourceRepos: ['https://github.com/acme/*'] }), []],
  [
    'permissive-project',
    'any namespace',
    an('AppProject', { destinations: [{ server: 'https://a', namespace: '*' }] }),
    ['to https://a  *'],
  ],
  [
    'permissive-project',
    'any cluster',
    an('AppProject', { destinations: [{ name: '*', namespace: 'a' }] }),
    ['to  * a'],
  ],
  ['permissive-project', 'one place', an('AppProject', { destinations: [{ name: 'a', namespace: 'a' }] }), []],
  [
    'permissive-project',
    'any kind',
    an('AppProject', { clusterResourceWhitelist: [{ group: '*', kind: '*' }] }),
    ['kinds *'],
  ],
  ...['ClusterRoleBinding', 'ClusterRole*'].map(
    (kind) =>
      [
        'permissive-project',
        `a kind that gives rights: ${kind}`,
        an('AppProject', { clusterResourceWhitelist: [{ group: 'rbac.authorization.k8s.io', kind }] }),
        [`kinds rbac.authorization.k8s.io ${kind}`],
      ] as const,
  ),
  [
    'permissive-project',
    'a kind that gives none',
    an('AppProject', { clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] }),
    [],
  ],
  ...['kube-system', 'kube-*', 'argoc?', 'k{ube-system,x}'].map(
    (namespace) =>
      [
        'permissive-project',
        `a namespace that rules: ${namespace}`,
        an('AppProject', { destinations: [{ name: 'a', namespace }] }),
        [`to  a ${namespace}`],
      ] as const,
  ),
  ...['!kube-system', 'team-*', 'team?', '*-prod', ''].map(
    (namespace) =>
      [
        'permissive-project',
        `a namespace that does not: ${namespace}`,
        an('AppProject', { destinations: [{ name: 'a', namespace }] }),
        [],
      ] as const,
  ),
  ['permissive-project', 'namespaces by pattern', an('AppProject', { sourceNamespaces: ['team-*'] }), ['from team-*']],
  ['permissive-project', 'namespaces by expression', an('AppProject', { sourceNamespaces: ['/.*/'] }), ['from /.*/']],
  ['permissive-project', 'a namespace', an('AppProject', { sourceNamespaces: ['team-a'] }), []],
  ['application-escapes', 'the project default', an('Application', { project: 'default' }), ['project default']],
  ['application-escapes', 'a project of its own', an('Application', { project: 'shop' }), []],
  [
    'application-escapes',
    'the namespace of the controller',
    an('Application', { project: 'shop', destination: { namespace: 'argocd' } }),
    ['to argocd'],
  ],
  [
    'argocd-rbac',
    'everybody is admin',
    map('argocd-rbac-cm', { 'policy.default': 'role:admin' }),
    ['default role:admin'],
  ],
  ['argocd-rbac', 'everybody reads', map('argocd-rbac-cm', { 'policy.default': 'role:readonly' }), []],
  ['argocd-rbac', 'an admin', map('argocd-rbac-cm', { 'policy.csv': 'g, x, role:admin' }), ['x has role:admin']],
  ['argocd-rbac', 'a reader', map('argocd-rbac-cm', { 'policy.csv': 'g, x, role:readonly' }), []],
  ['argocd-rbac', 'everything', map('argocd-rbac-cm', { 'policy.csv': 'p, x, *, *, *, allow' }), ['x everything *']],
  [
    'argocd-rbac',
    'exec in another file',
    map('argocd-rbac-cm', { 'policy.x.csv': 'p, x, exec, create, a/*, allow' }),
    ['x exec a/*'],
  ],
  ['argocd-rbac', 'a deny', map('argocd-rbac-cm', { 'policy.csv': 'p, x, *, *, *, deny' }), []],
  [
    'argocd-rbac',
    'quotes',
    map('argocd-rbac-cm', { 'policy.csv': 'p, "a, b", "*", "*", *, allow' }),
    ['a, b everything *'],
  ],
  ...(
    [
      ['projects, update, *', ['x projects *']],
      ['clusters, create, *', ['x clusters *']],
      ['accounts, update, *', ['x accounts *']],
      ['applications, override, a/*', ['x override a/*']],
      ['applications, update/apps/Deployment/*, a/*', ['x write a/*']],
      ['app*, cr*, a/*', ['x write a/*']],
      ['applications, {create\\,get}, a/*', ['x override a/*', 'x write a/*', 'x delete a/*', 'x sync a/*']],
      ['repositories, create, *', ['x repositories *']],
      ['gpgkeys, create, *', ['x trust *']],
      ['applications, delete, a/*', ['x delete a/*']],
      ['applications, action/*, a/*', ['x sync a/*']],
      ['logs, get, a/*', ['x logs a/*']],
      ['extensions, invoke, *', ['x extensions *']],
      ['applications, get, *', []],
      ['projects, get, *', []],
    ] as const
  ).map(
    ([line, facets]) =>
      [
        'argocd-rbac',
        line,
        map('argocd-rbac-cm', { 'policy.csv': `# p, y, *, *, *\n p, x, ${line.replace('\\,', '|')}, allow` }),
        facets,
      ] as const,
  ),
  [
    'argocd-rbac',
    'regular expressions',
    map('argocd-rbac-cm', { 'policy.csv': 'p, x, log, .*, a, allow\np, y, lo*, get, a', 'policy.matchMode': 'regex' }),
    ['x logs a', 'y logs a', 'regex'],
  ],
  [
    'argocd-rbac',
    'a role of a role that may do much',
    map('argocd-rbac-cm', { 'policy.csv': 'p, role:a, exec, create, */*\ng, role:b, role:a\ng, x, role:b' }),
    ['role:a exec */*', 'role:b has role:a', 'x has role:b'],
  ],
  [
    'argocd-rbac',
    'a role that reads',
    map('argocd-rbac-cm', { 'policy.csv': 'p, role:a, applications, get, */*\ng, x, role:a' }),
    [],
  ],
  ['argocd-rbac', 'a role of a project', map('argocd-rbac-cm', { 'policy.csv': 'g, x, proj:a:b' }), ['x has proj:a:b']],
  [
    'argocd-rbac',
    'everybody has a role that may do much',
    map('argocd-rbac-cm', { 'policy.default': 'role:a', 'policy.csv': 'p, role:a, exec, create, a/*' }),
    ['default role:a', 'role:a exec a/*'],
  ],
  ['argocd-rbac', 'other claims', map('argocd-rbac-cm', { scopes: '[groups, email]' }), ['scope email']],
  ['argocd-rbac', 'the usual claims', map('argocd-rbac-cm', { scopes: '[groups]' }), []],
  ['argocd-rbac', 'no login at all', map('argocd-cmd-params-cm', { 'server.disable.auth': 'true' }), ['no login']],
  ['argocd-rbac', 'that of another map', map('argocd-cm', { 'server.disable.auth': 'true' }), []],
  ['argocd-rbac', 'no login', map('argocd-cm', { 'users.anonymous.enabled': 'true' }), ['anonymous']],
  [
    'argocd-project-roles',
    'a role that runs commands',
    an('AppProject', { roles: [aRole('exec, create, it/*', { groups: ['g'] })] }),
    ['ci exec it/*', 'ci to g'],
  ],
  [
    'argocd-project-roles',
    'its tokens',
    an('AppProject', { roles: [aRole('applications, sync, it/*', { jwtTokens: [{ iat: 7 }, { id: 'a' }] })] }),
    ['ci sync it/*', 'ci token 7', 'ci token a'],
  ],
  [
    'argocd-project-roles',
    'a role that reads',
    an('AppProject', { roles: [aRole('applications, get, it/*', { groups: ['g'] })] }),
    [],
  ],
  ['argocd-rbac', 'terminals', map('argocd-cm', { 'exec.enabled': 'true' }), ['exec']],
  ['argocd-rbac', 'no terminals', map('argocd-cm', { 'exec.enabled': 'false' }), []],
  ['argocd-rbac', 'another map', map('other', { 'policy.default': 'role:admin' }), []],
  [
    'argocd-impersonation',
    'switched off',
    map('argocd-cm', { 'application.sync.impersonation.enabled': 'false' }),
    ['off'],
  ],
  ['argocd-impersonation', 'switched on', map('argocd-cm', { 'application.sync.impersonation.enabled': 'true' }), []],
  ['flux-without-account', 'a Kustomization', flux({}), ['no account']],
  ['flux-without-account', 'a HelmRelease', release({}), ['no account']],
  ['flux-without-account', 'with an account', flux({ serviceAccountName: 'a' }), []],
  ['flux-without-account', 'with a cluster of its own', flux({ kubeConfig: { secretRef: { name: 'a' } } }), []],
  ['flux-foreign-source', 'elsewhere', flux({ sourceRef: { name: 'a', namespace: 'other' } }), ['other/a']],
  ['flux-foreign-source', 'here', flux({ sourceRef: { name: 'a', namespace: 'shop' } }), []],
  [
    'flux-foreign-source',
    'the chart of a release',
    release({ chart: { spec: { sourceRef: { name: 'a', namespace: 'other' } } } }),
    ['other/a'],
  ],
  [
    'flux-foreign-source',
    'a chart by reference',
    release({ chartRef: { name: 'a', namespace: 'other' } }),
    ['other/a'],
  ],
];

test.each(TABLE)('%s: %s', (rule, _, manifest, facets) => {
  const found = gitops.find(({ id }) => id === `rbac/${rule}`);
  const hits = readObjects(manifest).flatMap((object) => found?.hits(object, {}) ?? []);
  const facetsFound = hits.flatMap((hit) => hit.facets.map((facet) => facet.replaceAll('\u0001', ' ')));
  expect(facetsFound.toSorted()).toEqual([...facets].toSorted());
});

test('every rule has a row that finds and one that does not', () => {
  for (const { id } of gitops) {
    const rows = TABLE.filter(([rule]) => id === `rbac/${rule}`);
    expect([
      id,
      rows.some(([, , , facets]) => facets.length > 0),
      rows.some(([, , , facets]) => facets.length === 0),
    ]).toEqual([id, true, true]);
  }
});

test('what is less severe is a finding of its own', () => {
  const [escapes] = gitops.filter(({ id }) => id === 'rbac/application-escapes');
  const object = an('Application', { project: 'default', destination: { namespace: 'kube-system' } });
  const hits = readObjects(object).flatMap((one) => escapes?.hits(one, {}) ?? []);
  expect(hits.map(({ severity, message }) => [severity ?? escapes?.severity, message])).toEqual([
    ['high', 'Application `it`: deploys into namespace `kube-system`, whose objects rule the cluster'],
    ['low', 'Application `it`: is of the project `default`, which limits nothing'],
  ]);
});

test.each<readonly [line: string, severity: string]>([
  ['exec, create, a/*', 'high'],
  ['applications, override, a/*', 'high'],
  ['applications, create, a/*', 'medium'],
  ['applications, create, */*', 'high'],
  ['applications, create, *', 'high'],
  ['applications, delete, *', 'medium'],
  ['applications, sync, *', 'low'],
])('a line of Argo CD is as severe as what it allows: %s', (line, severity) => {
  const [rule] = gitops.filter(({ id }) => id === 'rbac/argocd-rbac');
  const object = map('argocd-rbac-cm', { 'policy.csv': `p, role:a, ${line}, allow\ng, x, role:a` });
  const hits = readObjects(object).flatMap((one) => rule?.hits(one, {}) ?? []);
  expect(hits.map((hit) => hit.severity ?? rule?.severity)).toEqual([severity]);
});

test('a role of a project is limited to it, whatever its lines say', () => {
  const [rule] = gitops.filter(({ id }) => id === 'rbac/argocd-project-roles');
  const object = an('AppProject', {
    roles: [aRole('applications, create, *', { groups: ['g'], jwtTokens: [{ iat: 1 }, { iat: 2 }] })],
  });
  const hits = readObjects(object).flatMap((one) => rule?.hits(one, {}) ?? []);
  expect(hits.map(({ severity, message }) => [severity, message])).toEqual([
    [
      'medium',
      'AppProject `it`: its role `ci` may change what is deployed by `*`; the group `g` has its role `ci`; whoever has one of 2 tokens has its role `ci`: `1`, `2`',
    ],
  ]);
});
