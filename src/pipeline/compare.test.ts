import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aManifest } from '../../test/builders/manifest.ts';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import type { ObjectChange } from '../model/verdict.ts';
import { objectChanges } from './compare.ts';
import type { RenderFailure, Rendered } from './render-app.ts';

const BROKEN: RenderFailure = { code: 'build', reason: 'no' };
const PARTIAL: RenderFailure = { code: 'unsupported', reason: 'a plugin', isPartial: true };

function side(objects: Readonly<Record<string, string>>, failure?: RenderFailure): Rendered {
  const manifests = Object.entries(objects).map(([name, value]) => aManifest({ metadata: { name }, data: { value } }));
  return aRendered(manifests, failure);
}

function told(changes: readonly ObjectChange[]): readonly string[] {
  return changes.map(({ change, object }) => `${change} ${object.name}`);
}

describe('what is said of two sides', () => {
  const [before, after] = [
    { stays: '1', changes: '1', goes: '1' },
    { stays: '1', changes: '2', comes: '1' },
  ];
  test.each<
    readonly [name: string, base: RenderFailure | undefined, merged: RenderFailure | undefined, said: readonly string[]]
  >([
    ['both whole', undefined, undefined, ['changed changes', 'added comes', 'removed goes']],
    ['both in part', PARTIAL, PARTIAL, ['changed changes', 'added comes', 'removed goes']],
    ['a plugin comes: what it may bring back is not gone', undefined, PARTIAL, ['changed changes', 'added comes']],
    ['a plugin goes: what it may have brought is not new', PARTIAL, undefined, ['changed changes', 'removed goes']],
    ['the merge result is broken: a missing render is no removal', undefined, BROKEN, []],
    ['the base is broken', BROKEN, undefined, []],
    ['the base is broken, the merge result in part', BROKEN, PARTIAL, []],
  ])('%s', (_, base, merged, said) => {
    expect(told(objectChanges(aPair({ base: side(before, base), merged: side(after, merged) })))).toEqual(said);
  });

  test('an app that comes or goes brings or takes what is known of it', () => {
    expect(told(objectChanges(aPair({ merged: side({ a: '1' }, PARTIAL) })))).toEqual(['added a']);
    expect(told(objectChanges(aPair({ base: side({ a: '1' }, PARTIAL) })))).toEqual(['removed a']);
    expect(told(objectChanges(aPair({ merged: side({}, BROKEN) })))).toEqual([]);
  });

  test('an object that is there twice is compared with its like', () => {
    const twice = aRendered([aManifest({ data: { value: '1' } }), aManifest({ data: { value: '2' } })]);
    const once = aRendered([aManifest({ data: { value: '1' } })]);
    expect(objectChanges(aPair({ base: twice, merged: twice }))).toEqual([]);
    expect(told(objectChanges(aPair({ base: once, merged: twice })))).toEqual(['added it']);
  });
});

test('the way back is the mirror of the way there, and nothing changes on the spot', () => {
  const objects = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'));
  const mirror = { added: 'removed', removed: 'added', changed: 'changed' } as const;
  fc.assert(
    fc.property(objects, objects, (left, right) => {
      const there = objectChanges(aPair({ base: side(left), merged: side(right) }));
      const back = objectChanges(aPair({ base: side(right), merged: side(left) }));
      expect(told(back)).toEqual(told(there.map((one) => ({ ...one, change: mirror[one.change] }))));
      expect(objectChanges(aPair({ base: side(left), merged: side(left) }))).toEqual([]);
    }),
  );
});
