import { describe, expect, test } from '@jest/globals';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import { remoteProblems } from './remote-findings.ts';
import type { Rendered } from './render-app.ts';

const BRANCH: RemoteWant = { kind: 'git', url: 'https://git.example/base', ref: 'main' };

function aRenderedOf(...wants: readonly RemoteWant[]): Rendered {
  const mounts = [{ at: '/', tree: aTree({}), ownPath: () => undefined, wants }];
  return { ...aRendered(), looks: [{ tool: 'kustomize' as const, reads: [], mounts }] };
}

describe('what names no fixed content', () => {
  test.each<readonly [want: RemoteWant, isFloating: boolean]>([
    [BRANCH, true],
    [{ ...BRANCH, ref: '' }, true],
    [{ ...BRANCH, ref: 'refs/heads/main' }, true],
    [{ ...BRANCH, ref: 'refs/heads/release-1' }, true],
    [{ ...BRANCH, ref: '', range: '>=1.0.0' }, true],
    [{ ...BRANCH, ref: 'v1.2.3' }, false],
    [{ ...BRANCH, ref: 'refs/tags/stable' }, false],
    [{ ...BRANCH, ref: `${'a'.repeat(39)}1` }, false],
    [{ kind: 'helm', url: 'https://charts.example', chart: 'web', version: '' }, true],
    [{ kind: 'helm', url: 'https://charts.example', chart: 'web', version: '^1.0' }, true],
    [{ kind: 'helm', url: 'https://charts.example', chart: 'web', version: '1.2.3' }, false],
    [{ kind: 'oci', url: 'oci://r.example/web', reference: '', content: 'artifact' }, true],
    [{ kind: 'oci', url: 'oci://r.example/web', reference: 'latest', content: 'artifact' }, true],
    [{ kind: 'oci', url: 'oci://r.example/web', reference: '', range: '1.x', content: 'artifact' }, true],
    [{ kind: 'oci', url: 'oci://r.example/web', reference: '1.0.0', content: 'chart' }, false],
    [{ kind: 'oci', url: 'oci://r.example/web', reference: `sha256:${'a'.repeat(64)}`, content: 'artifact' }, false],
    [{ kind: 'http', url: 'https://files.example/crd.yaml' }, false],
  ])('%j: %s', (want, isFloating) => {
    const rules = remoteProblems([aPair({ merged: aRenderedOf(want) })], []).map(({ rule }) => rule);
    expect(rules).toEqual(isFloating ? ['render/remote-unpinned'] : []);
  });

  test('is advice of the side that has it, once an app, however often it was looked at', () => {
    const { looks } = aRenderedOf(BRANCH, { ...BRANCH });
    const twice = { ...aRendered(), looks: [...looks, ...looks] };
    const problems = remoteProblems([aPair({ base: twice, merged: twice })], []);
    expect(problems.map(({ side, enforcement, key, message }) => [side, enforcement, key, message])).toEqual(
      ['base', 'merged'].map((side) => [
        side,
        'advice',
        'https://git.example/base@main',
        'https://git.example/base@main names no fixed content',
      ]),
    );
  });
});

describe('what has moved since this head was judged first', () => {
  const moved = [{ want: BRANCH, was: 'commit-1', is: 'commit-2' }];

  test('blocks in each app that is made of it, and only as the merge result has it', () => {
    const problems = remoteProblems([aPair({ base: aRenderedOf(BRANCH), merged: aRenderedOf(BRANCH) })], moved);
    expect(problems.filter(({ rule }) => rule === 'render/remote-moved')).toMatchObject([
      {
        side: 'merged',
        severity: 'high',
        enforcement: 'required',
        message: 'https://git.example/base@main has moved from commit-1 to commit-2 since this commit was judged first',
      },
    ]);
  });

  test.each<readonly [string, Parameters<typeof aPair>[0]]>([
    ['an app of other content', { merged: aRenderedOf({ ...BRANCH, ref: 'v1' }) }],
    ['an app that goes', { base: aRenderedOf(BRANCH) }],
  ])('is nothing to %s', (_, pair) => {
    const rules = remoteProblems([aPair(pair)], moved).map(({ rule }) => rule);
    expect(rules).not.toContain('render/remote-moved');
  });
});
