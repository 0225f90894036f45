import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY, PolicyError, readPolicy, readPolicyLines } from '../../config/policy.ts';
import type { Problem } from '../../model/finding.ts';
import type { Policy } from '../../model/policy.ts';
import { aWorld } from '../../../test/builders/manifest.ts';
import type { CheckInput, ProposedPolicy } from '../check.ts';
import { policy } from './index.ts';

const FILE = '.presync.yaml';

function read(lines: string): Policy {
  return readPolicy(`version: 1\n${lines}`, FILE);
}

function input(base: Policy, proposed: ProposedPolicy | undefined): CheckInput {
  return { base: aWorld('base', []), merged: aWorld('merged', []), policy: base, proposed };
}

function judged(base: Policy, proposed: ProposedPolicy): Promise<readonly Problem[]> {
  return policy.run(input(base, proposed), new AbortController().signal);
}

async function messages(base: string, proposed: string): Promise<readonly string[]> {
  return (await judged(read(base), { policy: read(proposed) })).map(({ message }) => message);
}

const WAIVER =
  'rule: rbac/x, object: { kind: Role, name: it, namespace: shop }, owner: me, reason: r, expires: 2027-01-01';
const APP = 'app: "Application:a/b/c", owner: me, reason: r, expires: 2027-01-01';
const PLUGIN = 'avp: { as: kustomize }';
const VALUES = '{ kind: Secret, namespace: shop, name: db, data: { user: web } }';
const BUCKET = '{ namespace: flux-system, name: files, path: out }';
const DECLARED = '{ kind: Application, name: shop, namespace: argocd, cluster: production, path: apps/shop }';
const DIGEST = '{ match: "ghcr.io/acme/**", require: { digest: true } }';
const GHCR = '{ match: "**", require: { registries: [ghcr.io, quay.io] } }';

describe('a change weakens the policy when', () => {
  test.each<[string, string, string, readonly string[]]>([
    [
      'credentials are used for more repositories',
      'registries: { credentials: [ghcr.io/acme/**] }',
      'registries: { credentials: [ghcr.io/acme/shop, ghcr.io/**] }',
      [
        "registries.credentials: ghcr.io/** is new; the operator's credentials would be used to read images, charts and artifacts there",
      ],
    ],
    [
      'nothing is required of images any more',
      `images: [${DIGEST}]`,
      '',
      ['nothing is required of images any more (ghcr.io/acme/**); any image would pass'],
    ],
    [
      'an answer of a cluster is declared',
      'clusters: { production: { apiVersions: [a.io/v1], paths: ["**"] } }',
      'clusters: { production: { apiVersions: [a.io/v1, "!b.io/v1"], kubernetes: "1.34", paths: ["**"] } }',
      [
        'clusters.production.kubernetes: 1.34 is declared; what charts make of other versions would not be judged',
        'clusters.production.apiVersions: !b.io/v1 is declared; what charts make of the other answer would not be judged',
      ],
    ],
    [
      'a cluster comes with answers',
      '',
      'clusters: { production: { apiVersions: [a.io/v1] } }',
      [
        'clusters.production.apiVersions: a.io/v1 is declared; what charts make of the other answer would not be judged',
      ],
    ],
    [
      'a digest is no longer required',
      `images: [${DIGEST}]`,
      `images: [${DIGEST.replace('true', 'false')}]`,
      [
        'images: a digest is no longer required for ghcr.io/acme/**; images named by a tag, which can be moved, would pass',
      ],
    ],
    [
      'an entry is removed',
      `images: [${DIGEST}, ${GHCR}]`,
      `images: [${GHCR}]`,
      [
        'images: a digest is no longer required for ghcr.io/acme/**; images named by a tag, which can be moved, would pass',
      ],
    ],
    [
      'a pattern is narrowed',
      `images: [${DIGEST}]`,
      `images: [${DIGEST.replace('**', '*')}]`,
      [
        'images: a digest is no longer required for ghcr.io/acme/** (only for ghcr.io/acme/*); images named by a tag, which can be moved, would pass',
      ],
    ],
    [
      'a registry is added',
      `images: [${GHCR}]`,
      `images: [${GHCR.replace('ghcr.io', 'ghcr.io, docker.io')}]`,
      ['images: docker.io is allowed for **; images from there would pass'],
    ],
    [
      'registries are no longer named',
      `images: [${GHCR}]`,
      'images: [{ match: "**", require: { digest: true } }]',
      ['images: no registries are named for ** any more; images from any registry would pass'],
    ],
    [
      'registries are named for less',
      `images: [${GHCR}]`,
      `images: [${GHCR.replace('**', 'ghcr.io/**')}]`,
      ['images: no registries are named for ** any more (only for ghcr.io/**); images from any registry would pass'],
    ],
    [
      'an image that was not listed is',
      `images: [${DIGEST}]`,
      `images: [${DIGEST}, { match: "quay.io/a/*", require: { digest: true } }]`,
      [
        'images: quay.io/a/* is listed; images that it matches were findings (images/unlisted) and would pass under its requirements',
      ],
    ],
    [
      'grants block later',
      'rbac: { block: high }',
      'rbac: { block: critical }',
      ['rbac.block goes from high to critical; new findings below critical would no longer block'],
    ],
    [
      'grants block at the default',
      'rbac: { block: low }',
      '',
      ['rbac.block goes from low to critical; new findings below critical would no longer block'],
    ],
    [
      'it may be weakened from now on',
      '',
      'policy: { weakened: advise }',
      ['policy.weakened goes from block to advise; later changes could weaken every rule without being stopped'],
    ],
    [
      'more is ignored',
      'ignore: [docs/**]',
      'ignore: [docs/**, "**"]',
      ['ignore: ** is new; manifests there that no app reads would not be judged'],
    ],
    [
      'a broken app is accepted',
      '',
      `accept: [{ ${APP} }]`,
      ['accept: Application:a/b/c may stay broken until 2027-01-01; while it is, nothing in it would be judged'],
    ],
    [
      'a broken app is accepted for longer',
      `accept: [{ ${APP} }]`,
      `accept: [{ ${APP.replace('01-01', '01-02')} }]`,
      ['accept: Application:a/b/c may stay broken until 2027-01-02; while it is, nothing in it would be judged'],
    ],
    [
      'a waiver is added',
      '',
      `waivers: [{ ${WAIVER} }]`,
      [
        'waivers: a new one; rbac/x in Role it (any group, namespace "shop", any cluster) would not block until 2027-01-01',
      ],
    ],
    [
      'a waiver is extended',
      `waivers: [{ ${WAIVER} }]`,
      `waivers: [{ ${WAIVER.replace('2027-01', '2027-10')} }]`,
      [
        'waivers: the one until 2027-01-01 is extended; rbac/x in Role it (any group, namespace "shop", any cluster) would not block until 2027-10-01',
      ],
    ],
    [
      'a waiver is for more objects',
      `waivers: [{ ${WAIVER} }]`,
      `waivers: [{ ${WAIVER.replace(', namespace: shop', '')} }]`,
      [
        'waivers: a new one; rbac/x in Role it (any group, any namespace, any cluster) would not block until 2027-01-01',
      ],
    ],
    [
      'another repository is called this one',
      '',
      'repository: { urls: ["https://github.com/acme/other"] }',
      [
        'repository.urls: https://github.com/acme/other is new; apps that point there would be judged by the files of this repository',
      ],
    ],
    [
      'a plugin is taken for what presync renders',
      'argocd: { plugins: { helmfile: { as: helm } } }',
      `argocd: { plugins: { helmfile: { as: helm }, ${PLUGIN} } }`,
      ['argocd.plugins: avp would be taken for kustomize; what else it does would not be judged'],
    ],
    [
      'a plugin is taken for something else',
      `argocd: { plugins: { ${PLUGIN} } }`,
      `argocd: { plugins: { ${PLUGIN.replace('kustomize', 'directory')} } }`,
      ['argocd.plugins: avp would be taken for directory; what else it does would not be judged'],
    ],
    [
      'a plugin is given other options',
      `argocd: { plugins: { ${PLUGIN} } }`,
      `argocd: { plugins: { ${PLUGIN.replace('}', ', buildOptions: --enable-helm }')} } }`,
      ['argocd.plugins: avp would be taken for kustomize; what else it does would not be judged'],
    ],
    [
      'a plugin has the name of what every object has',
      '',
      `argocd: { plugins: { ${PLUGIN.replace('avp', 'toString')} } }`,
      ['argocd.plugins: toString would be taken for kustomize; what else it does would not be judged'],
    ],
    [
      'a generator is answered by samples',
      '',
      'argocd: { generators: { pullRequest: [] } }',
      ['argocd.generators.pullRequest: apps would be generated from the samples written there'],
    ],
    [
      'a sample goes',
      'argocd: { generators: { scmProvider: [{ a: x }, { a: y }] } }',
      'argocd: { generators: { scmProvider: [{ a: x }] } }',
      ['argocd.generators.scmProvider: apps would be generated from the samples written there'],
    ],
    [
      'values of the cluster are declared',
      '',
      `flux: { values: [${VALUES}] }`,
      ['flux.values: Secret db would be believed to hold these values'],
    ],
    [
      'other values of the cluster are declared',
      `flux: { values: [${VALUES}] }`,
      `flux: { values: [${VALUES.replace('web', 'root')}] }`,
      ['flux.values: Secret db would be believed to hold these values'],
    ],
    [
      'values are declared for every cluster',
      `flux: { values: [${VALUES.replace('name:', 'cluster: staging, name:')}] }`,
      `flux: { values: [${VALUES}] }`,
      ['flux.values: Secret db would be believed to hold these values'],
    ],
    [
      'a Bucket is called a folder of this repository',
      `flux: { buckets: [${BUCKET}] }`,
      `flux: { buckets: [${BUCKET}, ${BUCKET.replace('files', 'more')}] }`,
      ['flux.buckets: Bucket more would be taken for the folder out'],
    ],
    [
      'a Bucket is called another folder',
      `flux: { buckets: [${BUCKET}] }`,
      `flux: { buckets: [${BUCKET.replace('out', 'docs')}] }`,
      ['flux.buckets: Bucket files would be taken for the folder docs'],
    ],
    [
      'an app of elsewhere is no longer declared',
      `apps: [${DECLARED}]`,
      '',
      [
        'apps: Application shop of production is no longer declared; it would be judged with default values, or not at all',
      ],
    ],
    [
      'an app of elsewhere is declared with other options',
      `apps: [${DECLARED}]`,
      `apps: [${DECLARED.replace('path:', 'options: { kustomize: {} }, path:')}]`,
      [
        'apps: Application shop of production is declared otherwise; what that renders to would be judged in place of what it does today',
      ],
    ],
  ])('%s', async (_, ...[base, proposed, expected]) => {
    expect(await messages(base, proposed)).toEqual(expected);
  });

  test('a cluster for which a waiver holds grows', async () => {
    const waiver = `waivers: [{ ${WAIVER.replace('shop', 'shop, cluster: staging')} }]`;
    const before = `${waiver}\nclusters: { staging: { server: "https://a", paths: ["staging/**"] } }`;
    const grown = [
      'clusters: more belongs to staging; the waivers and decisions for that cluster would hold there too',
    ];
    expect(await messages(before, before.replace('https://a', 'https://b'))).toEqual(grown);
    expect(await messages(before, before.replace('staging/**', 'production/**'))).toEqual(grown);
    expect(await messages(waiver, before)).toEqual(grown);
    expect(await messages(before, before.replace('staging/**', 'staging/web/**'))).toEqual([]);
    expect(await messages(before, waiver)).toEqual([]);
    expect(await messages('', 'clusters: { staging: { server: "https://b", paths: ["**"] } }')).toEqual([]);
  });
});

describe('a change does not weaken the policy when', () => {
  test.each<[string, string, string]>([
    ['it is written otherwise', `images: [${DIGEST}, ${GHCR}]`, `images:\n  - ${GHCR}\n  - ${DIGEST}`],
    [
      'requirements are split over entries',
      'images: [{ match: "**", require: { digest: true, registries: [ghcr.io] } }]',
      'images: [{ match: "**", require: { digest: true } }, { match: "**", require: { registries: [ghcr.io] } }]',
    ],
    ['a pattern is widened', `images: [${DIGEST}, ${GHCR}]`, `images: [${DIGEST.replace('acme/**', '**')}, ${GHCR}]`],
    ['a registry is removed', `images: [${GHCR}]`, `images: [${GHCR.replace(', quay.io', '')}]`],
    ['an entry is added where all are listed', `images: [${GHCR}]`, `images: [${GHCR}, ${DIGEST}]`],
    ['images are required to be anything for the first time', '', `images: [${DIGEST}, ${GHCR}]`],
    [
      'an entry goes that asked for nothing',
      `images: [${GHCR}, { match: "a.io/**", require: {} }]`,
      `images: [${GHCR}]`,
    ],
    ['grants block earlier', '', 'rbac: { block: low }'],
    ['it may not be weakened any more', 'policy: { weakened: advise }', ''],
    ['less is ignored', 'ignore: [docs/**]', 'ignore: [docs/*, docs/a/**]'],
    ['a plugin is no longer taken for what presync renders', `argocd: { plugins: { ${PLUGIN} } }`, ''],
    [
      'a plugin is written otherwise',
      `argocd: { plugins: { ${PLUGIN} } }`,
      'argocd: { plugins: { avp: { buildOptions: "", as: kustomize } } }',
    ],
    ['samples go altogether', 'argocd: { generators: { scmProvider: [{ a: x }] } }', ''],
    ['values are no longer declared', `flux: { values: [${VALUES}], buckets: [${BUCKET}] }`, ''],
    [
      'declared values and Buckets stand in another order',
      `flux: { values: [${VALUES}, ${VALUES.replace('db', 'other')}], buckets: [${BUCKET}] }`,
      `flux: { buckets: [${BUCKET}], values: [${VALUES.replace('db', 'other')}, ${VALUES}] }`,
    ],
    ['an app of elsewhere is declared', '', `apps: [${DECLARED}]`],
    ['a waiver goes', `waivers: [{ ${WAIVER} }]`, ''],
    [
      'a waiver ends earlier or is for less',
      `waivers: [{ ${WAIVER} }]`,
      `waivers: [{ ${WAIVER.replace('2027', '2026').replace('shop', 'shop, cluster: a')} }]`,
    ],
    [
      'somebody else answers for a waiver',
      `waivers: [{ ${WAIVER} }]`,
      `waivers: [{ ${WAIVER.replace('owner: me', 'owner: you')} }]`,
    ],
    ['an accepted app ends earlier', `accept: [{ ${APP} }]`, `accept: [{ ${APP.replace('2027', '2026')} }]`],
    [
      'this repository is spelt otherwise',
      'repository: { urls: ["https://github.com/acme/other"] }',
      'repository: { urls: ["git@github.com:acme/other.git"] }',
    ],
    ['the defaults are written out', '', 'rbac: { block: critical }\npolicy: { weakened: block }\nignore: []'],
  ])('%s', async (_, base, proposed) => {
    expect(await messages(base, proposed)).toEqual([]);
  });
});

describe('policy/weakened', () => {
  test('blocks, unless the base says that it is advice', async () => {
    const proposed = { policy: DEFAULT_POLICY };
    expect(await judged(read('rbac: { block: high }'), proposed)).toMatchObject([
      { rule: 'policy/weakened', side: 'merged', enforcement: 'required', app: '', object: null },
    ]);
    const lax = read('rbac: { block: high }\npolicy: { weakened: advise }');
    expect(await judged(lax, proposed)).toMatchObject([{ rule: 'policy/weakened', enforcement: 'advice' }]);
  });

  test('blocks even where the change itself says that it is advice', async () => {
    const found = await judged(read('rbac: { block: high }'), { policy: read('policy: { weakened: advise }') });
    expect(found.map(({ enforcement }) => enforcement)).toEqual(['required', 'required']);
  });

  test('is what removing the file does, where it was stricter than the defaults', async () => {
    expect(await judged(read('rbac: { block: high }\nignore: [docs/**]'), { policy: DEFAULT_POLICY })).toHaveLength(1);
    expect(await judged(read('ignore: [docs/**]'), { policy: DEFAULT_POLICY })).toEqual([]);
  });

  test('stands on the line that was written, or nearest to where something was', async () => {
    const text = 'version: 1\nrbac:\n  block: critical\nimages:\n  - match: "ghcr.io/**"\n    require: {}\n';
    const { policy: proposed, lineOf } = readPolicyLines(text, FILE);
    const base = read(`rbac: { block: high }\nimages: [{ match: "ghcr.io/**", require: { digest: true } }, ${GHCR}]`);
    const found = await judged(base, { policy: proposed, written: { file: FILE, lineOf } });
    expect(found.map(({ key, location }) => [key, location])).toEqual([
      ['images ghcr.io/** digest', { file: FILE, line: 6, endLine: 6 }],
      ['images ** registries', { file: FILE, line: 4, endLine: 4 }],
      ['rbac block', { file: FILE, line: 3, endLine: 3 }],
    ]);
  });
});

test('a policy that cannot be read blocks, at each line, whatever the base says of weakening', async () => {
  const problem = new PolicyError(FILE, [
    { code: 'VALUE', line: 3, message: 'rbac.block: is missing' },
    { code: 'UNKNOWN_KEY', line: 7, message: 'imges is no key of a policy' },
  ]);
  const found = await judged(read('policy: { weakened: advise }'), { problem });
  expect(found).toMatchObject([
    {
      rule: 'policy/invalid',
      enforcement: 'required',
      message: 'rbac.block: is missing',
      location: { file: FILE, line: 3, endLine: 3 },
    },
    { rule: 'policy/invalid', enforcement: 'required', message: 'imges is no key of a policy', location: { line: 7 } },
  ]);
  expect(new Set(found.map(({ key }) => key)).size).toBe(2);
});

test('there is nothing to look at where the policy stays as it is', async () => {
  expect(policy.looksAt(input(DEFAULT_POLICY, undefined))).toBe(false);
  expect(policy.looksAt(input(DEFAULT_POLICY, { policy: DEFAULT_POLICY }))).toBe(true);
  expect(await policy.run(input(DEFAULT_POLICY, undefined), new AbortController().signal)).toEqual([]);
});
