import { describe, expect, test } from '@jest/globals';
import { aDefinition, aPolicy } from '../../test/builders/discover.ts';
import { aFluxContext, aFluxObject, definitionsOf } from '../../test/builders/flux.ts';
import { HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import { objectNamed, type Seeker, sourceName, sourceNamed } from './flux-sources.ts';

const OWN = 'ssh://git@github.com/acme/clusters';
const OTHER = 'https://github.com/acme/other';

function aRepository(spec: JsonObject, name = 'clusters', metadata: JsonObject = {}): JsonObject {
  return aFluxObject('GitRepository', name, { url: OWN, ...spec }, metadata);
}

function anArtifact(spec: JsonObject): JsonObject {
  return aFluxObject('OCIRepository', 'app', { url: 'oci://registry.example/app', ...spec });
}

function aGenerator(copy: readonly JsonObject[], spec: JsonObject = {}): JsonObject {
  const sources = [
    { alias: 'here', kind: 'GitRepository', name: 'clusters' },
    { alias: 'there', kind: 'GitRepository', name: 'other' },
  ];
  return aFluxObject('ArtifactGenerator', 'generator', { sources, artifacts: [{ name: 'web', copy }], ...spec });
}

const MAIN = aRepository({ ref: { branch: 'main' } });

function seeker(objects: readonly JsonObject[], given: Parameters<typeof aFluxContext>[1] = {}): Seeker {
  return { definition: aDefinition(aFluxObject('Kustomization', 'apps', {})), context: aFluxContext(objects, given) };
}

function found(kind: string, name: string, ...objects: readonly JsonObject[]) {
  return sourceNamed({ kind, name, namespace: 'flux-system' }, seeker(objects));
}

function git(want: JsonObject) {
  return { type: 'remote', want: { kind: 'git', url: OWN, ...want } };
}

describe('a GitRepository', () => {
  test.each<readonly [name: string, spec: JsonObject, content: unknown]>([
    ['of the base branch is this repository', { ref: { branch: 'main' } }, HERE],
    ['of its full name, too', { ref: { name: 'refs/heads/main' } }, HERE],
    ['without ref is of master', {}, git({ ref: 'refs/heads/master' })],
    ['of another branch', { ref: { branch: 'release' } }, git({ ref: 'refs/heads/release' })],
    [
      'of a tag, although a branch stands beside it',
      { ref: { branch: 'main', tag: 'v1' } },
      git({ ref: 'refs/tags/v1' }),
    ],
    [
      'of a range, although a tag stands beside it',
      { ref: { tag: 'v1', semver: '>=1' } },
      git({ ref: '', range: '>=1' }),
    ],
    [
      'of a name, although a range stands beside it',
      { ref: { semver: '>=1', name: 'refs/pull/1/head' } },
      git({ ref: 'refs/pull/1/head' }),
    ],
    [
      'of a commit, whatever stands beside it',
      { ref: { name: 'refs/heads/main', commit: 'c0ffee' } },
      git({ ref: 'c0ffee' }),
    ],
    ['elsewhere', { url: OTHER, ref: { branch: 'main' } }, git({ url: OTHER, ref: 'refs/heads/main' })],
  ])('%s', (_, spec, content) => {
    expect(found('GitRepository', 'clusters', aRepository(spec))).toEqual({ content, ignore: '', root: '' });
  });

  test('says what it leaves out', () => {
    const repository = aRepository({ ref: { branch: 'main' }, ignore: '/*\n!/apps' });
    expect(found('GitRepository', 'clusters', repository)).toEqual({ content: HERE, ignore: '/*\n!/apps', root: '' });
  });

  test('is copied together with what it includes, and leaves out of the whole', () => {
    const other = aRepository({ url: OTHER, ref: { tag: 'v1' }, ignore: '*.md' }, 'other');
    const include = [
      { repository: { name: 'other' } },
      { repository: { name: 'other' }, fromPath: './deploy/', toPath: 'vendor' },
    ];
    const main = aRepository({ ref: { branch: 'main' }, ignore: 'docs', include });
    const from = { type: 'remote', want: { kind: 'git', url: OTHER, ref: 'refs/tags/v1' } };
    expect(found('GitRepository', 'clusters', main, other)).toEqual({
      content: {
        type: 'composed',
        copies: [
          { from: HERE, ignore: 'docs', path: '', exclude: [], to: '' },
          { from, ignore: '*.md', path: '**', exclude: [], to: 'other/' },
          { from, ignore: '*.md', path: 'deploy/**', exclude: [], to: 'vendor/' },
        ],
      },
      ignore: 'docs',
      root: '',
    });
  });

  test('that includes what is nowhere cannot be known', () => {
    const main = aRepository({ include: [{ repository: { name: 'gone' } }] });
    expect(found('GitRepository', 'clusters', main)).toEqual({
      reason: 'GitRepository flux-system/gone is in no file of this repository',
    });
  });

  test('that includes itself comes to an end', () => {
    const main = aRepository({ include: [{ repository: { name: 'clusters' } }] });
    expect(found('GitRepository', 'clusters', main)).toEqual({ reason: 'sources refer to one another deeper than 5' });
  });

  test('of the name that flux bootstrap gives is this repository where it is in no file, and no other is', () => {
    expect(found('GitRepository', 'flux-system')).toEqual({ content: HERE, ignore: '', root: '' });
    expect(found('GitRepository', 'clusters')).toEqual({
      reason: 'GitRepository flux-system/clusters is in no file of this repository',
    });
    expect(found('GitRepository', 'flux-system', aRepository({ url: OTHER }, 'flux-system'))).toMatchObject({
      content: { type: 'remote' },
    });
  });
});

describe('of several definitions', () => {
  const release = aRepository({ ref: { branch: 'release' } });

  test('those that are alike are one', () => {
    expect(found('GitRepository', 'clusters', MAIN, aRepository({ ref: { name: 'refs/heads/main' } }))).toMatchObject({
      content: HERE,
    });
  });

  test('those that differ are not chosen from', () => {
    expect(found('GitRepository', 'clusters', MAIN, release)).toEqual({
      reason:
        'GitRepository flux-system/clusters is defined in several ways: clusters/production/source-0.yaml, clusters/production/source-1.yaml',
    });
  });

  test('those of the own cluster count where others differ', () => {
    const definitions = [aDefinition(release, 'clusters/staging/source.yaml'), ...definitionsOf(MAIN)];
    const { definition, context } = seeker([], { definitions });
    const wanted = { kind: 'GitRepository', name: 'clusters', namespace: 'flux-system' };
    expect(sourceNamed(wanted, { definition, context })).toMatchObject({ content: HERE });
  });

  test('those of another namespace are others', () => {
    const wanted = { kind: 'GitRepository', name: 'clusters', namespace: 'team' };
    expect(sourceNamed(wanted, seeker([MAIN]))).toHaveProperty('reason');
    const team = aRepository({ ref: { branch: 'main' } }, 'clusters', { namespace: 'team' });
    expect(sourceNamed(wanted, seeker([release, team]))).toMatchObject({ content: HERE });
  });

  test('what they say counts where the object itself is asked for', () => {
    const wanted = { kind: 'HelmRepository', name: 'charts', namespace: 'flux-system' };
    const [a, b] = ['https://a', 'https://b'].map((url) => aFluxObject('HelmRepository', 'charts', { url }));
    expect(objectNamed(wanted, seeker([a ?? {}, a ?? {}]))).toEqual({ spec: { url: 'https://a' } });
    expect(objectNamed(wanted, seeker([a ?? {}, b ?? {}]))).toHaveProperty('reason');
    expect(objectNamed(wanted, seeker([]))).toHaveProperty('reason');
  });
});

describe('an OCIRepository', () => {
  test.each<readonly [name: string, spec: JsonObject, want: JsonObject]>([
    ['without ref', {}, { reference: '' }],
    ['of a tag', { ref: { tag: 'v1' } }, { reference: 'v1' }],
    ['of a range, whatever the tag', { ref: { tag: 'v1', semver: '>=1' } }, { reference: '', range: '>=1' }],
    [
      'of a digest, whatever stands beside it',
      { ref: { tag: 'v1', semver: '>=1', digest: 'sha256:a' } },
      { reference: 'sha256:a' },
    ],
    [
      'of one layer',
      { layerSelector: { mediaType: 'text/x', operation: 'copy' } },
      { reference: '', mediaType: 'text/x', operation: 'copy' },
    ],
    ['of a layer to extract', { layerSelector: { mediaType: 'text/x' } }, { reference: '', mediaType: 'text/x' }],
  ])('%s', (_, spec, want) => {
    const rest = { kind: 'oci', url: 'oci://registry.example/app', content: 'artifact', operation: 'extract' };
    expect(found('OCIRepository', 'app', anArtifact({ ...spec, ignore: '*.md' }))).toEqual({
      content: { type: 'remote', want: { ...rest, ...want } },
      ignore: '*.md',
      root: '',
    });
  });

  test('with a filter of tags cannot be known', () => {
    const artifact = anArtifact({ ref: { semver: '>=1', semverFilter: '.*-rc.*' } });
    expect(found('OCIRepository', 'app', artifact)).toEqual({
      reason: 'its OCIRepository has ref.semverFilter .*-rc.*, which presync does not know',
    });
  });
});

describe('a Bucket', () => {
  const wanted = { kind: 'Bucket', name: 'files', namespace: 'flux-system' };
  const policy = aPolicy('flux: { buckets: [{ namespace: flux-system, name: files, path: out/files }] }');

  test('is the folder that policy says, in a file or not', () => {
    const object = aFluxObject('Bucket', 'files', { bucketName: 'b', ignore: '*.md' });
    expect(sourceNamed(wanted, seeker([object], { policy }))).toEqual({
      content: HERE,
      ignore: '*.md',
      root: 'out/files',
    });
    expect(sourceNamed(wanted, seeker([], { policy }))).toEqual({ content: HERE, ignore: '', root: 'out/files' });
  });

  test.each([
    ['without a declaration', wanted],
    ['of another namespace than that of the declaration', { ...wanted, namespace: 'team' }],
  ])('%s cannot be known', (_, bucket) => {
    const given = bucket === wanted ? {} : { policy };
    expect(sourceNamed(bucket, seeker([], given))).toEqual({
      reason: `its source is Bucket ${bucket.namespace}/files; where it is filled from this repository, declare it under flux.buckets in .presync.yaml`,
    });
  });
});

describe('an ExternalArtifact', () => {
  const other = aRepository({ url: OTHER, ref: { tag: 'v1' }, ignore: '*.md' }, 'other');

  test('is what its generator copies together', () => {
    const generator = aGenerator([
      { from: '@here/apps/**', to: '@artifact/' },
      { from: '@there/base', to: '@artifact/base/', exclude: ['*.txt'], strategy: 'Overwrite' },
    ]);
    expect(found('ExternalArtifact', 'web', generator, MAIN, other)).toEqual({
      content: {
        type: 'composed',
        copies: [
          { from: HERE, ignore: '', path: 'apps/**', exclude: [], to: '' },
          {
            from: { type: 'remote', want: { kind: 'git', url: OTHER, ref: 'refs/tags/v1' } },
            ignore: '*.md',
            path: 'base',
            exclude: ['*.txt'],
            to: 'base/',
          },
        ],
      },
      ignore: '',
      root: '',
    });
  });

  test('starts in a Bucket at the folder that policy says', () => {
    const generator = aGenerator([{ from: '@files/a.yaml', to: '@artifact/' }], {
      sources: [{ alias: 'files', kind: 'Bucket', name: 'files' }],
    });
    const policy = aPolicy('flux: { buckets: [{ namespace: flux-system, name: files, path: out }] }');
    const wanted = { kind: 'ExternalArtifact', name: 'web', namespace: 'flux-system' };
    expect(sourceNamed(wanted, seeker([generator], { policy }))).toMatchObject({
      content: { copies: [{ from: HERE, path: 'out/a.yaml' }] },
    });
  });

  test.each<readonly [name: string, generators: readonly JsonObject[], reason: string]>([
    ['that nobody makes', [], 'no ArtifactGenerator of this repository makes ExternalArtifact flux-system/web'],
    [
      'by a pattern of paths in no source',
      [aGenerator([], { pathPattern: 'apps/*' })],
      'pathPattern apps/* names no source',
    ],
    [
      'of an alias that is none',
      [aGenerator([{ from: '@gone/a', to: '@artifact/' }])],
      'names no source or no artifact',
    ],
    ['of no path', [aGenerator([{ from: '@here', to: '@artifact/' }])], 'names no source or no artifact'],
    ['to somewhere else', [aGenerator([{ from: '@here/a', to: '@other/' }])], 'names no source or no artifact'],
    ['that merges', [aGenerator([{ from: '@here/a', to: '@artifact/', strategy: 'Merge' }])], 'by the strategy Merge'],
    [
      'that extracts',
      [aGenerator([{ from: '@here/a', to: '@artifact/', strategy: 'Extract' }])],
      'by the strategy Extract',
    ],
    [
      'of a source that is nowhere',
      [aGenerator([{ from: '@there/a', to: '@artifact/' }])],
      'flux-system/other is in no file',
    ],
    [
      'that two make differently',
      [aGenerator([{ from: '@here/a', to: '@artifact/' }]), aGenerator([{ from: '@here/b', to: '@artifact/' }])],
      'is defined in several ways',
    ],
    [
      'that is made of itself',
      [
        aGenerator([{ from: '@self/a', to: '@artifact/' }], {
          sources: [{ alias: 'self', kind: 'ExternalArtifact', name: 'web' }],
        }),
      ],
      'deeper than 5',
    ],
  ])('%s cannot be known', (_, generators, reason) => {
    expect(found('ExternalArtifact', 'web', ...generators, MAIN)).toEqual({ reason: expect.stringContaining(reason) });
  });
});

test('another kind of source cannot be known', () => {
  expect(found('HelmRepository', 'x')).toEqual({
    reason: 'its source is HelmRepository x, a kind that presync does not know',
  });
});

test('a reference without namespace is to that of its object', () => {
  expect(sourceName({ kind: 'A', name: 'b' }, 'team')).toEqual({ kind: 'A', name: 'b', namespace: 'team' });
  expect(sourceName({ kind: 'A', name: 'b', namespace: 'c' }, 'team')).toMatchObject({ namespace: 'c' });
});
