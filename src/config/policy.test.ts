import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { DEFAULT_POLICY, PolicyError, readPolicy, readPolicyLines } from './policy.ts';

const FILE = '.presync.yaml';

function problemsOf(text: string): readonly string[] {
  try {
    readPolicy(text, FILE);
  } catch (error) {
    if (error instanceof PolicyError)
      return error.problems.map(({ line, code, message }) => `${line} ${code} ${message}`);
    throw error;
  }
  return [];
}

/** A valid file with one more line. */
function problemsWith(...lines: readonly string[]): readonly string[] {
  return problemsOf(['version: 1', ...lines].join('\n'));
}

const FULL = `version: 1
repository: { urls: [https://github.com/acme/clusters] }
argocd:
  kustomizeBuildOptions: "--enable-helm"
  newGitFileGlobbing: true
  namespace: gitops
  plugins: { avp: { as: kustomize, buildOptions: --enable-helm } }
  generators: { scmProvider: [{ repository: web }], plugin: { mine: [{ size: 1 }] } }
flux:
  strictSubstitution: true
  values: [{ kind: Secret, namespace: shop, name: db, cluster: production, data: { user: web }, unknown: [password] }]
  buckets: [{ namespace: flux-system, name: files, path: out/files }]
clusters:
  production:
    { kubernetes: "1.34", server: https://kubernetes.default.svc, apiVersions: [acme.io/v1], labels: { env: production },
      annotations: { a: b }, project: shop, paths: [clusters/production/**] }
apps: [{ kind: Application, name: shop, namespace: argocd, cluster: production, path: apps/shop, targetNamespace: web, options: { kustomize: { namePrefix: a- } } }]
ignore: [docs/**, examples/**]
accept:
  - { app: "Application:production/argocd/shop", owner: team-shop, reason: chart is gone, expires: 2027-01-31 }
images:
  - match: ghcr.io/acme/**
    require: { digest: true }
  - match: "**"
    require: { registries: [ghcr.io, quay.io, registry.example:5000] }
imageFields: [{ group: acme.io, kinds: [Robot], paths: ["spec.arms[].image"] }]
trust:
  publicGood: false
  roots: [trust/internal.json, { file: trust/github.json, logs: 0, certificateLogs: 0, timestamps: 1 }]
  authorities: [{ file: trust/ca.pem, timestamps: trust/tsa.pem }]
rbac: { block: high }
policy: { weakened: advise }
registries: { credentials: [ghcr.io/acme/**] }
waivers:
  - rule: rbac/secrets-read-cluster-wide
    object: { kind: ClusterRole, name: "system:backup" }
    owner: team-storage
    reason: reads backup keys
    expires: 2027-03-01
`;

describe('readPolicy', () => {
  test('reads every key that takes effect', () => {
    const written = { from: FILE, mode: 'block' };
    expect(readPolicy(FULL, FILE)).toEqual({
      repository: { urls: ['https://github.com/acme/clusters'] },
      argocd: {
        kustomizeBuildOptions: '--enable-helm',
        newGitFileGlobbing: true,
        namespace: 'gitops',
        plugins: { avp: { as: 'kustomize', buildOptions: '--enable-helm' } },
        generators: { scmProvider: [{ repository: 'web' }], plugin: { mine: [{ size: 1 }] } },
      },
      flux: {
        strictSubstitution: true,
        values: [
          {
            kind: 'Secret',
            namespace: 'shop',
            name: 'db',
            cluster: 'production',
            data: { user: 'web' },
            unknown: ['password'],
          },
        ],
        buckets: [{ namespace: 'flux-system', name: 'files', path: 'out/files' }],
      },
      clusters: {
        production: {
          kubernetes: '1.34',
          server: 'https://kubernetes.default.svc',
          apiVersions: ['acme.io/v1'],
          labels: { env: 'production' },
          annotations: { a: 'b' },
          project: 'shop',
          paths: ['clusters/production/**'],
        },
      },
      apps: [
        {
          kind: 'Application',
          name: 'shop',
          namespace: 'argocd',
          cluster: 'production',
          path: 'apps/shop',
          targetNamespace: 'web',
          options: { kustomize: { namePrefix: 'a-' } },
        },
      ],
      ignore: ['docs/**', 'examples/**'],
      accept: [
        {
          app: 'Application:production/argocd/shop',
          owner: 'team-shop',
          reason: 'chart is gone',
          expires: '2027-01-31',
        },
      ],
      images: [
        { match: 'ghcr.io/acme/**', ...written, require: { digest: true, platforms: 'index' } },
        {
          match: '**',
          ...written,
          require: {
            digest: false,
            registries: ['ghcr.io', 'quay.io', 'registry.example:5000'],
            platforms: 'index',
          },
        },
      ],
      imageFields: [{ group: 'acme.io', kinds: ['Robot'], paths: ['spec.arms[].image'] }],
      trust: {
        publicGood: false,
        github: false,
        roots: [
          { file: 'trust/internal.json', logs: 1, certificateLogs: 1, timestamps: 0 },
          { file: 'trust/github.json', logs: 0, certificateLogs: 0, timestamps: 1 },
        ],
        authorities: [{ file: 'trust/ca.pem', timestamps: 'trust/tsa.pem' }],
        keys: [],
        files: {},
      },
      rbac: { block: 'high', blockWhere: [], allow: [] },
      policy: { weakened: 'advise' },
      registries: { credentials: ['ghcr.io/acme/**'] },
      waivers: [
        {
          rule: 'rbac/secrets-read-cluster-wide',
          object: { kind: 'ClusterRole', name: 'system:backup' },
          owner: 'team-storage',
          reason: 'reads backup keys',
          expires: '2027-03-01',
        },
      ],
    });
  });

  test('the least file means the defaults', () => {
    expect(readPolicy('version: 1\n', FILE)).toStrictEqual(DEFAULT_POLICY);
  });

  test('without a file, new critical grants block and nothing is ignored, accepted or waived', () => {
    expect(DEFAULT_POLICY).toEqual({
      repository: { urls: [] },
      argocd: {
        kustomizeBuildOptions: '',
        newGitFileGlobbing: false,
        namespace: 'argocd',
        plugins: {},
        generators: {},
      },
      flux: { strictSubstitution: false, values: [], buckets: [] },
      clusters: {},
      apps: [],
      ignore: [],
      accept: [],
      images: [],
      imageFields: [],
      trust: { publicGood: true, github: true, roots: [], authorities: [], keys: [], files: {} },
      waivers: [],
      rbac: { block: 'critical', blockWhere: [], allow: [] },
      policy: { weakened: 'block' },
      registries: { credentials: [] },
    });
  });

  test('what was read cannot be changed', () => {
    const policy = readPolicy(FULL, FILE);
    for (const part of [
      DEFAULT_POLICY,
      DEFAULT_POLICY.ignore,
      policy,
      policy.images,
      policy.images[0]?.require,
      policy.clusters,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test('every problem is told at once, in the order of the lines', () => {
    const text =
      'version: 2\nimges: []\nrbac: { block: highest }\nwaivers:\n  - rule: rbac/x\n    object: { kind: Role }\n';
    expect(problemsOf(text)).toEqual([
      '1 VALUE version: wants 1, not 2',
      '2 UNKNOWN_KEY imges is no key of a policy; did you mean images?',
      '3 VALUE rbac.block: wants critical or high or medium or low or info, not "highest"',
      '5 VALUE waivers[0].owner: is missing',
      '5 VALUE waivers[0].reason: is missing',
      '5 VALUE waivers[0].expires: is missing',
      '6 VALUE waivers[0].object.name: is missing',
    ]);
  });

  test('the sentence names file and line, the code is that of the first problem', () => {
    const read = () => readPolicy('version: 1\nrbca: {}\nrbac: 1\n', FILE);
    expect(read).toThrow(PolicyError);
    expect(read).toThrow(
      '.presync.yaml:2: rbca is no key of a policy; did you mean rbac?; .presync.yaml:3: rbac: wants keys and values, not 1',
    );
    expect(read).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY', file: FILE, retryable: false }));
  });
});

describe('a file is refused for', () => {
  test.each<[string, string]>([
    ['', '1 VALUE version: is missing'],
    ['# nothing\n', '1 VALUE version: is missing'],
    ['ignore: []\n', '1 VALUE version: is missing'],
    ['version: "1"\n', '1 VALUE version: wants 1, not "1"'],
    ['- version\n', '1 VALUE the file: wants keys and values, not a list'],
    ['version: 1\n---\nversion: 1\n', '1 SYNTAX the file holds more than one YAML document'],
    ['version: 1\nignore: [a\n', '3 SYNTAX no valid YAML: '],
    ['version: 1\nclusters: { __proto__: {} }\n', '2 SYNTAX "__proto__" cannot be a key'],
    ['version: 1\nrbac: {}\nrbac: {}\n', '3 SYNTAX the key "rbac" stands there twice'],
    ['version: 1\nrbac: { block: low, "block": high }\n', '2 SYNTAX the key "block" stands there twice'],
    ['version: 1\nclusters: { 1: {}, "1": {} }\n', '2 SYNTAX the key "1" stands there twice'],
    ['version: 1\nrbac: !!set {}\n', '2 SYNTAX no valid YAML: '],
    [`version: 1\nrbac: ${'['.repeat(200)}`, '2 SYNTAX no valid YAML: '],
    [`version: 1\n# ${'x'.repeat(300_000)}\n`, '1 SYNTAX the file is longer than 256 KiB'],
    [`a: &a [b]\nc: [${'*a, '.repeat(60)}]\n`, '2 SYNTAX no valid YAML: aliases exceeded maxAliases (50)'],
  ])('%j', (text, problem) => {
    expect(problemsOf(text).map((one) => one.slice(0, problem.length))).toEqual([problem]);
  });

  test('each duplicate is named', () => {
    expect(problemsOf('version: 1\nversion: 1\nrbac: {}\nrbac: {}\n')).toHaveLength(2);
  });
});

describe('a key is refused', () => {
  test.each<[string, string]>([
    ['Rbac: {}', 'UNKNOWN_KEY Rbac is no key of a policy; did you mean rbac?'],
    ['waiver: []', 'UNKNOWN_KEY waiver is no key of a policy; did you mean waivers?'],
    [
      'kubernetes: 1',
      'UNKNOWN_KEY kubernetes is no key of a policy; known here: version, repository, argocd, flux, clusters, apps, ',
    ],
    ['<<: {}', 'UNKNOWN_KEY "<<" is no key of a policy; known here: '],
    ['toString: {}', 'UNKNOWN_KEY toString is no key of a policy; known here: '],
    ['constructor: {}', 'UNKNOWN_KEY constructor is no key of a policy; known here: '],
    ['rbac: { blok: high }', 'UNKNOWN_KEY rbac.blok is no key of a policy; did you mean block?'],
    ['clusters: { a: { path: [] } }', 'UNKNOWN_KEY clusters.a.path is no key of a policy; did you mean paths?'],
    [
      'images: [{ match: "**", require: {}, requires: {} }]',
      'UNKNOWN_KEY images[0].requires is no key of a policy; did you mean require?',
    ],
    ['privateHosts: []', 'OPERATOR_KEY privateHosts belongs to the operator; '],
    ['private_hosts: []', 'OPERATOR_KEY private_hosts belongs to the operator; '],
    ['PRESYNC_PRIVATE_HOSTS: []', 'OPERATOR_KEY PRESYNC_PRIVATE_HOSTS belongs to the operator; '],
    ['credentials: {}', 'OPERATOR_KEY credentials belongs to the operator; '],
    ['limits: {}', 'OPERATOR_KEY limits belongs to the operator; '],
    ['argocd: { plugin: {} }', 'UNKNOWN_KEY argocd.plugin is no key of a policy; did you mean plugins?'],
    ['argocd: { generators: { scm: [] } }', 'UNKNOWN_KEY argocd.generators.scm is no key of a policy; '],
    [
      'argocd: { plugins: { avp: { as: helm, option: "" } } }',
      'UNKNOWN_KEY argocd.plugins.avp.option is no key of a policy; ',
    ],
    ['flux: { bucket: [] }', 'UNKNOWN_KEY flux.bucket is no key of a policy; did you mean buckets?'],
    ['clusters: { a: { label: {} } }', 'UNKNOWN_KEY clusters.a.label is no key of a policy; did you mean labels?'],
    [
      'images: [{ match: "**", require: { signature: { keyles: {}, key: { file: a } } } }]',
      'UNKNOWN_KEY images[0].require.signature.keyles is no key of a policy; did you mean keyless?',
    ],
    [
      'images: [{ match: "**", require: { signature: { keyless: { isuer: a, issuer: "https://a.example", subject: a@b.example } } } }]',
      'UNKNOWN_KEY images[0].require.signature.keyless.isuer is no key of a policy; did you mean issuer?',
    ],
    [
      'images: [{ match: "**", require: { signature: { key: [{ fil: a, file: b }] } } }]',
      'UNKNOWN_KEY images[0].require.signature.key[0].fil is no key of a policy; did you mean file?',
    ],
    [
      'trust: { roots: [{ fille: a, file: b }] }',
      'UNKNOWN_KEY trust.roots[0].fille is no key of a policy; did you mean file?',
    ],
  ])('%s', (line, problem) => {
    expect(problemsWith(line).map((one) => one.slice(0, problem.length + 2))).toEqual([`2 ${problem}`]);
  });
});

const WAIVER = 'rule: rbac/x, object: { kind: Role, name: it }, owner: me, reason: r, expires: 2027-01-01';

const DECLARED = 'kind: Application, name: shop, namespace: argocd, cluster: production, path: apps/shop';
const VALUES = 'kind: Secret, namespace: shop, name: db';

describe('a value is taken or refused', () => {
  test.each<[string, string]>([
    [`apps: [{ ${DECLARED} }]`, ''],
    [
      `apps: [{ ${DECLARED.replace('Application', 'HelmRelease')} }]`,
      'apps[0].kind: wants Application or Kustomization',
    ],
    [`apps: [{ ${DECLARED.replace('name: shop', 'name: "*"')} }]`, 'apps[0].name: name is matched exactly'],
    [`apps: [{ ${DECLARED.replace('apps/shop', '/apps')} }]`, 'apps[0].path: a path starts at the root'],
    [`apps: [{ ${DECLARED.replace('apps/shop', 'a/../../b')} }]`, 'apps[0].path: a path starts at the root'],
    [`apps: [{ ${DECLARED.replace('cluster: production, ', '')} }]`, 'apps[0].cluster: is missing'],
    [`apps: [{ ${DECLARED}, options: [] }]`, 'apps[0].options: wants keys and values'],
    ['argocd: { newGitFileGlobbing: "true" }', 'argocd.newGitFileGlobbing: wants true or false'],
    ['argocd: { namespace: "" }', 'argocd.namespace: namespace must not be empty'],
    ['argocd: { plugins: { avp: {} } }', 'argocd.plugins.avp.as: is missing'],
    ['argocd: { plugins: { avp: { as: jsonnet } } }', 'argocd.plugins.avp.as: wants kustomize or helm or directory'],
    ['argocd: { generators: { scmProvider: {} } }', 'argocd.generators.scmProvider: wants a list'],
    ['argocd: { generators: { plugin: { mine: [1] } } }', 'argocd.generators.plugin.mine[0]: wants keys and values'],
    [`flux: { values: [{ ${VALUES} }] }`, ''],
    [
      `flux: { values: [{ ${VALUES.replace('Secret', 'SealedSecret')} }] }`,
      'flux.values[0].kind: wants ConfigMap or Secret',
    ],
    [`flux: { values: [{ ${VALUES.replace('db', '"*"')} }] }`, 'flux.values[0].name: name is matched exactly'],
    [`flux: { values: [{ ${VALUES}, data: { a: 1 } }] }`, 'flux.values[0].data.a: wants a text'],
    ['flux: { buckets: [{ namespace: a, name: b, path: ../c }] }', 'flux.buckets[0].path: a path starts at the root'],
    ['flux: { buckets: [{ namespace: a, name: b }] }', 'flux.buckets[0].path: is missing'],
    ['flux: { strictSubstitution: 1 }', 'flux.strictSubstitution: wants true or false'],
    ['clusters: { a: { labels: { env: 1 } } }', 'clusters.a.labels.env: wants a text'],
    ['clusters: { a: { apiVersions: [""] } }', 'clusters.a.apiVersions[0]: an API version must not be empty'],
    [
      'clusters: { a: { apiVersions: ["!"] } }',
      'clusters.a.apiVersions[0]: an API version is written "group/version", or "!group/version" where there is none',
    ],
    ['clusters: { a: { apiVersions: ["!a/v1"] } }', ''],
    ['clusters: { production: { kubernetes: 1.34 } }', 'clusters.production.kubernetes: wants a text'],
    ['clusters: { production: { kubernetes: latest } }', 'clusters.production.kubernetes: a version is written'],
    ['clusters: { production: { kubernetes: "1.34" } }', ''],
    ['clusters: { production: { kubernetes: "v1.34.2" } }', ''],
    ['clusters: { production: { kubernetes: "v1.34.2-eks-1" } }', ''],
    ['clusters: { production: { kubernetes: "1.34-eks" } }', 'clusters.production.kubernetes: a version is written'],
    ['clusters: { "a/b": {} }', 'clusters."a/b": a name has letters'],
    ['clusters: { "": {} }', 'clusters."": a name has letters'],
    ['clusters: { a: null }', 'clusters.a: wants keys and values, not nothing'],
    ['ignore: docs/**', 'ignore: wants a list'],
    ['ignore: ["/docs"]', 'ignore[0]: a pattern starts at the root'],
    ['ignore: ["./docs"]', 'ignore[0]: a pattern starts at the root'],
    ['ignore: ["a/../../b"]', 'ignore[0]: a pattern starts at the root'],
    ['ignore: ["a..b/c"]', ''],
    ['ignore: ["docs/?.md"]', 'ignore[0]: a pattern knows * and ** only'],
    ['ignore: ["!docs/**"]', 'ignore[0]: a pattern knows * and ** only'],
    ['ignore: ["/^(a+)+$/"]', 'ignore[0]: a pattern starts at the root'],
    ['ignore: [""]', 'ignore[0]: a pattern must not be empty'],
    ['registries: { credentials: ["**"] }', 'registries.credentials[0]: write the registry out'],
    ['registries: { credentials: ["*.io/acme"] }', 'registries.credentials[0]: write the registry out'],
    ['images: [{ match: nginx, require: {} }]', 'images[0].match: write the name in full'],
    ['images: [{ match: "*", require: {} }]', 'images[0].match: write the name in full'],
    [
      'images: [{ match: https://ghcr.io/acme/**, require: {} }]',
      'images[0].match: a pattern starts with the registry',
    ],
    ['images: [{ match: library/nginx, require: {} }]', 'images[0].match: write the name in full'],
    ['images: [{ match: docker.io/nginx, require: {} }]', 'images[0].match: write the name in full'],
    ['images: [{ match: index.docker.io/library/nginx, require: {} }]', 'images[0].match: write the name in full'],
    ['images: [{ match: docker.io/**, require: {} }]', ''],
    ['images: [{ match: docker.io/library/nginx, require: {} }]', ''],
    ['images: [{ match: localhost/it, require: {} }]', ''],
    ['images: [{ match: "registry.example:5000/**", require: {} }]', ''],
    ['images: [{ match: "ghcr.io/acme/shop:1.0", require: {} }]', 'images[0].match: a pattern names a repository'],
    ['images: [{ match: "ghcr.io/acme/shop@sha256:0", require: {} }]', 'images[0].match: a pattern names a repository'],
    ['images: [{ match: GHCR.io/acme/**, require: {} }]', 'images[0].match: a pattern of images has'],
    ['images: [{ match: "ghcr.io/(a+)+$", require: {} }]', 'images[0].match: a pattern of images has'],
    ['images: [{ match: "**" }]', 'images[0].require: is missing'],
    ['images: [{ match: "**", require: { digest: yes } }]', 'images[0].require.digest: wants true or false, not "yes"'],
    ['images: [{ match: "**", require: { registries: [] } }]', 'images[0].require.registries: an empty list'],
    [
      'images: [{ match: "**", require: { registries: [ghcr.io/acme] } }]',
      'images[0].require.registries[0]: a registry is a host',
    ],
    [
      'images: [{ match: "**", require: { registries: [https://ghcr.io] } }]',
      'images[0].require.registries[0]: a registry is a host',
    ],
    [
      'images: [{ match: "**", require: { registries: ["*.io"] } }]',
      'images[0].require.registries[0]: a registry is a host',
    ],
    [
      'images: [{ match: "**", require: { registries: [index.docker.io] } }]',
      'images[0].require.registries[0]: Docker Hub',
    ],
    ['policy: { weakened: allow }', 'policy.weakened: wants block or advise, not "allow"'],
    [`waivers: [{ ${WAIVER} }]`, ''],
    [`waivers: [{ ${WAIVER.replace('rbac/x', 'rbac/*')} }]`, 'waivers[0].rule: a rule is named check/name'],
    [`waivers: [{ ${WAIVER.replace('name: it', 'name: "*"')} }]`, 'waivers[0].object.name: name is matched exactly'],
    [`waivers: [{ ${WAIVER.replace('kind: Role', 'kind: "*"')} }]`, 'waivers[0].object.kind: kind is matched exactly'],
    [
      `waivers: [{ ${WAIVER.replace('name: it', 'name: it, cluster: "*"')} }]`,
      'waivers[0].object.cluster: cluster is matched exactly',
    ],
    [
      `waivers: [{ ${WAIVER.replace('name: it', 'name: it, namespace: "*"')} }]`,
      'waivers[0].object.namespace: namespace is matched exactly',
    ],
    [`waivers: [{ ${WAIVER.replace('name: it', 'name: it, group: ""')} }]`, ''],
    [
      `waivers: [{ ${WAIVER.replace('name: it', 'name: it, group: apps/v1')} }]`,
      'waivers[0].object.group: group is an API group',
    ],
    [`waivers: [{ ${WAIVER.replace('owner: me', 'owner: ""')} }]`, 'waivers[0].owner: owner must not be empty'],
    [
      `waivers: [{ ${WAIVER.replace('2027-01-01', '2027-02-29')} }]`,
      'waivers[0].expires: a day is written YYYY-MM-DD, and must exist',
    ],
    [`waivers: [{ ${WAIVER.replace('2027-01-01', '2028-02-29')} }]`, ''],
    [`waivers: [{ ${WAIVER.replace('2027-01-01', '20270101')} }]`, 'waivers[0].expires: wants a text'],
    [`waivers: [{ ${WAIVER.replace('2027-01-01', 'never')} }]`, 'waivers[0].expires: a day is written'],
    [
      'accept: [{ app: "Application:*", owner: me, reason: r, expires: 2027-01-01 }]',
      'accept[0].app: app is matched exactly',
    ],
  ])('%s', (line, problem) => {
    expect(problemsWith(line).map((one) => one.slice(8, problem.length + 8))).toEqual(problem === '' ? [] : [problem]);
  });
});

test('a file of nothing but mistakes says how many more there are', () => {
  const text = `version: 1\n${Array.from({ length: 5000 }, (_, index) => `key${index}: 1\n`).join('')}`;
  expect(problemsOf(text)).toHaveLength(101);
  expect(problemsOf(text).at(-1)).toBe('102 UNKNOWN_KEY and 4900 more problems from here on');
});

test('lines are those of the keys, and of the nearest above where one is not written', () => {
  const { lineOf } = readPolicyLines(FULL, FILE);
  expect(
    [['version'], ['images'], ['images', 1], ['images', 1, 'require', 'registries', 2], ['waivers', 0, 'owner']].map(
      lineOf,
    ),
  ).toEqual([1, 21, 24, 25, 37]);
  expect([['waivers', 0, 'nothing', 'here'], ['nothing'], []].map(lineOf)).toEqual([35, 1, 1]);
});

test('hostile texts end in a policy or in a PolicyError', () => {
  const part = fc.constantFrom(
    'version: 1\n',
    'images:\n',
    '  - match: "**"\n',
    '    require: {}\n',
    '&a ',
    '*a',
    '[',
    '}',
    '? ',
    '- ',
    ': ',
    '!!int ',
    '|\n',
    '"',
    '\n',
    '__proto__: ',
    '<<: ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 20 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (it) => expect(problemsOf(it)).toBeInstanceOf(Array)),
    { numRuns: 3000 },
  );
});
