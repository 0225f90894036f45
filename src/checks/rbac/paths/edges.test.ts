import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import { aDeployment, aRoleOf, bound, boundIn, named, pathsIn } from '../../../../test/builders/paths.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';

const ADMIN = [aRoleOf('boss', '*/*:*'), bound('boss', 'ServiceAccount:shop/boss')];
const BOSS = [...ADMIN, aDeployment('boss', 'boss')];
const DEV = 'Group:dev';

/** The group `dev` gains these rules, in the namespace `shop` or in the whole cluster. */
const here = (...rules: readonly string[]) => [aRoleOf('dev', ...rules), boundIn('shop', 'dev', DEV)];
const everywhere = (...rules: readonly string[]) => [aRoleOf('dev', ...rules), bound('dev', DEV)];

const appsObject = (kind: string, name: string, more: JsonObject) =>
  aManifest({ apiVersion: 'apps/v1', kind, metadata: { name }, ...more });
const token = (name: string, account: string) =>
  aManifest({
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
  });
const daemon = (pod: JsonObject, name = 'agent') =>
  appsObject('DaemonSet', name, {
    spec: { template: { spec: { automountServiceAccountToken: false, ...pod } } },
  });
const PRIVILEGED = daemon({ containers: [{ securityContext: { privileged: true } }] });
const statefulSet = appsObject('StatefulSet', 'boss', {
  spec: { template: { spec: { serviceAccountName: 'boss' } } },
});
const openNamespace = (level: string) =>
  aManifest({
    kind: 'Namespace',
    metadata: { name: 'shop', namespace: '', labels: { 'pod-security.kubernetes.io/enforce': level } },
  });

const volume = (path: string) => ({ volumes: [{ name: 'v', hostPath: { path } }] });
const capability = (...add: readonly string[]) => ({ containers: [{ securityContext: { capabilities: { add } } }] });

interface Case {
  readonly rest: readonly Manifest[];
  readonly opens: readonly Manifest[];
  /** How the shortest way is told. */
  readonly told: RegExp;
}

const OPEN: readonly (readonly [name: string, Case])[] = [
  [
    'starting workloads',
    {
      rest: ADMIN,
      opens: here('core/pods:create'),
      told: /^group `dev` can start workloads .* becomes service account `shop\/boss`; .* everything/,
    },
  ],
  [
    'changing a named controller',
    {
      rest: BOSS,
      opens: here('apps/deployments:patch@boss'),
      told: /start workloads .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'replacing the image of a pod',
    {
      rest: BOSS,
      opens: here('core/pods:patch'),
      told: /replace the image .* gets into Deployment `boss`; Deployment `boss` runs as service account `shop\/boss`; /,
    },
  ],
  [
    'exec',
    {
      rest: BOSS,
      opens: here('core/pods/exec:create'),
      told: /can run commands in every pod of namespace `shop`.*, and so gets into Deployment `boss`; Deployment `boss` runs as/,
    },
  ],
  [
    'exec into a named pod',
    {
      rest: [...ADMIN, statefulSet],
      opens: here('core/pods/exec:create@boss-0'),
      told: /gets into StatefulSet `boss`/,
    },
  ],
  ['attach', { rest: BOSS, opens: here('core/pods/attach:create'), told: /attach .* gets into Deployment `boss`/ }],
  [
    'a debug container',
    {
      rest: BOSS,
      opens: here('core/pods/ephemeralcontainers:patch'),
      told: /add a container .* gets into Deployment `boss`/,
    },
  ],
  [
    'a token',
    {
      rest: ADMIN,
      opens: here('core/serviceaccounts/token:create'),
      told: /request a token of every .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'a token of a named account',
    {
      rest: ADMIN,
      opens: here('core/serviceaccounts/token:create@boss'),
      told: /named service accounts .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'a token of a named account, in any namespace',
    {
      rest: ADMIN,
      opens: everywhere('core/serviceaccounts/token:create@boss'),
      told: /becomes service account `shop\/boss`/,
    },
  ],
  [
    'minting a token',
    {
      rest: ADMIN,
      opens: here('core/secrets:create,get'),
      told: /Secret filled with the token .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'reading the Secret of a token',
    {
      rest: [...ADMIN, token('boss-token', 'boss')],
      opens: here('core/secrets:list'),
      told: /read every Secret .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'reading the named Secret of a token',
    {
      rest: [...ADMIN, token('boss-token', 'boss')],
      opens: here('core/secrets:get@boss-token'),
      told: /read named Secrets .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'impersonating accounts',
    {
      rest: ADMIN,
      opens: here('core/serviceaccounts:impersonate'),
      told: /act as other .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'impersonating a named account',
    { rest: ADMIN, opens: here('core/serviceaccounts:impersonate@boss'), told: /becomes service account `shop\/boss`/ },
  ],
  [
    'impersonating a named user',
    {
      rest: [ADMIN, bound('boss', 'User:root')].flat(),
      opens: everywhere('core/users:impersonate@root'),
      told: /becomes user `root`; user `root` can do everything/,
    },
  ],
  [
    'impersonating any user',
    {
      rest: [ADMIN, bound('boss', 'User:root')].flat(),
      opens: everywhere('core/users:impersonate'),
      told: /becomes user `root`/,
    },
  ],
  [
    'impersonating a named group with a user',
    {
      rest: [ADMIN, bound('boss', 'Group:ops')].flat(),
      opens: everywhere('core/groups:impersonate@ops', 'core/users:impersonate@nobody'),
      told: /becomes group `ops`/,
    },
  ],
  [
    'binding a named role',
    {
      rest: ADMIN,
      opens: everywhere(
        'rbac.authorization.k8s.io/clusterroles:bind@boss',
        'rbac.authorization.k8s.io/clusterrolebindings:create',
      ),
      told: /bind named roles .*, and so is whoever holds ClusterRole `boss`; whoever holds ClusterRole `boss` can do everything/,
    },
  ],
  [
    'binding any role in the namespace',
    {
      rest: ADMIN,
      opens: here('rbac.authorization.k8s.io/clusterroles:bind', 'rbac.authorization.k8s.io/rolebindings:create'),
      told: /bind roles .* becomes service account `shop\/boss`/,
    },
  ],
  [
    'writing any rule in the namespace',
    {
      rest: ADMIN,
      opens: here('rbac.authorization.k8s.io/roles:escalate,update'),
      told: /more rights than it has.* becomes service account `shop\/boss`/,
    },
  ],
  [
    'a privileged pod of the namespace',
    {
      rest: [...BOSS, PRIVILEGED].map((one) => (one.id.name === 'agent' ? named(one, 'agent', 'infra') : one)),
      opens: [aRoleOf('dev', 'core/pods/exec:create'), boundIn('infra', 'dev', DEV)],
      told: /gets into DaemonSet `agent`; DaemonSet `agent` holds its node by a privileged container; whoever holds a node has the tokens of all pods on it, and so gets into Deployment `boss`/,
    },
  ],
  [
    'a namespace that takes privileged pods',
    {
      rest: [...ADMIN, aDeployment('boss', 'boss', {}, 'shop'), openNamespace('privileged')].map((one) =>
        one.id.kind === 'Namespace' ? named(one, 'lab', '') : one,
      ),
      opens: [aRoleOf('dev', 'core/pods:create'), boundIn('lab', 'dev', DEV)],
      told: /start workloads .*, and so holds a node; whoever holds a node/,
    },
  ],
];

describe('a way opens by', () => {
  test.each(OPEN)('%s', async (_, { rest, opens, told }) => {
    const found = await pathsIn({ rest, merged: opens });
    expect(found.map(({ rule }) => rule)).toEqual(['rbac/path-to-cluster']);
    expect(found[0]?.message).toMatch(told);
    expect(found[0]?.path?.map(({ text }) => text).join('; ')).toBe(found[0]?.message);
  });

  test.each(OPEN)('%s: and not where the base has it, nor once it is gone', async (_, { rest, opens }) => {
    expect(await pathsIn({ rest, base: opens, merged: opens })).toEqual([]);
    expect(await pathsIn({ rest, base: opens })).toEqual([]);
  });

  test.each(OPEN)('%s: and not without what it leads to', async (_, { rest, opens }) => {
    const without = rest.filter(({ id }) => id.name !== 'boss' || id.kind !== 'ClusterRole');
    const found = await pathsIn({ rest: without, merged: opens });
    expect(found.filter(({ path }) => path?.at(-1)?.to === 'power over the cluster')).toEqual([]);
  });
});

describe('no way opens by', () => {
  test.each<readonly [name: string, rest: readonly Manifest[], opens: readonly Manifest[]]>([
    [
      'exec where no pod has a token',
      [...ADMIN, aDeployment('boss', 'boss', { automountServiceAccountToken: false })],
      here('core/pods/exec:create'),
    ],
    [
      'exec in another namespace',
      [...ADMIN, aDeployment('boss', 'boss')],
      [aRoleOf('dev', 'core/pods/exec:create'), boundIn('pay', 'dev', DEV)],
    ],
    ['exec into a pod of another name', [...ADMIN, statefulSet], here('core/pods/exec:create@web-0')],
    ['a pattern that is none', BOSS, here('core/pods/*:create')],
    ['a controller that is not there', BOSS, here('apps/deployments:patch@other')],
    ['reading another Secret', [...ADMIN, token('boss-token', 'boss')], here('core/secrets:get@web')],
    ['reading Secrets that hold no token', ADMIN, here('core/secrets:list')],
    ['bind without writing a binding', ADMIN, everywhere('rbac.authorization.k8s.io/clusterroles:bind@boss')],
    [
      'bind of a role that is not there',
      ADMIN,
      everywhere(
        'rbac.authorization.k8s.io/clusterroles:bind@other',
        'rbac.authorization.k8s.io/clusterrolebindings:create',
      ),
    ],
    ['escalate without writing a role', ADMIN, here('rbac.authorization.k8s.io/roles:escalate')],
    ['a group without a user', [ADMIN, bound('boss', 'Group:ops')].flat(), everywhere('core/groups:impersonate@ops')],
    ['an account by its user name', ADMIN, everywhere('core/users:impersonate@system:serviceaccount:shop:boss')],
    ['port-forward', BOSS, here('core/pods/portforward:create')],
    ['logs', BOSS, here('core/pods/log:get', 'core/pods:get,list,watch')],
    [
      'a namespace that refuses privileged pods',
      [ADMIN, aDeployment('boss', 'boss', {}, 'shop'), named(openNamespace('baseline'), 'lab', '')].flat(),
      [aRoleOf('dev', 'core/pods:create'), boundIn('lab', 'dev', DEV)],
    ],
  ])('%s', async (_, rest, opens) => {
    expect(await pathsIn({ rest, merged: opens })).toEqual([]);
  });
});

describe('whoever is in a pod holds its node', () => {
  const exec = [aRoleOf('dev', 'core/pods/exec:create'), boundIn('shop', 'dev', DEV)];
  const elsewhere = [
    aRoleOf('boss', '*/*:*'),
    bound('boss', 'ServiceAccount:ops/boss'),
    aDeployment('boss', 'boss', {}, 'ops'),
  ];

  test.each<readonly [JsonObject, boolean]>([
    [{ containers: [{ securityContext: { privileged: true } }] }, true],
    [{ initContainers: [{ securityContext: { privileged: true } }] }, true],
    [{ hostUsers: false, containers: [{ securityContext: { privileged: true } }] }, false],
    [capability('SYS_ADMIN'), true],
    [capability('CAP_SYS_MODULE'), true],
    [capability('NET_ADMIN', 'SYS_PTRACE'), false],
    [{ ...capability('SYS_PTRACE'), hostPID: true }, true],
    [{ hostPID: true }, false],
    [volume('/'), true],
    [volume('//var/./lib/'), true],
    [volume('/var/lib/kubelet/pods'), true],
    [volume('/var/run/docker.sock'), true],
    [volume('/etc/kubernetes/pki'), true],
    [volume('/sys/../root'), true],
    [volume('/var/lib/kubelet/device-plugins'), false],
    [volume('/sys'), false],
    [volume('/lib/modules'), false],
    [volume('/var/log'), false],
    [volume('/etcetera'), false],
  ])('%j: %s', async (pod, holds) => {
    const found = await pathsIn({ rest: [...elsewhere, daemon(pod)], merged: exec });
    expect(found.length > 0).toBe(holds);
  });

  test('a workload that comes with it is high, not critical: somebody has to get into it first', async () => {
    const found = await pathsIn({ rest: elsewhere, merged: [PRIVILEGED] });
    expect(found).toMatchObject([
      {
        rule: 'rbac/path-to-cluster',
        severity: 'high',
        object: { kind: 'DaemonSet', name: 'agent' },
        pointer: '/spec/template/spec/containers/0/securityContext/privileged',
      },
    ]);
  });

  test('nodes are an end, also where nobody of power runs on them', async () => {
    const found = await pathsIn({ rest: [PRIVILEGED], merged: exec });
    expect(found.map(({ path }) => path?.at(-1)?.to)).toEqual(['a node']);
  });

  test('nodes/proxy is an end for whoever becomes its holder', async () => {
    const rest = [aRoleOf('kubelets', 'core/nodes/proxy:get'), bound('kubelets', 'ServiceAccount:shop/agent')];
    const found = await pathsIn({ rest, merged: here('core/pods:create') });
    expect(found.map(({ path }) => path?.at(-1)?.to)).toEqual(['the nodes of the cluster']);
  });
});

test('a pod that mounts the token of another account becomes that account', async () => {
  const volumes = [{ name: 't', secret: { secretName: 'boss-token' } }];
  const env = [{ name: 'T', valueFrom: { secretKeyRef: { name: 'boss-token', key: 'token' } } }];
  for (const pod of [
    { volumes },
    { containers: [{ env }] },
    { containers: [{ envFrom: [{ secretRef: { name: 'boss-token' } }] }] },
  ]) {
    const web = aDeployment('web', 'web', { automountServiceAccountToken: false, ...pod });
    const found = await pathsIn({ rest: [...ADMIN, token('boss-token', 'boss')], merged: [web] });
    expect(found[0]?.message).toMatch(
      /^Deployment `web` mounts the token in Secret `boss-token`; service account `shop\/boss` can/,
    );
  }
});
