import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY, readPolicy } from '../../config/policy.ts';
import type { Artifact } from '../../model/artifact.ts';
import type { Finding, Problem } from '../../model/finding.ts';
import { parseImageRef } from '../../model/image-ref.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Policy } from '../../model/policy.ts';
import type { ImageEvidence } from '../../model/provenance.ts';
import type { Side } from '../../model/world.ts';
import { compareSides } from '../../pipeline/judge.ts';
import { aManifest, aWorld, SHOP } from '../../../test/builders/manifest.ts';
import { aDigest, anImage, whatIsKnown } from '../../../test/builders/provenance.ts';
import { images, inventory, RULES } from './index.ts';

const SHA = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

function pod(...list: readonly string[]): Manifest {
  return aManifest({ kind: 'Pod', spec: { containers: list.map((image, index) => ({ name: `c${index}`, image })) } });
}

function policyWith(entries: string): Policy {
  return readPolicy(`version: 1\nimages: ${entries}\n`, '.presync.yaml');
}

async function problems(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  policy = DEFAULT_POLICY,
): Promise<readonly Problem[]> {
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy };
  return images.run(input, new AbortController().signal);
}

/** `rule status blocking` of each finding of the change. */
async function judged(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  policy = DEFAULT_POLICY,
): Promise<readonly string[]> {
  const context = { policy, now: new Date('2026-11-24T12:00:00Z'), clusterOf: () => 'production' };
  const findings: readonly Finding[] = compareSides(await problems(base, merged, policy), context);
  return findings.map(({ rule, status, blocking }) => `${rule} ${status}${blocking ? ' blocking' : ''}`).toSorted();
}

const REQUIRE_DIGEST = policyWith('[{ match: "ghcr.io/acme/**", require: { digest: true } }]');
const REGISTRIES = policyWith('[{ match: "**", require: { registries: [ghcr.io, "registry.example:5000"] } }]');

describe('a new image', () => {
  test.each<[string, string, Policy, readonly string[]]>([
    ['by digest is fine', `ghcr.io/acme/web@${SHA}`, DEFAULT_POLICY, []],
    ['by tag and digest is fine', `ghcr.io/acme/web:1@${SHA}`, DEFAULT_POLICY, []],
    [
      'by tag blocks where a digest is demanded, by whatever name of its registry (P-A9)',
      'ghcr.io:443/acme/web:1',
      REQUIRE_DIGEST,
      ['images/digest new blocking'],
    ],
    [
      'by tag is advice where a digest is only advised',
      'ghcr.io/acme/web:1',
      policyWith('[{ match: "**", mode: advise, require: { digest: true } }]'),
      ['images/digest new'],
    ],
    [
      'by tag blocks where another entry demands a digest',
      'ghcr.io/acme/web:1',
      policyWith(
        '[{ match: "**", mode: advise, require: { digest: true } }, { match: "ghcr.io/**", require: { digest: true } }]',
      ),
      ['images/digest new blocking'],
    ],
    [
      'from another registry is advice where registries are only advised',
      `quay.io/acme/web@${SHA}`,
      policyWith('[{ match: "**", mode: advise, require: { registries: [ghcr.io] } }]'),
      ['images/registry new'],
    ],
    [
      'from another registry blocks where one entry demands it',
      `quay.io/acme/web@${SHA}`,
      policyWith(
        '[{ match: "**", mode: advise, require: { registries: [ghcr.io] } }, { match: "**", require: { registries: [a.io] } }]',
      ),
      ['images/registry new blocking'],
    ],
    ['latest with a digest is fine', `ghcr.io/acme/web:latest@${SHA}`, DEFAULT_POLICY, []],
    ['by tag is advice', 'ghcr.io/acme/web:1', DEFAULT_POLICY, ['images/digest new']],
    ['without tag is advice, twice', 'nginx', DEFAULT_POLICY, ['images/digest new', 'images/latest new']],
    [
      'with the tag latest is advice, twice',
      'ghcr.io/acme/web:latest',
      DEFAULT_POLICY,
      ['images/digest new', 'images/latest new'],
    ],
    ['with another case of latest has a tag', 'ghcr.io/acme/web:Latest', DEFAULT_POLICY, ['images/digest new']],
    ['that cannot be read blocks', 'ghcr.io/ACME/web:1', DEFAULT_POLICY, ['images/malformed new blocking']],
    ['with space around it blocks', 'nginx:1 ', DEFAULT_POLICY, ['images/malformed new blocking']],
    ['that is filled later is advice', '', DEFAULT_POLICY, ['images/malformed new']],
    ['that is filled later meets no requirement', '', REQUIRE_DIGEST, ['images/malformed new blocking']],
    [
      'by tag blocks where policy requires a digest',
      'ghcr.io/acme/web:1',
      REQUIRE_DIGEST,
      ['images/digest new blocking'],
    ],
    [
      'in another case of the host is the same image',
      'GHCR.IO/acme/web:1',
      REQUIRE_DIGEST,
      ['images/digest new blocking'],
    ],
    ['that no entry matches blocks', `ghcr.io/other/web@${SHA}`, REQUIRE_DIGEST, ['images/unlisted new blocking']],
    [
      'whose path looks like the host is not listed',
      `evil.example/ghcr.io/acme/web@${SHA}`,
      REQUIRE_DIGEST,
      ['images/unlisted new blocking'],
    ],
    ['that is only listed is fine', `quay.io/a/b@${SHA}`, policyWith('[{ match: "quay.io/**", require: {} }]'), []],
    ['from an allowed registry is fine', `ghcr.io/a/b@${SHA}`, REGISTRIES, []],
    ['from an allowed registry with its port is fine', `registry.example:5000/b@${SHA}`, REGISTRIES, []],
    [
      'from an allowed registry at another port blocks',
      `registry.example:5001/b@${SHA}`,
      REGISTRIES,
      ['images/registry new blocking'],
    ],
    ['from a registry that ends alike blocks', `evilghcr.io/a/b@${SHA}`, REGISTRIES, ['images/registry new blocking']],
    ['from Docker Hub, unsaid, blocks', `nginx@${SHA}`, REGISTRIES, ['images/registry new blocking']],
    [
      'from a user of Docker Hub called like a registry blocks',
      `ghcr/io@${SHA}`,
      REGISTRIES,
      ['images/registry new blocking'],
    ],
  ])('%s', async (_, image, policy, expected) => {
    expect(await judged([], [pod(image)], policy)).toEqual(expected);
  });

  test('must meet every entry that matches', async () => {
    const both =
      '[{ match: "**", require: { registries: [quay.io] } }, { match: "ghcr.io/**", require: { digest: true } }]';
    expect(await judged([], [pod('ghcr.io/a/b:1')], policyWith(both))).toEqual([
      'images/digest new blocking',
      'images/registry new blocking',
    ]);
    const [first, second] = [
      '{ match: "**", require: { registries: [ghcr.io] } }',
      '{ match: "**", require: { registries: [quay.io] } }',
    ];
    expect(await judged([], [pod(`ghcr.io/a/b@${SHA}`)], policyWith(`[${first}, ${second}]`))).toEqual([
      'images/registry new blocking',
    ]);
    expect(await judged([], [pod(`ghcr.io/a/b@${SHA}`)], policyWith(`[${second}, ${first}]`))).toEqual([
      'images/registry new blocking',
    ]);
  });
});

describe('an image of the base', () => {
  test.each<[string, string, string, Policy, readonly string[]]>([
    [
      'that stays is existing',
      'ghcr.io/acme/web:1',
      'ghcr.io/acme/web:1',
      REQUIRE_DIGEST,
      ['images/digest existing blocking'],
    ],
    [
      'that gets another tag is new',
      'ghcr.io/acme/web:1',
      'ghcr.io/acme/web:2',
      REQUIRE_DIGEST,
      ['images/digest new blocking'],
    ],
    [
      'that is spelt otherwise is existing',
      'nginx:1',
      'docker.io/library/nginx:1',
      DEFAULT_POLICY,
      ['images/digest existing'],
    ],
    [
      'that gets a digest is fixed',
      'ghcr.io/acme/web:1',
      `ghcr.io/acme/web:1@${SHA}`,
      REQUIRE_DIGEST,
      ['images/digest fixed blocking'],
    ],
    [
      'from a bad registry with another digest is existing',
      `quay.io/a/b@${SHA}`,
      `quay.io/a/b@${OTHER}`,
      REGISTRIES,
      ['images/registry existing blocking'],
    ],
    [
      'from a bad registry, replaced by another one from there, is new',
      `quay.io/a/b@${SHA}`,
      `quay.io/a/c@${SHA}`,
      REGISTRIES,
      ['images/registry new blocking'],
    ],
    [
      'that was unlisted stays existing with another digest',
      `quay.io/a/b@${SHA}`,
      `quay.io/a/b@${OTHER}`,
      REQUIRE_DIGEST,
      ['images/unlisted existing blocking'],
    ],
    [
      'that cannot be read, replaced by another such, is new',
      'A',
      'B',
      DEFAULT_POLICY,
      ['images/malformed new blocking'],
    ],
  ])('%s', async (_, ...[before, after, policy, expected]) => {
    expect(await judged([pod(before)], [pod(after)], policy)).toEqual(expected);
  });

  test('stays existing when containers change places', async () => {
    const [a, b] = [
      { name: 'a', image: 'x/a:1' },
      { name: 'b', image: 'x/b:1' },
    ];
    const [before, after] = [
      [a, b],
      [b, a],
    ].map((containers) => aManifest({ kind: 'Pod', spec: { containers } }));
    expect(before && after && (await judged([before], [after]))).toEqual([
      'images/digest existing',
      'images/digest existing',
    ]);
  });
});

function renamed(metadata: JsonObject, name: string): Manifest {
  return aManifest({ kind: 'Pod', metadata, spec: { containers: [{ name, image: 'ghcr.io/acme/web:2' }] } });
}

describe('a digest turned into a tag', () => {
  const pinned = `ghcr.io/acme/web:1@${SHA}`;
  const dropped = 'images/digest-dropped new blocking';

  test.each<[string, string, string, boolean]>([
    ['blocks without any policy', pinned, 'ghcr.io/acme/web:1', true],
    ['blocks when the image is another one', pinned, 'quay.io/other:2', true],
    ['blocks when nothing is left', pinned, 'nginx', true],
    ['is not another digest', pinned, `ghcr.io/acme/web:2@${OTHER}`, false],
    ['is not a tag that was one before', 'ghcr.io/acme/web:1', 'ghcr.io/acme/web:2', false],
  ])('%s', async (_, before, after, expected) => {
    expect((await judged([pod(before)], [pod(after)])).includes(dropped)).toBe(expected);
  });

  test('is seen after a rename of the container or of the object', async () => {
    expect(await judged([pod(pinned)], [renamed({}, 'renamed')])).toContain(dropped);
    expect(await judged([pod(pinned)], [renamed({ name: 'renamed' }, 'c0')])).toContain(dropped);
  });

  test('is none where the app had the image by tag as well, or in another app', async () => {
    expect(
      await judged([pod(pinned, 'ghcr.io/acme/web:1')], [pod(pinned, 'ghcr.io/acme/web:1', 'ghcr.io/acme/web:1')]),
    ).not.toContain(dropped);
    expect(await judged([{ ...pod(pinned), app: 'other' }], [pod('ghcr.io/acme/web:1')])).not.toContain(dropped);
  });

  test('is not excused by a volatile value', async () => {
    const volatile = { ...pod('ghcr.io/acme/web:1'), volatile: ['/spec/containers/0/image'] };
    expect(await judged([pod(pinned)], [volatile])).toEqual(['images/digest new', dropped]);
  });
});

test('a finding points at the image, names the container and says what policy asks', async () => {
  const [problem] = await problems([], [pod('ghcr.io/acme/web:1')], REQUIRE_DIGEST);
  expect(problem).toMatchObject({
    app: SHOP,
    object: { kind: 'Pod', name: 'it' },
    pointer: '/spec/containers/0/image',
    key: '/spec/containers/c0/image',
    facets: ['ghcr.io/acme/web:1'],
    message:
      'container "c0" runs ghcr.io/acme/web:1, which is a tag and no digest; policy requires one for ghcr.io/acme/**',
  });
});

function looks(base: readonly Manifest[], merged: readonly Manifest[]): boolean {
  return images.looksAt({ base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY });
}

test('the check looks at anything only where there is an image, on either side', () => {
  expect(looks([aManifest({})], [])).toBe(false);
  expect(looks([pod('a')], [])).toBe(true);
  expect(looks([], [pod('a')])).toBe(true);
});

function chart(side: Side, name: string): Artifact {
  return { side, app: SHOP, cluster: 'production', content: 'chart', ref: parseImageRef(name) };
}

describe('a chart of a registry', () => {
  const worlds = { base: aWorld('base', []), merged: aWorld('merged', []) };
  const said = async (policy: Policy, ...artifacts: readonly Artifact[]) => {
    const provenance = whatIsKnown({}, { artifacts });
    const found = await images.run({ ...worlds, policy, provenance }, new AbortController().signal);
    const findings = compareSides(found, { policy, now: provenance.now, clusterOf: () => 'production' });
    return findings.map(({ rule, status, message }) => `${rule} ${status} ${message}`);
  };
  const away = 'docker.io/acme/web:1';

  test('comes from a registry that policy names', async () => {
    const message =
      'the chart is docker.io/acme/web from docker.io; policy allows ghcr.io, registry.example:5000 for **';
    expect(await said(REGISTRIES, chart('merged', away))).toEqual([`images/registry new ${message}`]);
    expect(await said(REGISTRIES, chart('base', away), chart('merged', 'docker.io/acme/web:2'))).toEqual([
      `images/registry existing ${message}`,
    ]);
    expect(await said(REGISTRIES, chart('merged', 'ghcr.io/acme/web:1'))).toEqual([]);
  });

  test('is listed where policy lists images, and may be named by a version', async () => {
    const message = 'the chart is docker.io/acme/web, which matches no entry under images: of the policy';
    expect(await said(REQUIRE_DIGEST, chart('merged', away))).toEqual([`images/unlisted new ${message}`]);
    expect(await said(REQUIRE_DIGEST, chart('merged', 'ghcr.io/acme/web:1'))).toEqual([]);
    expect(await said(DEFAULT_POLICY, chart('merged', away))).toEqual([]);
  });

  test('is something that the check looks at', () => {
    const provenance = whatIsKnown({}, { artifacts: [chart('merged', away)] });
    expect(images.looksAt({ ...worlds, policy: DEFAULT_POLICY, provenance })).toBe(true);
  });
});

test('an aborted run ends', () => {
  const input = { base: aWorld('base', []), merged: aWorld('merged', [pod('a')]), policy: DEFAULT_POLICY };
  expect(() => images.run(input, AbortSignal.abort())).toThrow('aborted');
});

test('every rule that can speak is in the list, once', () => {
  expect(RULES.map(({ id }) => id).toSorted()).toEqual([
    'images/digest',
    'images/digest-dropped',
    'images/latest',
    'images/malformed',
    'images/registry',
    'images/unlisted',
  ]);
});

describe('inventory', () => {
  test('holds each image once, sorted, with its apps', () => {
    const manifests = [
      { ...pod('nginx:1', `b.io/x:2@${SHA}`), app: 'b' },
      { ...pod('docker.io/library/nginx:1', 'Not One'), app: 'a' },
    ];
    const status = { status: 'not-required', signer: null };
    expect(inventory(manifests, DEFAULT_POLICY)).toEqual([
      { ref: 'Not One', digest: null, status: 'errored', signer: null, apps: ['a'] },
      { ref: `b.io/x:2@${SHA}`, digest: SHA, ...status, apps: ['b'] },
      { ref: 'docker.io/library/nginx:1', digest: null, ...status, apps: ['a', 'b'] },
    ]);
  });

  test('of nothing is empty', () => {
    expect(inventory([aManifest({})], DEFAULT_POLICY)).toEqual([]);
  });
});

async function fixOf(image: string, evidence: ImageEvidence, policy = DEFAULT_POLICY): Promise<string | undefined> {
  const input = { base: aWorld('base', []), merged: aWorld('merged', [pod(image)]), policy };
  const provenance = whatIsKnown({ [image]: evidence });
  const found = await images.run({ ...input, provenance }, new AbortController().signal);
  return found.find(({ rule }) => rule === 'images/digest')?.fix;
}

describe('the digest that a tag means, where somebody was asked', () => {
  test('is ready to be copied', async () => {
    const fix = `Write the digest behind the name: \`nginx:1@${aDigest('1')}\`.`;
    expect(await fixOf('nginx:1', anImage('1'))).toBe(fix);
    expect(await fixOf('ghcr.io/acme/web:1', anImage('1'), REQUIRE_DIGEST)).toContain(`web:1@${aDigest('1')}`);
  });

  test('goes behind the tag where that is a field of its own', async () => {
    const manifest = aManifest({
      apiVersion: 'operator.victoriametrics.com/v1beta1',
      kind: 'VMAgent',
      spec: { image: { repository: 'ghcr.io/acme/agent', tag: 'v1' } },
    });
    const input = { base: aWorld('base', []), merged: aWorld('merged', [manifest]), policy: DEFAULT_POLICY };
    const provenance = whatIsKnown({ 'ghcr.io/acme/agent:v1': anImage('1') });
    const found = await images.run({ ...input, provenance }, new AbortController().signal);
    expect(found.find(({ rule }) => rule === 'images/digest')?.fix).toBe(
      `Write the digest behind the tag, \`v1@${aDigest('1')}\`: /spec/image/tag is a part of the image.`,
    );
  });

  test('is left out where it could not be read', async () => {
    const gone: ImageEvidence = { status: 'unreachable', reason: 'down', digest: aDigest('1') };
    expect(await fixOf('nginx:1', gone)).toBe('Write the digest behind the name: registry/name:tag@sha256:….');
  });
});
