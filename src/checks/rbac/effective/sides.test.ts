import { expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../../../test/builders/manifest.ts';
import { aDeployment, aRoleOf, bound, boundIn, named } from '../../../../test/builders/paths.ts';
import { DEFAULT_POLICY } from '../../../config/policy.ts';
import type { Problem } from '../../../model/finding.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { WholeWorlds } from '../../check.ts';
import { rbac } from '../index.ts';

const BASE: readonly Manifest[] = [
  aRoleOf('reader', 'core/secrets:get'),
  aRoleOf('starter', 'core/pods:create'),
  boundIn('shop', 'reader', 'ServiceAccount:shop/web'),
  aDeployment('web', 'web'),
  aManifest({
    apiVersion: 'kubernetes.crossplane.io/v1alpha2',
    kind: 'Object',
    spec: { forProvider: { manifest: bound('reader', 'User:made').object } },
  }),
];
/** Each is asked about with the same base, one after the other. */
const CHANGES: readonly (readonly Manifest[])[] = [
  [],
  [bound('reader', 'User:ann')],
  [boundIn('shop', 'starter', 'Group:dev')],
  [bound('brought', 'User:ann')],
  [named(aRoleOf('reader', 'core/pods:get'), 'reader')],
  [{ ...bound('reader', 'User:ann'), cluster: 'staging' }],
];
const BUILT_IN: readonly (readonly JsonObject[])[] = [[], [aRoleOf('brought', '*/*:*').object]];

function asked(whole: Pick<WholeWorlds, 'base' | 'builtIn'>, change: readonly Manifest[]): Promise<readonly Problem[]> {
  const worlds = { ...whole, merged: aWorld('merged', [...BASE, ...change]), notCounted: [] };
  const alone = { base: aWorld('base', []), merged: aWorld('merged', change) };
  return rbac.run({ ...alone, policy: DEFAULT_POLICY, whole: worlds }, AbortSignal.any([]));
}

test('what was asked of a base before changes no answer', async () => {
  const base = aWorld('base', BASE);
  for (const builtIn of [...BUILT_IN, ...BUILT_IN.toReversed()]) {
    for (const change of [...CHANGES, ...CHANGES.toReversed()]) {
      // Made anew, nothing that was read of it is known.
      const anew = structuredClone({ base, builtIn });
      expect(await asked({ base, builtIn }, change)).toEqual(await asked(anew, structuredClone(change)));
    }
  }
});

test('the answers differ, so that they could be mixed up', async () => {
  const answers = await Promise.all(
    BUILT_IN.flatMap((builtIn) => CHANGES.map((change) => asked({ base: aWorld('base', BASE), builtIn }, change))),
  );
  expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBeGreaterThan(CHANGES.length);
});
