import { expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../test/builders/manifest.ts';
import { DEFAULT_POLICY } from '../config/policy.ts';
import { eachManifest, type Rule } from './check.ts';

/** A new check made of one row: objects must not be called `forbidden`. */
const name: Rule = {
  id: 'example/name',
  alias: '',
  title: 'Objects have allowed names',
  severity: 'high',
  enforcement: 'threshold',
  why: 'because',
  fix: 'rename it',
  references: [],
  hits: ({ id }) =>
    id.name === 'forbidden'
      ? [
          {
            pointer: '/metadata/name',
            key: '',
            facets: ['forbidden'],
            message: `${id.kind} forbidden`,
            severity: 'low',
          },
        ]
      : [],
};

test('rows become problems of both sides, and a hit may say more than its rule', async () => {
  const bad = aManifest({ metadata: { name: 'forbidden' } });
  const input = { base: aWorld('base', [bad]), merged: aWorld('merged', [bad, aManifest({})]), policy: DEFAULT_POLICY };
  const problems = await eachManifest([name])(input, AbortSignal.any([]));
  expect(problems).toMatchObject([
    { side: 'base', rule: 'example/name', severity: 'low', app: bad.app, object: bad.id, why: 'because' },
    { side: 'merged', rule: 'example/name', enforcement: 'threshold', pointer: '/metadata/name', fix: 'rename it' },
  ]);
});

test('a run that was stopped looks no further', () => {
  const input = { base: aWorld('base', []), merged: aWorld('merged', []), policy: DEFAULT_POLICY };
  expect(() => eachManifest([name])(input, AbortSignal.abort(new Error('stopped')))).toThrow('stopped');
});
