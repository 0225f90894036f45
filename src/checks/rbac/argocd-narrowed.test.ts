import { expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { compareSides } from '../../pipeline/judge.ts';
import { rbac } from './index.ts';

const map = (csv: string, more: JsonObject = {}): Manifest =>
  aManifest({ kind: 'ConfigMap', metadata: { name: 'argocd-rbac-cm' }, data: { 'policy.csv': csv, ...more } });
const project = (line: string): Manifest =>
  aManifest({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    spec: { roles: [{ name: 'ci', policies: [`p, proj:it:ci, ${line}, allow`] }] },
  });
const REGEX = { 'policy.matchMode': 'regex' };

async function news(before: Manifest, after: Manifest): Promise<readonly string[]> {
  const input = { base: aWorld('base', [before]), merged: aWorld('merged', [after]), policy: DEFAULT_POLICY };
  const problems = await rbac.run(input, new AbortController().signal);
  const context = { policy: DEFAULT_POLICY, now: new Date(0), clusterOf: () => 'production' };
  const fresh = compareSides(problems, context).filter(({ status }) => status === 'new');
  return fresh.map(({ rule, severity }) => `${rule} ${severity}`);
}

test.each<readonly [name: string, before: string, after: string]>([
  ['fewer Applications', 'p, x, exec, create, */*', 'p, x, exec, create, shop/*'],
  ['fewer Applications, and so less severe', 'p, x, applications, create, *', 'p, x, applications, create, shop/*'],
  ['fewer actions', 'p, x, applications, *, shop/*', 'p, x, applications, sync, shop/*'],
  ['one thing of everything', 'p, x, *, *, *', 'p, x, projects, update, shop'],
  ['the same twice', 'p, x, exec, create, a/*', 'p, x, exec, create, a/b\np, x, exec, create, a/*'],
])('a line that lets do less is nothing new: %s', async (_name, before, after) => {
  expect(await news(map(before), map(after))).toEqual([]);
});

test('a role of a project that may do less is nothing new', async () => {
  expect(await news(project('exec, create, it/*'), project('exec, create, it/a'))).toEqual([]);
});

const HIGH = 'rbac/argocd-rbac high';

test.each<readonly [name: string, before: Manifest, after: Manifest, expected: readonly string[]]>([
  ['of somebody else', map('p, x, exec, create, */*'), map('p, y, exec, create, a/*'), [HIGH]],
  ['of another kind', map('p, x, exec, create, *'), map('p, x, projects, update, *'), [HIGH]],
  ['of more Applications', map('p, x, exec, create, a/*'), map('p, x, exec, create, */*'), [HIGH]],
  ['of other Applications', map('p, x, exec, create, a/*'), map('p, x, exec, create, b/*'), [HIGH]],
  ['by a pattern that is not compared', map('p, x, exec, create, {a}*'), map('p, x, exec, create, {a}b'), [HIGH]],
  ['by regular expressions', map('p, x, exec, create, a*', REGEX), map('p, x, exec, create, ab', REGEX), [HIGH]],
  [
    'of the map and not of the project',
    map('p, ci, exec, create, *'),
    project('exec, create, it/*'),
    ['rbac/argocd-project-roles high'],
  ],
])('a line is new where it is %s', async (_name, before, after, expected) => {
  expect(await news(before, after)).toEqual(expected);
});

test('lines without end are not compared with one another', async () => {
  const many = Array.from({ length: 70 }, (_, index) => `p, x, exec, create, a${index}/*`).join('\n');
  expect(await news(map(many), map('p, x, exec, create, a3/b'))).toEqual([]);
  expect(await news(map(many), map('p, x, exec, create, a69/b'))).toEqual([HIGH]);
});
