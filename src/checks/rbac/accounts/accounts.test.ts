import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../../test/builders/manifest.ts';
import { aBinding, aClusterRole } from '../../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { Problem } from '../../../model/finding.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { type Manifest, objectIdOf } from '../../../model/manifest.ts';
import type { WholeWorlds } from '../../check.ts';
import { rbac } from '../index.ts';
import { ACCOUNT_RULES } from './rules.ts';

interface Sides {
  readonly rest?: readonly Manifest[];
  readonly base?: readonly Manifest[];
  readonly merged?: readonly Manifest[];
  readonly notCounted?: WholeWorlds['notCounted'];
  readonly builtIn?: readonly JsonObject[];
}

const OWN: ReadonlySet<string> = new Set([...ACCOUNT_RULES.map(({ id }) => id), 'rbac/argocd-impersonation']);

async function problemsOf(sides: Sides): Promise<readonly Problem[]> {
  const { rest = [], base = [], merged = [], notCounted = [], builtIn = [] } = sides;
  const others = rest.map((one) => ({ ...one, app: 'other' }));
  const whole = {
    base: aWorld('base', [...others, ...base]),
    merged: aWorld('merged', [...others, ...merged]),
    builtIn,
    notCounted,
  };
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY, whole };
  return (await rbac.run(input, AbortSignal.any([]))).filter(({ rule }) => OWN.has(rule));
}

/** Of the merge result: severity and rule. */
async function said(sides: Sides): Promise<readonly string[]> {
  const found = (await problemsOf(sides)).filter(({ side }) => side === 'merged');
  return found.map(({ severity, rule, enforcement }) =>
    [severity, rule, ...(enforcement === 'advice' ? ['advice'] : [])].join(' '),
  );
}

function fact({ rule, app, object, key }: Problem, facet: string): string {
  return [rule, app, object?.name, key, facet].join(' ');
}

/** With a fact that the base has not. */
async function news(sides: Sides): Promise<readonly string[]> {
  const found = await problemsOf(sides);
  const known = new Set(
    found.filter(({ side }) => side === 'base').flatMap((one) => one.facets.map((facet) => fact(one, facet))),
  );
  return found
    .filter((one) => one.side === 'merged' && one.facets.some((facet) => !known.has(fact(one, facet))))
    .map(({ rule }) => rule);
}

function named(manifest: Manifest, name: string, metadata: JsonObject = {}): Manifest {
  const before = manifest.object['metadata'] as JsonObject;
  const object = { ...manifest.object, metadata: { ...before, name, ...metadata } };
  return { ...manifest, object, id: objectIdOf(object) };
}

const LABELS = { app: 'web' };
const deployment = (spec: JsonObject, name = 'web'): Manifest =>
  aManifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { template: { metadata: { labels: LABELS }, spec } },
  });
const as = (serviceAccountName: string, more: JsonObject = {}): Manifest => deployment({ serviceAccountName, ...more });
const account = (name: string, more: JsonObject = {}): Manifest =>
  aManifest({ kind: 'ServiceAccount', metadata: { name }, ...more });
const role = (name: string, rules: readonly (string | JsonValue)[]): Manifest => named(aClusterRole(rules), name);
const bound = (to: string, subject: string): Manifest =>
  named(aBinding('ClusterRoleBinding', `ClusterRole/${to}`, [subject]), `${to}-${subject.replaceAll(/[:/]/g, '-')}`);
const boundHere = (to: string, subject: string, namespace = 'shop'): Manifest =>
  named(aBinding('RoleBinding', `ClusterRole/${to}`, [subject]), to, { namespace });

const HARMLESS = [role('read', ['core/pods:get']), bound('read', 'ServiceAccount:shop/web')];
const POWER = [role('power', ['core/secrets:get']), bound('power', 'ServiceAccount:shop/web')];
const PROJECTED = (token: JsonObject): JsonObject => ({
  automountServiceAccountToken: false,
  volumes: [{ projected: { sources: [{ serviceAccountToken: { path: 'token', ...token } }] } }],
});
const SECRET_VOLUME = { automountServiceAccountToken: false, volumes: [{ secret: { secretName: 'tok' } }] };
const TOKEN_SECRET = aManifest({
  kind: 'Secret',
  metadata: { name: 'tok', annotations: { 'kubernetes.io/service-account.name': 'web' } },
  type: 'kubernetes.io/service-account-token',
});
const OFF = { automountServiceAccountToken: false };

describe('the credentials of a workload', () => {
  test.each<readonly [name: string, sides: Sides, expected: readonly string[]]>([
    ['the default account is advice', { merged: [deployment({})] }, ['low rbac/default-account advice']],
    ['named default is the same', { merged: [as('default')] }, ['low rbac/default-account advice']],
    ['by its old name too', { merged: [deployment({ serviceAccount: 'web' })], rest: HARMLESS }, []],
    [
      'the default account with rights',
      {
        merged: [deployment({})],
        rest: [role('read', ['core/pods:get']), bound('read', 'ServiceAccount:shop/default')],
      },
      ['high rbac/default-account'],
    ],
    [
      'the default account with rights of all accounts of its namespace',
      {
        merged: [deployment({})],
        rest: [role('read', ['core/pods:get']), bound('read', 'Group:system:serviceaccounts:shop')],
      },
      ['high rbac/default-account'],
    ],
    [
      'what everybody with a login has is none',
      {
        merged: [deployment({})],
        rest: [role('read', ['core/pods:get']), bound('read', 'Group:system:authenticated')],
      },
      ['low rbac/default-account advice'],
    ],
    [
      'what Kubernetes itself gives to all accounts is none',
      {
        merged: [deployment({})],
        builtIn: [role('read', []).object, bound('read', 'Group:system:serviceaccounts').object],
      },
      ['low rbac/default-account advice'],
    ],
    ['the default account without a token', { merged: [deployment(OFF)] }, []],
    ['the default account whose token is off', { merged: [deployment({})], rest: [account('default', OFF)] }, []],
    ['a token of no use is advice', { merged: [as('web')] }, ['low rbac/token-automount advice']],
    ['a token that is off', { merged: [as('web', OFF)] }, []],
    ['a token that the account switches off', { merged: [as('web')], rest: [account('web', OFF)] }, []],
    [
      'the pod has the last word',
      { merged: [as('web', { automountServiceAccountToken: true })], rest: [account('web', OFF)] },
      ['low rbac/token-automount advice'],
    ],
    ['a token for harmless rights is needed', { merged: [as('web')], rest: HARMLESS }, []],
    ['a token for power that nobody asked for', { merged: [as('web')], rest: POWER }, ['high rbac/token-automount']],
    [
      'a token for power that the pod asks for',
      { merged: [as('web', { automountServiceAccountToken: true })], rest: POWER },
      [],
    ],
    [
      'a token for power that the account asks for',
      { merged: [as('web')], rest: [...POWER, account('web', { automountServiceAccountToken: true })] },
      [],
    ],
    ['a token by hand', { merged: [as('web', PROJECTED({}))], rest: HARMLESS }, ['medium rbac/token-mounted-by-hand']],
    [
      'a token for the API server by hand',
      { merged: [as('web', PROJECTED({ audience: 'https://kubernetes.default.svc' }))] },
      ['medium rbac/token-mounted-by-hand'],
    ],
    ['a token for a vault', { merged: [as('web', PROJECTED({ audience: 'vault' }))] }, []],
    [
      'a Secret with a token',
      { merged: [as('web', SECRET_VOLUME)], rest: [TOKEN_SECRET] },
      ['medium rbac/token-mounted-by-hand'],
    ],
    ['another Secret', { merged: [as('web', SECRET_VOLUME)] }, []],
    [
      'a token by hand beside the mounted one',
      { merged: [as('web', { ...PROJECTED({}), automountServiceAccountToken: true })], rest: HARMLESS },
      [],
    ],
  ])('%s', async (_name, sides, expected) => {
    const paths = await said(sides);
    expect(paths).toEqual(expected);
  });

  test('what stays is nothing new, and nobody is told of workloads in other apps', async () => {
    const before = [deployment({}), as('web')].map((one, index) => named(one, `w${index}`));
    expect(await news({ base: before, merged: before })).toEqual([]);
    expect(await said({ rest: before, merged: [role('x', [])] })).toEqual([]);
  });

  test('rights that the account gains are said of the binding, not of each workload', async () => {
    const sides = {
      base: [deployment({})],
      merged: [deployment({}), boundHere('read', 'ServiceAccount:shop/default')],
    };
    expect(await news({ ...sides, rest: [role('read', ['core/pods:get'])] })).toEqual([]);
  });

  test('one finding for each workload says who and why', async () => {
    const [found] = await problemsOf({ merged: [as('web')], rest: POWER });
    expect(found).toMatchObject({
      message:
        'Deployment `web` runs as service account `shop/web` with a token that nobody asked for, and service account `shop/web` can read every Secret of the whole cluster: get on secrets',
      pointer: '/spec/template/spec/serviceAccountName',
    });
  });

  test('also without a base, from what is there', async () => {
    const input = { base: aWorld('base', []), merged: aWorld('merged', [as('web'), ...POWER]), policy: DEFAULT_POLICY };
    const found = (await rbac.run(input, AbortSignal.any([]))).filter(({ rule }) => OWN.has(rule));
    expect(found.map(({ rule }) => rule)).toEqual(['rbac/token-automount']);
    expect(rbac.looksAt({ ...input, merged: aWorld('merged', [as('web')]) })).toBe(true);
  });
});

describe('an account that is switched', () => {
  const before = [as('old')];
  const OLD = [role('read', ['core/pods:get']), bound('read', 'ServiceAccount:shop/old')];

  test('says what the workload gains', async () => {
    const found = await problemsOf({ base: before, merged: [as('web')], rest: POWER });
    expect(found).toMatchObject([
      { rule: 'rbac/token-automount', side: 'base' },
      { rule: 'rbac/token-automount', side: 'merged' },
      {
        rule: 'rbac/account-switch',
        severity: 'critical',
        message:
          'Deployment `web` runs as service account `shop/web` in place of service account `shop/old`, and gains get on secrets in the whole cluster',
        grant: { alsoSays: ['rbac/secrets-read-cluster-wide'], reach: 'all' },
      },
    ]);
  });

  test.each<readonly [name: string, sides: Sides, expected: readonly string[]]>([
    [
      'to harmless rights',
      { base: before, merged: [as('web', { automountServiceAccountToken: true })], rest: HARMLESS },
      ['low rbac/account-switch'],
    ],
    ['to the same rights', { base: before, merged: [as('web')], rest: [...HARMLESS, ...OLD] }, []],
    [
      'to rights that are cut otherwise',
      {
        base: before,
        merged: [as('web')],
        rest: [...OLD, role('a', ['core/pods:get']), boundHere('a', 'ServiceAccount:shop/web')],
      },
      [],
    ],
    ['without a token', { base: before, merged: [as('web', OFF)], rest: POWER }, []],
    [
      'from no token',
      {
        base: [as('old', OFF)],
        merged: [as('web', { automountServiceAccountToken: true })],
        rest: [...HARMLESS, ...OLD],
      },
      ['low rbac/account-switch'],
    ],
    [
      'in one namespace',
      {
        base: before,
        merged: [as('web')],
        rest: [role('s', ['core/secrets:get']), boundHere('s', 'ServiceAccount:shop/web')],
      },
      ['high rbac/token-automount', 'high rbac/account-switch'],
    ],
    ['of a new workload', { merged: [as('web', { automountServiceAccountToken: true })], rest: POWER }, []],
  ])('%s', async (_name, sides, expected) => {
    expect(await said(sides)).toEqual(expected);
  });

  test('lists without end are refused with a sentence', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => `n${index}`);
    const every = Array.from({ length: 300 }, (_, index) => index);
    const bindings = every.map((index) => bound('wide', `ServiceAccount:shop/new${index}`));
    const sides = {
      base: every.map((index) => named(as(`old${index}`), `w${index}`)),
      merged: every.map((index) => named(as(`new${index}`), `w${index}`)),
      rest: [role('wide', [{ apiGroups: [''], resources: many, verbs: many }]), ...bindings],
    };
    await expect(problemsOf(sides)).rejects.toThrow(/could be compared; change fewer/);
  });
});

const service = (spec: JsonObject, namespace = 'shop'): Manifest =>
  aManifest({ kind: 'Service', metadata: { name: 'web', namespace }, spec: { selector: LABELS, ...spec } });
const ingress = (spec: JsonObject): Manifest =>
  aManifest({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', spec });
const httpRoute = (ref: JsonObject): Manifest =>
  aManifest({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    spec: { rules: [{ backendRefs: [ref] }] },
  });
const WANTED = as('web', { automountServiceAccountToken: true });
const BACKEND = { service: { name: 'web', port: { number: 80 } } };

describe('what is reachable from outside and has power over the cluster', () => {
  test.each<readonly [name: string, ...merged: Manifest[]]>([
    ['by a load balancer', service({ type: 'LoadBalancer' })],
    ['by a port of the nodes', service({ type: 'NodePort' })],
    ['by addresses', service({ externalIPs: ['192.0.2.1'] })],
    ['by an Ingress', service({}), ingress({ rules: [{ http: { paths: [{ backend: BACKEND }] } }] })],
    ['by the rest of an Ingress', service({}), ingress({ defaultBackend: BACKEND })],
    ['by an old Ingress', service({}), ingress({ backend: { serviceName: 'web' } })],
    ['by a route', service({}), httpRoute({ name: 'web' })],
    ['by a route that names its namespace', service({}), httpRoute({ name: 'web', namespace: 'shop' })],
    [
      'by a route of OpenShift',
      service({}),
      aManifest({ apiVersion: 'route.openshift.io/v1', kind: 'Route', spec: { to: { kind: 'Service', name: 'web' } } }),
    ],
    [
      'by the second target of one',
      service({}),
      aManifest({
        apiVersion: 'route.openshift.io/v1',
        kind: 'Route',
        spec: { to: { name: 'a' }, alternateBackends: [{ name: 'web' }] },
      }),
    ],
  ])('%s', async (_name, ...merged) => {
    expect(await said({ rest: POWER, merged: [WANTED, ...merged] })).toEqual(['critical rbac/exposed-takeover']);
  });

  test.each<readonly [name: string, rest: readonly Manifest[], ...merged: Manifest[]]>([
    ['inside only', POWER, WANTED, service({})],
    ['of another namespace', POWER, WANTED, service({ type: 'LoadBalancer' }, 'other')],
    ['other pods', POWER, WANTED, service({ type: 'LoadBalancer', selector: { app: 'web', tier: 'x' } })],
    ['no pods', POWER, WANTED, service({ type: 'LoadBalancer', selector: {} })],
    ['harmless', HARMLESS, WANTED, service({ type: 'LoadBalancer' })],
    [
      'power in a namespace',
      [role('s', ['core/secrets:get']), boundHere('s', 'ServiceAccount:shop/web')],
      WANTED,
      service({ type: 'LoadBalancer' }),
    ],
    ['without a token', POWER, as('web', OFF), service({ type: 'LoadBalancer' })],
    [
      'a route to a Service of another namespace',
      POWER,
      WANTED,
      service({}),
      httpRoute({ name: 'web', namespace: 'a' }),
    ],
    ['a route to no Service', POWER, WANTED, service({}), httpRoute({ name: 'web', group: 'example.com' })],
  ])('not: %s', async (_name, rest, ...merged) => {
    expect(await said({ rest, merged })).toEqual([]);
  });

  test('is said on what the change brings: the door, or the binding', async () => {
    const door = await problemsOf({ rest: [...POWER, WANTED], merged: [service({ type: 'LoadBalancer' })] });
    expect(door).toMatchObject([
      {
        object: { kind: 'Service' },
        message:
          'Deployment `web` runs as service account `shop/web` and is reachable from outside by Service `web` (LoadBalancer); service account `shop/web` can read every Secret of the whole cluster: get on secrets',
      },
    ]);
    const [power, binding] = POWER;
    if (power === undefined || binding === undefined) throw new Error('no power');
    const rest = [account('web'), WANTED, service({ type: 'NodePort' }), power];
    expect(await problemsOf({ rest, merged: [binding] })).toMatchObject([{ object: { kind: 'ClusterRoleBinding' } }]);
    expect(await said({ rest: [...rest, binding], merged: [role('x', [])] })).toEqual([]);
  });

  test('one door more is new, what stays is not', async () => {
    const base = [WANTED, service({ type: 'LoadBalancer' })];
    expect(await news({ rest: POWER, base, merged: base })).toEqual([]);
    const merged = [...base, ingress({ defaultBackend: BACKEND })];
    expect(await news({ rest: POWER, base, merged })).toEqual(['rbac/exposed-takeover']);
    const looked = { base: aWorld('base', []), policy: DEFAULT_POLICY };
    expect(rbac.looksAt({ ...looked, merged: aWorld('merged', [service({ type: 'NodePort' })]) })).toBe(true);
    expect(rbac.looksAt({ ...looked, merged: aWorld('merged', [service({})]) })).toBe(false);
  });
});

describe('bindings to accounts', () => {
  const it = boundHere('view', 'ServiceAccount:shop/web');
  const view = role('view', []);

  test.each<readonly [name: string, sides: Sides, expected: readonly string[]]>([
    ['that are nowhere', { merged: [it], rest: [view, deployment(OFF)] }, ['medium rbac/dangling-account']],
    ['in a namespace of which nothing is known', { merged: [it], rest: [view] }, ['low rbac/dangling-account']],
    [
      'in kube-system',
      {
        merged: [boundHere('view', 'ServiceAccount:kube-system/web')],
        rest: [view, named(account('x'), 'x', { namespace: 'kube-system' })],
      },
      ['low rbac/dangling-account'],
    ],
    [
      'while not all was counted',
      {
        merged: [it],
        rest: [view, account('x')],
        notCounted: [{ app: 'broken', cluster: 'production', side: 'merged', reason: 'no' }],
      },
      ['low rbac/dangling-account'],
    ],
    ['that are there', { merged: [it], rest: [view, account('web')] }, []],
    [
      'that are items of a List',
      { merged: [it], rest: [view, aManifest({ kind: 'List', items: [account('web').object] })] },
      [],
    ],
    ['called default', { merged: [boundHere('view', 'ServiceAccount:shop/default')], rest: [view, account('x')] }, []],
    ['of users', { merged: [boundHere('view', 'User:ann')], rest: [view] }, []],
    [
      'that Kubernetes binds itself',
      { merged: [it], rest: [view, account('x')], builtIn: [bound('view', 'ServiceAccount:shop/web').object] },
      [],
    ],
    [
      'written as a user',
      { merged: [boundHere('view', 'User:system:serviceaccount:shop:web')], rest: [view, account('x')] },
      ['medium rbac/dangling-account'],
    ],
    ['in apps that the change does not touch', { merged: [view], rest: [it, account('x')] }, []],
    [
      'whose namespace only the controller knows',
      {
        merged: [named(it, 'it', { namespace: '' }), named(account('web'), 'web', { namespace: '' })].map((one) => one),
        rest: [view],
      },
      [],
    ],
  ])('%s', async (_name, sides, expected) => {
    expect(await said(sides)).toEqual(expected);
  });

  test('that were nowhere before are nothing new, one more is', async () => {
    const two = {
      ...it,
      object: {
        ...it.object,
        subjects: [
          { kind: 'ServiceAccount', name: 'web' },
          { kind: 'ServiceAccount', name: 'b' },
        ],
      },
    };
    const rest = [view, account('x')];
    expect(await news({ rest, base: [it], merged: [it] })).toEqual([]);
    expect(await news({ rest, base: [it], merged: [two] })).toEqual(['rbac/dangling-account']);
  });
});

const flux = (spec: JsonObject): Manifest =>
  aManifest({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', spec });
const LEAST = flux({ serviceAccountName: 'web' });
const EDIT = ['core/secrets,pods:*'];

describe('the account that Flux applies with', () => {
  test.each<readonly [name: string, sides: Sides, expected: readonly string[]]>([
    ['has power over the cluster', { merged: [LEAST], rest: POWER }, ['high rbac/flux-account-power']],
    [
      'has power where it is',
      { merged: [LEAST], rest: [role('edit', EDIT), boundHere('edit', 'ServiceAccount:shop/web')] },
      [],
    ],
    [
      'has power where it deploys',
      {
        merged: [flux({ serviceAccountName: 'web', targetNamespace: 'b' })],
        rest: [role('edit', EDIT), boundHere('edit', 'ServiceAccount:shop/web', 'b')],
      },
      [],
    ],
    [
      'has power elsewhere',
      { merged: [LEAST], rest: [role('edit', EDIT), boundHere('edit', 'ServiceAccount:shop/web', 'b')] },
      ['medium rbac/flux-account-power'],
    ],
    [
      'has power in a privileged namespace',
      { merged: [LEAST], rest: [role('edit', EDIT), boundHere('edit', 'ServiceAccount:shop/web', 'argocd')] },
      ['high rbac/flux-account-power'],
    ],
    ['is harmless', { merged: [LEAST], rest: HARMLESS }, []],
    ['is less than the controller that it was before', { base: [flux({})], merged: [LEAST], rest: POWER }, []],
    [
      'is that of another cluster',
      { merged: [flux({ kubeConfig: { secretRef: { name: 'kc' } }, serviceAccountName: 'web' })], rest: POWER },
      ['info rbac/flux-account-power advice'],
    ],
    [
      'is that of another cluster now',
      { base: [LEAST], merged: [flux({ kubeConfig: { secretRef: { name: 'kc' } } })] },
      ['medium rbac/flux-account-power'],
    ],
    [
      'is that of another cluster now, and was that of the controller',
      { base: [flux({})], merged: [flux({ kubeConfig: { configMapRef: { name: 'kc' } } })] },
      ['medium rbac/flux-account-power'],
    ],
  ])('%s', async (_name, sides, expected) => {
    expect(await said(sides)).toEqual(expected);
  });

  test('gains in the same app what is new, and no more', async () => {
    expect(await news({ base: [LEAST], merged: [LEAST], rest: POWER })).toEqual([]);
    expect(await news({ base: [LEAST], merged: [LEAST, account('web'), ...POWER] })).toEqual([
      'rbac/flux-account-power',
    ]);
  });

  test('in another cluster is new by other credentials, and not by the same', async () => {
    const old = flux({ kubeConfig: { secretRef: { name: 'kc', key: 'a' } } });
    expect(await news({ base: [old], merged: [old] })).toEqual([]);
    expect(await said({ base: [old], merged: [old] })).toEqual(['info rbac/flux-account-power advice']);
    const [one, other] = ['a', 'b'].map((name) => flux({ kubeConfig: { configMapRef: { name } } }));
    if (one === undefined || other === undefined) throw new Error('no objects');
    expect(await news({ base: [one], merged: [other] })).toEqual(['rbac/flux-account-power']);
    for (const kubeConfig of [
      { secretRef: { name: 'kc', key: 'b' } },
      { secretRef: { name: 'other', key: 'a' } },
      { configMapRef: { name: 'kc' } },
    ]) {
      expect(await news({ base: [old], merged: [flux({ kubeConfig })] })).toEqual(['rbac/flux-account-power']);
    }
  });

  test('of a HelmRelease too, in words', async () => {
    const release = aManifest({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      spec: { serviceAccountName: 'web' },
    });
    const [found] = await problemsOf({ merged: [release], rest: POWER });
    expect(found?.message).toBe(
      'HelmRelease `it` is applied as service account `shop/web`: service account `shop/web` can read every Secret of the whole cluster: get on secrets',
    );
  });
});

const HERE = 'https://kubernetes.default.svc';
const project = (...entries: readonly JsonObject[]): Manifest =>
  aManifest({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', spec: { destinationServiceAccounts: entries } });
const entry = (defaultServiceAccount: string, namespace = 'shop', server = HERE): JsonObject => ({
  server,
  namespace,
  defaultServiceAccount,
});

describe('the account that Argo CD syncs with', () => {
  const SHOP_ONLY = [role('edit', EDIT), boundHere('edit', 'ServiceAccount:shop/web')];
  const HIGH = 'high rbac/argocd-impersonation';
  const INFO = 'info rbac/argocd-impersonation advice';

  test.each<readonly [name: string, entry: JsonObject, rest: readonly Manifest[], expected: string]>([
    ['has power over the cluster', entry('web'), POWER, HIGH],
    ['has power where it deploys', entry('web'), SHOP_ONLY, INFO],
    ['is named with its namespace', entry('shop:web', 'shop'), SHOP_ONLY, INFO],
    ['deploys elsewhere than it has power', entry('shop:web', 'b'), SHOP_ONLY, HIGH],
    ['is found in each namespace of a pattern', entry('web', 'sh*'), SHOP_ONLY, INFO],
    ['is found by a pattern that only Argo CD knows, and is not taken for home', entry('web', 's?op'), SHOP_ONLY, HIGH],
    ['is bound to nothing', entry('nobody'), SHOP_ONLY, HIGH],
    ['is of another cluster', entry('web', 'shop', 'https://a.example'), SHOP_ONLY, HIGH],
    ['is of any cluster', entry('web', 'shop', '*'), SHOP_ONLY, INFO],
  ])('%s', async (_name, one, rest, expected) => {
    expect(await said({ merged: [project(one)], rest })).toEqual([expected]);
  });

  test('an entry that stays is nothing new, unless its account gains something', async () => {
    expect(await news({ base: [project(entry('web'))], merged: [project(entry('web'))], rest: POWER })).toEqual([]);
    const found = await news({
      base: [project(entry('web'))],
      merged: [project(entry('web')), account('web'), ...POWER],
    });
    expect(found).toEqual(['rbac/argocd-impersonation']);
  });
});
