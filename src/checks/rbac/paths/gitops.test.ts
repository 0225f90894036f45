import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import { aDeployment, aRoleOf, bound, boundIn, pathsIn } from '../../../../test/builders/paths.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';

const DEV = 'Group:dev';
const ADMIN = [aRoleOf('boss', '*/*:*'), bound('boss', 'ServiceAccount:shop/boss')];

const inNamespace = (namespace: string, ...rules: readonly string[]) => [
  aRoleOf('dev', ...rules),
  boundIn(namespace, 'dev', DEV),
];
const project = (name: string, spec: JsonObject) =>
  aManifest({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: { name, namespace: 'argocd' }, spec });
const destination = (namespace: string, server = 'https://kubernetes.default.svc') => ({ server, namespace });
const takingFrom = (sourceNamespaces: readonly string[], destinations: readonly JsonObject[], more: JsonObject = {}) =>
  project('team', { sourceNamespaces, destinations, ...more });

const tells = async (rest: readonly Manifest[], merged: readonly Manifest[], base: readonly Manifest[] = []) =>
  (await pathsIn({ rest, base, merged })).map(({ rule, severity, message }) => `${rule} ${severity} ${message}`);

describe('whoever writes Applications is whatever Argo CD may be for it', () => {
  const WRITE = 'argoproj.io/applications:create';
  const controller = aDeployment('argocd-application-controller', 'argo', {}, 'gitops');
  const argo = [aRoleOf('argo', '*/*:*'), bound('argo', 'ServiceAccount:gitops/argo'), controller];

  test('in the namespace of Argo CD, as its controller', async () => {
    expect(await tells(argo, inNamespace('gitops', WRITE))).toEqual([
      expect.stringMatching(
        /^rbac\/path-to-cluster critical group `dev` can write what Argo CD deploys, .* becomes service account `gitops\/argo`; service account `gitops\/argo` can do everything/,
      ),
    ]);
  });

  test('in another namespace, only by a project that takes Applications of it', async () => {
    expect(await tells(argo, inNamespace('team', WRITE))).toEqual([]);
    const open = takingFrom(['team'], [destination('*')]);
    expect(await tells([...argo, open], inNamespace('team', WRITE))).toHaveLength(1);
    expect(await tells([...argo, ...inNamespace('team', WRITE)], [open])).toEqual([
      expect.stringContaining('becomes service account `gitops/argo`'),
    ]);
    const [opened] = await pathsIn({ rest: [...argo, ...inNamespace('team', WRITE)], merged: [open] });
    expect(opened).toMatchObject({ object: { kind: 'AppProject', name: 'team' }, pointer: '/spec/sourceNamespaces' });
  });

  test.each<readonly [pattern: string, takes: boolean]>([
    ['*', true],
    ['te*', true],
    ['*am', true],
    ['t*a*', true],
    ['t??m', true],
    ['t[ea]am', true],
    ['/^team$/', true],
    ['tea', false],
    ['te?', false],
    ['teams*', false],
    ['te*tam', false],
    ['*x*', false],
    ['team?', false],
    ['team*team', false],
  ])('as the project says: %s', async (pattern, takes) => {
    const open = takingFrom([pattern], [destination('*')]);
    expect((await tells([...argo, open], inNamespace('team', WRITE))).length > 0).toBe(takes);
  });

  test.each<readonly [name: string, project: Manifest, told: readonly RegExp[]]>([
    ['every namespace', takingFrom(['team'], [destination('shop-*')]), [/service account `gitops\/argo`/]],
    [
      'cluster roles',
      takingFrom(['team'], [destination('team')], {
        clusterResourceWhitelist: [{ group: '*', kind: 'ClusterRoleBinding' }],
      }),
      [/service account `gitops\/argo`/],
    ],
    ['a privileged namespace', takingFrom(['team'], [destination('kube-system')]), [/can write what Argo CD deploys/]],
    [
      'a namespace with somebody of power',
      takingFrom(['team'], [destination('shop')]),
      [/becomes service account `shop\/boss`/],
    ],
    [
      'a namespace without, another than its own',
      takingFrom(['team'], [destination('quiet')]),
      [/^rbac\/path-to-namespace high group `dev` can write what Argo CD deploys/],
    ],
    [
      'its own namespace',
      takingFrom(['team'], [destination('team')], { clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] }),
      [],
    ],
    ['another cluster', takingFrom(['team'], [destination('*', 'https://elsewhere.example')]), []],
    ['nowhere', takingFrom(['team'], []), []],
  ])('and as far: %s', async (_, limits, told) => {
    const found = await tells([...argo, ...ADMIN, limits], inNamespace('team', WRITE));
    expect(found).toEqual(told.map((words) => expect.stringMatching(words)));
  });

  test('with accounts of the project, as these, where that is switched on', async () => {
    const limits = takingFrom(['team'], [destination('*')], {
      destinationServiceAccounts: [
        { ...destination('shop'), defaultServiceAccount: 'boss' },
        { ...destination('team'), defaultServiceAccount: 'ops:small' },
        { ...destination('*'), defaultServiceAccount: 'any' },
      ],
    });
    const data = { 'application.sync.impersonation.enabled': 'true' };
    const on = aManifest({ kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' }, data });
    const rest = [...argo, limits, ...inNamespace('team', WRITE)];
    expect((await tells([...rest, on], ADMIN))[0]).toMatch(/becomes service account `shop\/boss`/);
    expect(await tells([...argo, limits, on], inNamespace('team', WRITE))).toEqual([]);
    // Switched off again, it is the controller.
    expect((await tells(rest, [], [on]))[0]).toMatch(/becomes service account `gitops\/argo`/);
  });

  test('a named Application is one that is there', async () => {
    const app = aManifest({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'web', namespace: 'gitops' },
    });
    const named = inNamespace('gitops', 'argoproj.io/applications:patch@web');
    expect(await tells([...argo, app], named)).toHaveLength(1);
    expect(await tells(argo, named)).toEqual([]);
  });

  test('a default project that is written down limits', async () => {
    const limited = project('default', { destinations: [] });
    expect(await tells([...argo, limited], inNamespace('gitops', WRITE))).toEqual([]);
    expect(await tells([...argo, limited], inNamespace('gitops', 'argoproj.io/appprojects:create'))).toHaveLength(1);
  });
});

const flux = (args: readonly string[] = []) =>
  aDeployment('kustomize-controller', 'kustomize-controller', { containers: [{ args }] }, 'flux-system');
const kustomization = (spec: JsonObject) =>
  aManifest({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'web', namespace: 'team' },
    spec,
  });

describe('whoever writes objects of Flux is who applies them', () => {
  const rights = [aRoleOf('flux', '*/*:*'), bound('flux', 'ServiceAccount:flux-system/kustomize-controller')];
  const WRITE = 'kustomize.toolkit.fluxcd.io/kustomizations:create';
  const FROM = { sourceRef: { kind: 'GitRepository', name: 'web' } };

  test('the controller, where it has no account for what names none', async () => {
    expect(await tells([...rights, flux()], inNamespace('team', WRITE))).toEqual([
      expect.stringMatching(
        /^rbac\/path-to-cluster critical .* becomes service account `flux-system\/kustomize-controller`/,
      ),
    ]);
    expect(await tells([...rights, flux(['--default-service-account=small'])], inNamespace('team', WRITE))).toEqual([]);
    // The change that takes the default away opens the way.
    const dev = inNamespace('team', WRITE);
    expect(await tells([...rights, ...dev], [flux()], [flux(['--default-service-account=small'])])).toHaveLength(1);
  });

  test('every account of its namespace', async () => {
    const locked = flux(['--default-service-account=small']);
    expect((await tells([...ADMIN, locked], inNamespace('shop', WRITE)))[0]).toMatch(
      /becomes service account `shop\/boss`/,
    );
    expect(await tells([...ADMIN, locked], inNamespace('team', WRITE))).toEqual([]);
  });

  test('of a source, those who apply what comes from it', async () => {
    const writer = inNamespace('team', 'source.toolkit.fluxcd.io/gitrepositories:patch');
    const locked = flux(['--default-service-account=small']);
    const boss = [aRoleOf('boss', '*/*:*'), bound('boss', 'ServiceAccount:team/boss')];
    expect((await tells([...boss, kustomization({ ...FROM, serviceAccountName: 'boss' })], writer))[0]).toMatch(
      /becomes service account `team\/boss`/,
    );
    expect((await tells([...rights, flux(), kustomization(FROM)], writer))[0]).toMatch(
      /becomes service account `flux-system/,
    );
    expect(await tells([...rights, locked, kustomization(FROM)], writer)).toEqual([]);
    expect(await tells([...rights, flux()], writer)).toEqual([]);
    const remote = kustomization({ ...FROM, kubeConfig: { secretRef: { name: 'x' } } });
    expect(await tells([...rights, flux(), remote], writer)).toEqual([]);
    const named = inNamespace('team', 'source.toolkit.fluxcd.io/gitrepositories:patch@other');
    expect(await tells([...rights, flux(), kustomization(FROM)], named)).toEqual([]);
  });

  test('what a controller is that no object shows, is what it is installed with: one of a way is high', async () => {
    // The account becomes a writer by starting a pod; the writer alone is said by what it holds.
    const rest = [aRoleOf('flux', WRITE), boundIn('team', 'flux', 'ServiceAccount:team/ci')];
    expect(await tells(rest, inNamespace('team', 'core/pods:create'))).toEqual([
      expect.stringMatching(
        /^rbac\/path-to-cluster high .* becomes service account `team\/ci`; .* can write what Flux deploys/,
      ),
    ]);
    expect(await tells([], inNamespace('team', WRITE))).toEqual([]);
  });
});

describe('whoever writes the objects of an operator', () => {
  const definition = aManifest({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'jobs.x.example', namespace: '' },
    spec: { group: 'x.example', names: { plural: 'jobs' } },
  });
  const operator = [
    aDeployment('operator', 'operator', {}, 'ops'),
    aRoleOf('operator', '*/*:*'),
    bound('operator', 'ServiceAccount:ops/operator'),
  ];
  const writer = inNamespace('team', 'x.example/jobs:create');

  test('steers it, which is of medium severity', async () => {
    expect(await tells([definition, ...operator], writer)).toEqual([
      expect.stringMatching(
        /^rbac\/path-to-cluster medium group `dev` can write what Deployment `operator` acts on: create on jobs \(x\.example\), and so becomes service account `ops\/operator`/,
      ),
    ]);
    const [found] = await pathsIn({ rest: [definition, ...operator], merged: writer });
    expect(found).toMatchObject({ object: { kind: 'RoleBinding', name: 'dev' } });
  });

  test.each<readonly [name: string, rest: readonly Manifest[]]>([
    ['without the definition', operator],
    ['without the operator', [definition]],
    ['whose operator is of another app', [definition, ...operator.map((one) => ({ ...one, app: 'other' }))]],
    [
      'that does not watch the kind',
      [
        definition,
        operator[0] as Manifest,
        aRoleOf('operator', 'core/secrets:get'),
        bound('operator', 'ServiceAccount:ops/operator'),
      ],
    ],
    [
      'whose operator has no token',
      [
        definition,
        aDeployment('operator', 'operator', { automountServiceAccountToken: false }, 'ops'),
        ...operator.slice(1),
      ],
    ],
  ])('is nobody %s', async (_, rest) => {
    expect(await tells(rest, writer)).toEqual([]);
  });

  test('a way that needs no operator is told, also where it is longer', async () => {
    const rest = [
      definition,
      ...operator,
      aRoleOf('mid', 'core/pods:create'),
      boundIn('ops', 'mid', 'ServiceAccount:team/mid'),
    ];
    const found = await tells(rest, inNamespace('team', 'x.example/jobs:create', 'core/pods:create'));
    expect(found[0]).toMatch(
      /critical .* becomes service account `team\/mid`; .* becomes service account `ops\/operator`/,
    );
  });
});
