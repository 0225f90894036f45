import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../test/builders/manifest.ts';
import { anApp, aPair, aRendered } from '../../test/builders/rendered.ts';
import { aFinding } from '../../test/builders/verdict.ts';
import { DEFAULT_POLICY } from '../config/policy.ts';
import type { AppPair } from './affected.ts';
import { appResult } from './app-results.ts';
import type { RenderFailure } from './render-app.ts';

const NOW = new Date('2026-06-01T23:00:00Z');
const BROKEN: RenderFailure = { code: 'build', reason: 'no such file' };
const PARTIAL: RenderFailure = { code: 'unsupported', reason: 'a plugin', isPartial: true };
const fine = aRendered([aManifest({})]);
const broken = aRendered([], BROKEN);
const partial = aRendered([aManifest({})], PARTIAL);

function resultOf(pair: AppPair, expires?: string, findings: Parameters<typeof appResult>[0]['findings'] = []) {
  const entry = { app: anApp().id, owner: 'team', reason: 'known', expires: expires ?? '' };
  const policy = { ...DEFAULT_POLICY, accept: expires === undefined ? [] : [entry] };
  return appResult({ pair, changes: [], findings }, policy, NOW);
}

describe('an app that cannot be rendered', () => {
  test.each<readonly [name: string, pair: AppPair, expires: string | undefined, outcome: string]>([
    ['newly', aPair({ base: fine, merged: broken }), undefined, 'errored'],
    [
      'newly, though policy accepts it: it was not broken before',
      aPair({ base: fine, merged: broken }),
      '2026-06-01',
      'errored',
    ],
    ['newly there', aPair({ merged: broken }), '2026-06-01', 'errored'],
    ['before and after', aPair({ base: broken, merged: broken }), undefined, 'errored'],
    [
      'before and after, accepted to the end of this day',
      aPair({ base: broken, merged: broken }),
      '2026-06-01',
      'skipped',
    ],
    ['before and after, accepted until yesterday', aPair({ base: broken, merged: broken }), '2026-05-31', 'errored'],
    ['before and after, accepted until no day', aPair({ base: broken, merged: broken }), '2026-06-31', 'errored'],
    ['but in part', aPair({ base: partial, merged: partial }), undefined, 'errored'],
    [
      'but not reached by the change',
      { ...aPair({ base: broken, merged: broken }), change: 'unchanged' },
      undefined,
      'skipped',
    ],
  ])('%s', (_, pair, expires, outcome) => {
    expect(resultOf(pair, expires)).toMatchObject({ outcome, objects: { total: null } });
  });

  test('it says so when it was broken before', () => {
    expect(resultOf(aPair({ base: broken, merged: broken }))?.reason).toBe('was broken before: no such file');
    expect(resultOf(aPair({ base: fine, merged: broken }))?.reason).toBe('no such file');
    expect(resultOf(aPair({ base: broken, merged: fine }))?.reason).toContain('everything in it counts as new');
    expect(resultOf(aPair({ base: broken }))?.reason).toBe('what it removes is not known: no such file');
    expect(resultOf(aPair({ base: partial }))?.reason).toBe('what it removes is not all known: a plugin');
  });

  test('a blocking finding in the part that renders leaves it errored: what is missing was not checked', () => {
    const finding = aFinding({ app: anApp().id, status: 'new', blocking: true });
    expect(resultOf(aPair({ base: partial, merged: partial }), undefined, [finding])?.outcome).toBe('errored');
    expect(resultOf(aPair({ base: fine, merged: fine }), undefined, [finding])?.outcome).toBe('failed');
  });
});

test('objects are counted where all of them are known', () => {
  expect(resultOf(aPair({ base: fine, merged: fine }))?.objects.total).toBe(1);
  expect(resultOf(aPair({ base: fine }))?.objects.total).toBeNull();
});
