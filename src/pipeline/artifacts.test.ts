import { expect, test } from '@jest/globals';
import type { LockEntry } from '../model/lock.ts';
import { lockText, type OciWant, type RemoteWant } from '../model/remote-want.ts';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { artifactsIn } from './artifacts.ts';
import type { Rendered } from './render-app.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const CHART: OciWant = { kind: 'oci', url: 'oci://ghcr.io/acme/charts/web/', reference: '1.2.3', content: 'chart' };
const RANGE: OciWant = {
  kind: 'oci',
  url: 'oci://ghcr.io/acme/manifests',
  reference: '',
  range: '^1',
  content: 'artifact',
};
const GIT: RemoteWant = { kind: 'git', url: 'https://git.example/base', ref: 'main' };

function rendered(...wants: readonly RemoteWant[]): Rendered {
  const mount = { at: '/', tree: aTree({}), wants, ownPath: () => undefined };
  return { ...aRendered(), looks: [{ tool: 'helm', reads: [], mounts: [mount, mount] }] };
}

function lockOf(...wants: readonly OciWant[]): readonly LockEntry[] {
  return wants.map((want) => ({
    kind: 'oci',
    ref: lockText(want),
    resolved: DIGEST,
    digest: `sha256:${'2'.repeat(64)}`,
  }));
}

test('a chart is the image that was rendered, by its digest', () => {
  const pair = aPair({ base: rendered(GIT), merged: rendered(CHART, GIT) });
  expect(artifactsIn([pair], lockOf(CHART))).toEqual([
    {
      side: 'merged',
      app: pair.id,
      cluster: 'production',
      content: 'chart',
      ref: { registry: 'ghcr.io', repository: 'ghcr.io/acme/charts/web', tag: '1.2.3', digest: DIGEST },
    },
  ]);
});

test('a range is no tag', () => {
  const [artifact] = artifactsIn([aPair({ base: rendered(RANGE) })], lockOf(RANGE));
  expect(artifact).toMatchObject({ side: 'base', content: 'artifact', ref: { tag: undefined, digest: DIGEST } });
});

test('what was not brought was not rendered', () => {
  expect(artifactsIn([aPair({ merged: rendered(CHART) })], lockOf(RANGE))).toEqual([]);
  expect(artifactsIn([aPair({ merged: aRendered() })], lockOf(CHART))).toEqual([]);
});

const INDEXED: RemoteWant = { kind: 'helm', url: 'https://charts.example', chart: 'web', version: '1.x' };

function lockedAs(resolved: string): readonly LockEntry[] {
  return [{ kind: 'helm', ref: lockText(INDEXED), resolved, digest: `sha256:${'2'.repeat(64)}` }];
}

test('a chart whose index leads to a registry is an image of that registry', () => {
  const pair = aPair({ merged: rendered(INDEXED) });
  expect(artifactsIn([pair], lockedAs(`1.2.3@oci://ghcr.io/acme/charts/web:1.2.3@${DIGEST}`))).toEqual([
    {
      side: 'merged',
      app: pair.id,
      cluster: 'production',
      content: 'chart',
      ref: { registry: 'ghcr.io', repository: 'ghcr.io/acme/charts/web', tag: '1.2.3', digest: DIGEST },
    },
  ]);
});

test('a chart that came by HTTP is no image', () => {
  expect(artifactsIn([aPair({ merged: rendered(INDEXED) })], lockedAs(`1.2.3@${DIGEST}`))).toEqual([]);
});
