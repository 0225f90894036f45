import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../../test/builders/manifest.ts';
import { aBinding, aClusterRole } from '../../../../test/builders/rbac.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { Problem } from '../../../model/finding.ts';
import type { JsonObject } from '../../../model/json.ts';
import { type Manifest, objectIdOf } from '../../../model/manifest.ts';
import type { CheckInput } from '../../check.ts';
import { rbac } from '../index.ts';
import { PATH_RULES } from './rules.ts';

interface Sides {
  readonly rest?: readonly Manifest[];
  readonly base?: readonly Manifest[];
  readonly merged?: readonly Manifest[];
}

function inputOf({ rest = [], base = [], merged = [] }: Sides): CheckInput {
  const whole = {
    base: aWorld('base', [...rest, ...base]),
    merged: aWorld('merged', [...rest, ...merged]),
    builtIn: [],
    notCounted: [],
  };
  return { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY, whole };
}

async function paths(sides: Sides): Promise<readonly Problem[]> {
  const found = await rbac.run(inputOf(sides), AbortSignal.any([]));
  return found.filter(({ rule }) => PATH_RULES.some(({ id }) => id === rule));
}

function named(manifest: Manifest, name: string): Manifest {
  const before = manifest.object['metadata'] as JsonObject;
  const object = { ...manifest.object, metadata: { ...before, name } };
  return { ...manifest, object, id: objectIdOf(object) };
}

const role = (name: string, ...rules: readonly string[]) => named(aClusterRole(rules), name);
const bound = (name: string, to: string, account: string) =>
  named(aBinding('ClusterRoleBinding', `ClusterRole/${to}`, [`ServiceAccount:${account}`]), name);
const boundHere = (name: string, to: string, account: string) =>
  named(aBinding('RoleBinding', `ClusterRole/${to}`, [`ServiceAccount:${account}`]), name);
const deployment = (spec: JsonObject) =>
  aManifest({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template: { spec } } });

const ADMIN = [role('boss', '*/*:*'), bound('boss', 'boss', 'shop/boss')];
const WEB = deployment({ serviceAccountName: 'web' });

describe('a path from a workload to power over the cluster', () => {
  test('opens by what is taken away', async () => {
    const mute = aManifest({ kind: 'ServiceAccount', metadata: { name: 'boss' }, automountServiceAccountToken: false });
    const sides = { rest: [...ADMIN, deployment({ serviceAccountName: 'boss' })], base: [mute] };
    expect(await paths(sides)).toMatchObject([{ rule: 'rbac/workload-takeover', object: { name: 'web' } }]);
  });

  test('opens by a workload that takes another account', async () => {
    const sides = { rest: ADMIN, base: [WEB], merged: [deployment({ serviceAccountName: 'boss' })] };
    expect(rbac.looksAt(inputOf(sides))).toBe(true);
    expect(await paths(sides)).toMatchObject([
      {
        rule: 'rbac/workload-takeover',
        severity: 'high',
        object: { kind: 'Deployment', name: 'web' },
        pointer: '/spec/template/spec/serviceAccountName',
        message:
          'Deployment `web` runs as service account `shop/boss`; service account `shop/boss` can do everything in the whole cluster: `*` on `*` of every API group, `*`, by ClusterRoleBinding `boss`',
      },
    ]);
  });

  test('opens by a binding to the account of a workload that does not change, over another account', async () => {
    const rest = [...ADMIN, WEB, role('starter', 'core/pods:create')];
    const found = await paths({ rest, merged: [boundHere('start', 'starter', 'shop/web')] });
    expect(found).toMatchObject([
      { rule: 'rbac/path-to-cluster', severity: 'critical', object: { kind: 'RoleBinding', name: 'start' } },
    ]);
    expect(found[0]?.message).toMatch(
      /^Deployment `web` runs as service account `shop\/web`; .* can start workloads .*, by RoleBinding `start`, and so becomes service account `shop\/boss`; .* can do everything/,
    );
  });

  test.each<[name: string, sides: Sides]>([
    [
      'that was there before',
      {
        rest: ADMIN,
        base: [deployment({ serviceAccountName: 'boss' })],
        merged: [deployment({ serviceAccountName: 'boss', x: 1 })],
      },
    ],
    [
      'without a token',
      { rest: ADMIN, merged: [deployment({ serviceAccountName: 'boss', automountServiceAccountToken: false })] },
    ],
    [
      'without a token, because the account says so',
      {
        rest: [
          ...ADMIN,
          aManifest({ kind: 'ServiceAccount', metadata: { name: 'boss' }, automountServiceAccountToken: false }),
        ],
        merged: [deployment({ serviceAccountName: 'boss' })],
      },
    ],
    [
      'that ends in another namespace',
      {
        rest: [...ADMIN, WEB, role('starter', 'core/pods:create')],
        merged: [{ ...boundHere('start', 'starter', 'shop/web'), ...elsewhere() }],
      },
    ],
    ['of an account without rights', { rest: ADMIN, merged: [WEB] }],
  ])('is none %s', async (_, sides) => {
    expect(await paths(sides)).toEqual([]);
  });

  test('a token that is mounted by hand is one', async () => {
    const volumes = [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }];
    const pod = { serviceAccountName: 'boss', automountServiceAccountToken: false, volumes };
    expect(await paths({ rest: ADMIN, merged: [deployment(pod)] })).toHaveLength(1);
  });

  test.each<[JsonObject, string]>([
    [{ containers: [{ securityContext: { privileged: true } }] }, 'a privileged container'],
    [{ hostPID: true }, 'the processes of the node'],
    [{ volumes: [{ hostPath: { path: '/' } }] }, 'files of the node'],
  ])('with %j it is critical, also where the path was there before', async (weak, words) => {
    const base = [deployment({ serviceAccountName: 'boss' })];
    const found = await paths({ rest: ADMIN, base, merged: [deployment({ serviceAccountName: 'boss', ...weak })] });
    expect(found).toMatchObject([{ rule: 'rbac/escapable-takeover', severity: 'critical' }]);
    expect(found[0]?.message).toContain(`with ${words},`);
  });

  test('a ring of accounts ends', async () => {
    const starter = role('starter', 'core/pods:create');
    const ring = ['web', 'b', 'c'].map((name) => boundHere(name, 'starter', `shop/${name}`));
    expect(await paths({ rest: [starter, ...ring], merged: [WEB] })).toEqual([]);
  });

  test('500 accounts that may all become one another are each looked at once', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `a${index}`);
    const all = names.map((name) => boundHere(name, 'starter', `shop/${name}`));
    const rest = [role('starter', 'core/pods:create'), ...all];
    expect(await paths({ rest, merged: [deployment({ serviceAccountName: 'a0' })] })).toEqual([]);
  });

  test('a cron job has its pod deeper', async () => {
    const spec = { jobTemplate: { spec: { template: { spec: { serviceAccount: 'boss' } } } } };
    const job = aManifest({ apiVersion: 'batch/v1', kind: 'CronJob', spec });
    expect(await paths({ rest: ADMIN, merged: [job] })).toMatchObject([{ object: { kind: 'CronJob' } }]);
  });
});

/** The same binding in a namespace in which nobody of power lives. */
function elsewhere(): Pick<Manifest, 'id' | 'object'> {
  const { object } = boundHere('start', 'starter', 'shop/web');
  const moved = { ...object, metadata: { name: 'start', namespace: 'quiet' } };
  return { object: moved, id: objectIdOf(moved) };
}
