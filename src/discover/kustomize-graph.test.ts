import { expect, test } from '@jest/globals';
import { aTree, type FakeFile } from '../../test/fakes/source-tree.ts';
import { FORGETFUL } from '../ports/memo.ts';
import { kustomizeGraph, topsReaching } from './kustomize-graph.ts';
import { listingOf } from './listing.ts';

async function topsOf(path: string, files: Readonly<Record<string, FakeFile>>): Promise<readonly string[]> {
  return topsReaching(path, await kustomizeGraph(listingOf(aTree(files)), FORGETFUL));
}

const LAYERS = {
  'base/kustomization.yaml': 'resources: [web.yaml]',
  'base/web.yaml': 'kind: Deployment',
  'prod/kustomization.yaml': 'resources: [../base]\npatches: [{ path: patch.yaml }]',
  'prod/patch.yaml': 'kind: Deployment',
  'stage/kustomization.yml': 'bases: [../base]',
};

test.each<readonly [name: string, path: string, files: Readonly<Record<string, FakeFile>>, tops: readonly string[]]>([
  ['a file of a base', 'base/web.yaml', LAYERS, ['prod', 'stage']],
  ['the kustomization of a base', 'base/kustomization.yaml', LAYERS, ['prod', 'stage']],
  ['a patch', 'prod/patch.yaml', LAYERS, ['prod']],
  ['a file that nobody names', 'prod/other.yaml', { ...LAYERS, 'prod/other.yaml': '' }, []],
  [
    'data of a generator',
    'a/app.conf',
    { 'a/kustomization.yaml': 'configMapGenerator: [{ name: x, files: [key=app.conf] }]', 'a/app.conf': '' },
    ['a'],
  ],
  [
    'what the file of a generator names',
    'a/secret.enc.yaml',
    { 'a/kustomization.yaml': 'generators: [g.yaml]', 'a/g.yaml': 'files: [secret.enc.yaml]', 'a/secret.enc.yaml': '' },
    ['a'],
  ],
  [
    'a ring, which has no top: each member stands for it',
    'a/x.yaml',
    {
      'a/kustomization.yaml': 'resources: [../b, x.yaml]',
      'a/x.yaml': '',
      'b/kustomization.yaml': 'resources: [../a]',
    },
    ['a', 'b'],
  ],
  [
    'a component, which nobody builds alone',
    'c/x.yaml',
    { 'c/kustomization.yaml': 'kind: Component\nresources: [x.yaml]', 'c/x.yaml': '' },
    [],
  ],
  [
    'a component in use',
    'c/x.yaml',
    {
      'c/kustomization.yaml': 'kind: Component\nresources: [x.yaml]',
      'c/x.yaml': '',
      'a/kustomization.yaml': 'components: [../c]',
    },
    ['a'],
  ],
  ['a path that leaves the repository', 'x.yaml', { 'kustomization.yaml': 'resources: [../x.yaml]', 'x.yaml': '' }, []],
  [
    'a broken kustomization, which names nothing',
    'a/x.yaml',
    { 'a/kustomization.yaml': 'resources: [', 'a/x.yaml': '' },
    [],
  ],
])('%s', async (_, path, files, tops) => {
  expect(await topsOf(path, files)).toEqual(tops);
});
