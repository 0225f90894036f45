import { expect, test } from '@jest/globals';
import { type Content, HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import type { RenderSource, SingleSource } from '../model/render-source.ts';
import { namedPaths } from './named-paths.ts';

const ELSEWHERE: Content = { type: 'remote', want: { kind: 'git', url: 'https://git.example/x', ref: '' } };

function a(type: SingleSource['type'], input: JsonObject = {}, more: Partial<SingleSource> = {}): SingleSource {
  return { type, path: 'apps/web', input, content: HERE, ...more };
}

function argocd(helm: JsonObject, more: Partial<SingleSource> = {}): SingleSource {
  const refs = { values: { at: '/ref/values', chart: false } };
  return a('argocd', { source: { helm }, refs }, { beside: [{ at: '/ref/values', content: HERE }], ...more });
}

const values = (...valueFiles: readonly string[]): JsonObject => ({ valueFiles });
const copies = (...paths: readonly string[]): Content => ({
  type: 'composed',
  copies: [
    ...paths.map((path) => ({ from: HERE, ignore: '', path, exclude: [], to: '' })),
    { from: ELSEWHERE, ignore: '', path: 'their/**', exclude: [], to: '' },
  ],
});

test.each<readonly [name: string, source: RenderSource, paths: readonly string[]]>([
  ['its folder', a('kustomize'), ['apps/web']],
  ['nothing, where all is elsewhere', a('flux', {}, { content: ELSEWHERE }), []],
  [
    'what is copied from here',
    a('flux', {}, { content: copies('apps/*.yaml', 'base/x.yaml') }),
    ['apps', 'base/x.yaml'],
  ],
  ['the files of a directory', a('directory', { files: ['/a/b.yaml'] }), ['apps/web', 'a/b.yaml']],
  [
    'values files beside the chart',
    argocd(values('v.yaml', '../v.yaml')),
    ['apps/web', 'apps/web/v.yaml', 'apps/v.yaml'],
  ],
  ['values files from the root', argocd(values('/env/v.yaml')), ['apps/web', 'env/v.yaml']],
  ['values files of a ref that is here', argocd(values('$values/env/v.yaml'), { content: ELSEWHERE }), ['env/v.yaml']],
  [
    'no values files of a ref that is elsewhere',
    argocd(values('$values/env/v.yaml'), { beside: [{ at: '/ref/values', content: ELSEWHERE }] }),
    ['apps/web'],
  ],
  ['no values files of a chart that is elsewhere', argocd(values('v.yaml'), { content: ELSEWHERE }), []],
  ['a name with a dollar that is no ref is a path', argocd(values('$other/v.yaml')), ['apps/web', 'apps/web']],
  ['a pattern up to its first star', argocd(values('/env/*/v.yaml')), ['apps/web', 'env']],
  ['files of parameters', argocd({ fileParameters: [{ name: 'x', path: 'x.txt' }] }), ['apps/web', 'apps/web/x.txt']],
  [
    'paths of generators, up to what is known only when they run',
    a('set', {
      applicationSet: {
        spec: {
          generators: [{ git: { files: [{ path: 'clusters/*/config.json' }], directories: [{ path: 'apps/*' }] } }],
          template: { spec: { source: { path: 'charts/{{.name}}' } } },
        },
      },
    }),
    ['clusters', 'apps', 'charts'],
  ],
  [
    'what each of several sources names',
    { type: 'several', path: 'a', sources: [a('kustomize', {}, { path: 'a' }), a('kustomize', {}, { path: './b/' })] },
    ['a', 'b'],
  ],
  ['the folder of one that cannot be rendered', { type: 'unknowable', path: 'apps/web', reason: 'x' }, ['apps/web']],
])('a source names %s', (_, source, paths) => {
  expect([...new Set(namedPaths(source))]).toEqual([...new Set(paths)]);
});
