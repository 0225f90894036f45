import { describe, expect, test } from '@jest/globals';
import { aManifest, aWorld } from '../../test/builders/manifest.ts';
import { aRendered } from '../../test/builders/rendered.ts';
import { aFinding, aPathStep } from '../../test/builders/verdict.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Rendered } from './render-app.ts';
import { stepLocator } from './locate-steps.ts';

const BLAMED = { file: 'changed.yaml', line: 7, endLine: 7 };
const POD = { serviceAccountName: 'web' };
const web = (spec: JsonObject, origin: Manifest['origin'] = { path: '/web.yaml' }): Manifest => ({
  ...aManifest({ kind: 'Pod', metadata: { name: 'web' }, spec }),
  origin,
});
const TEXT = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  serviceAccountName: web\n';

interface Given {
  readonly text?: string;
  readonly base?: readonly Manifest[];
  readonly merged?: readonly Manifest[];
  readonly pointer?: string;
}

/** Where the step of the Pod stands, and which renders were taken for the cause. */
async function locate({
  text = TEXT,
  base = [web(POD)],
  merged = [web(POD)],
  pointer = '/spec/serviceAccountName',
}: Given) {
  const whole = { base: aWorld('base', base), merged: aWorld('merged', merged), builtIn: [], notCounted: [] };
  const asked: ((rendered: Rendered) => Promise<boolean>)[] = [];
  const steps = stepLocator({ tree: aTree({ 'web.yaml': text }), whole }, (_, asks) => {
    asked.push(asks);
    return Promise.resolve(BLAMED);
  });
  const step = aPathStep({ object: web(POD).id, app: web(POD).app, pointer });
  const path = await steps(aFinding({ path: [step, aPathStep({ object: null, app: '' })] }));
  expect(path?.[1]?.location).toBeNull();
  return { location: path?.[0]?.location, asked };
}

describe('the line of a step', () => {
  test('is that of the value, where a plain file holds the object as it stands', async () => {
    const { location, asked } = await locate({});
    expect(location).toEqual({ file: 'web.yaml', line: 6, endLine: 6 });
    expect(asked).toEqual([]);
  });

  test('counts from the top of the file, whichever document it is', async () => {
    const pod = web(POD, { path: '/web.yaml', document: 1, line: 4 });
    const before = 'kind: Other\n\n---\n';
    const text = `${before}${TEXT}---\nkind: Third\n`;
    const more = { ...aManifest({ metadata: { name: 'third' } }), origin: { path: '/web.yaml', line: 11 } };
    const { location } = await locate({ text, base: [pod], merged: [pod, more] });
    expect(location).toEqual({ file: 'web.yaml', line: 9, endLine: 9 });
  });

  test('is that of the nearest key above a value that nobody wrote', async () => {
    expect((await locate({ pointer: '/spec/hostPID' })).location).toEqual({ file: 'web.yaml', line: 5, endLine: 5 });
  });

  test.each<readonly [name: string, given: Given]>([
    ['a template', { text: TEXT.replace('name: web', 'name: {{ .Values.name }}') }],
    ['a value that a patch brought', { text: TEXT.replace('Name: web', 'Name: other') }],
    ['a name that got a prefix', { text: TEXT.replace('name: web', 'name: b') }],
    ['another kind', { text: TEXT.replace('Pod', 'Job') }],
    ['no object', { text: '- 1\n' }],
    [
      'a file that is not there',
      { base: [web(POD, { path: '/gone.yaml' })], merged: [web(POD, { path: '/gone.yaml' })] },
    ],
    ['an object from nowhere', { base: [web(POD, {})], merged: [web(POD, {})] }],
    ['an object that is gone', { merged: [] }],
  ])('is none for %s', async (_, given) => {
    expect((await locate(given)).location).toBeNull();
  });

  test('is found by blame where the change wrote the value', async () => {
    const { location, asked } = await locate({ base: [web({ serviceAccountName: 'old' })] });
    expect(location).toBe(BLAMED);
    expect(await asked[0]?.(aRendered([web(POD)]))).toBe(true);
    expect(await asked[0]?.(aRendered([web({ serviceAccountName: 'old' })]))).toBe(false);
    expect(await asked[0]?.(aRendered([]))).toBe(false);
  });

  test('is that of the finding where it is the same place', async () => {
    const manifest = web(POD);
    const whole = { base: aWorld('base', []), merged: aWorld('merged', [manifest]), builtIn: [], notCounted: [] };
    const steps = stepLocator({ tree: aTree({}), whole }, () => Promise.resolve(null));
    const place = { app: manifest.app, object: manifest.id, pointer: '/spec' };
    const path = await steps(aFinding({ ...place, location: BLAMED, path: [aPathStep(place)] }));
    expect(path?.[0]?.location).toBe(BLAMED);
  });

  test('a finding that is no way has none', async () => {
    const whole = { base: aWorld('base', []), merged: aWorld('merged', []), builtIn: [], notCounted: [] };
    expect(await stepLocator({ tree: aTree({}), whole }, () => Promise.resolve(null))(aFinding())).toBeUndefined();
  });
});
