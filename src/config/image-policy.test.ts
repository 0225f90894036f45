import { describe, expect, test } from '@jest/globals';
import type { ImageRule, Policy } from '../model/policy.ts';
import { PolicyError, readPolicy } from './policy.ts';

const FILE = '.presync.yaml';
const GITHUB = 'https://token.actions.githubusercontent.com';
const PEM = ['-----BEGIN PUBLIC KEY-----', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE', '-----END PUBLIC KEY-----', ''].join(
  '\\n',
);

/** An entry that requires what is written, in the file. */
function read(require: string, more = ''): Policy {
  return readPolicy(`version: 1\nimages: [{ match: "**", require: { ${require} } }]\n${more}`, FILE);
}

function required(require: string, more = ''): ImageRule['require'] {
  const [rule] = read(require, more).images;
  if (rule === undefined) throw new Error('there is no entry');
  return rule.require;
}

function problem(require: string, more = ''): string {
  try {
    read(require, more);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems.map(({ message }) => message).join('; ');
    throw error;
  }
  return '';
}

const KEYLESS = { kind: 'keyless', issuer: GITHUB, allowsSelfHosted: false };
const TRUST = 'trust: { roots: [trust/root.json], authorities: [{ file: trust/ca.pem }] }';

describe('signature', () => {
  test.each<[string, unknown]>([
    [
      `keyless: { issuer: "${GITHUB}", repository: acme/* }`,
      { anyOf: [{ ...KEYLESS, repository: 'acme/*' }], count: 1 },
    ],
    [
      `keyless: [{ issuer: "${GITHUB}", repository: "acme/**", workflow: .github/workflows/release.yml, ref: refs/tags/v1.*, triggers: [push], selfHosted: true }, { issuer: "https://accounts.google.com", subject: "*@acme.example" }], key: { file: keys/a.pub }, count: 2`,
      {
        anyOf: [
          {
            ...KEYLESS,
            repository: 'acme/**',
            workflow: '.github/workflows/release.yml',
            ref: 'refs/tags/v1.*',
            triggers: ['push'],
            allowsSelfHosted: true,
          },
          { ...KEYLESS, issuer: 'https://accounts.google.com', subject: '*@acme.example' },
          { kind: 'key', key: 'keys/a.pub' },
        ],
        count: 2,
      },
    ],
    [
      `keyless: { issuer: "${GITHUB}", ownerId: "7", triggers: any, root: trust/root.json }`,
      { anyOf: [{ ...KEYLESS, ownerId: '7', triggers: 'any', root: 'trust/root.json' }], count: 1 },
    ],
    [
      'certificate: { authority: trust/ca.pem, subject: "spiffe://acme.example/ns/*" }',
      { anyOf: [{ kind: 'certificate', root: 'trust/ca.pem', subject: 'spiffe://acme.example/ns/*' }], count: 1 },
    ],
  ])('%s', (written, expected) => {
    expect(required(`signature: { ${written} }`, TRUST).signature).toEqual(expected);
  });
});

describe('keys', () => {
  test('are declared once, with what is said of them', () => {
    const facts = 'hash: sha384, validFrom: 2026-01-01, validUntil: 2026-12-31, log: true';
    const policy = read(
      `signature: { key: [{ file: keys/a.pub }, { file: keys/b.pub, ${facts} }, "${PEM}"] }, provenance: { builder: "https://tekton.dev/chains/v2", source: acme/*, signer: { key: { file: keys/a.pub } } }`,
    );
    const [, , inline] = policy.images[0]?.require.signature?.anyOf ?? [];
    expect(policy.trust.keys).toEqual([
      { name: 'keys/a.pub', file: 'keys/a.pub', needsLog: false },
      {
        name: 'keys/b.pub',
        file: 'keys/b.pub',
        hash: 'sha384',
        validFrom: '2026-01-01T00:00:00Z',
        validUntil: '2026-12-31T23:59:59Z',
        needsLog: true,
      },
      { name: expect.stringMatching(/^key sha256:[0-9a-f]{12}$/), pem: PEM.replaceAll('\\n', '\n'), needsLog: false },
    ]);
    expect(inline).toEqual({ kind: 'key', key: policy.trust.keys[2]?.name });
    expect(policy.images[0]?.require.provenance?.signer).toEqual({ kind: 'key', key: 'keys/a.pub' });
  });

  test('have one meaning', () => {
    expect(problem('signature: { key: [{ file: keys/a.pub }, { file: keys/a.pub, log: true }] }')).toBe(
      'images[0].require.signature.key[1]: keys/a.pub stands elsewhere with another hash, validity or log; one key has one of each',
    );
    expect(problem('signature: { key: [{ file: keys/a.pub }, { file: keys/a.pub, log: false }] }')).toBe('');
  });
});

test('provenance, age, platforms, formats and mode', () => {
  const { images } = readPolicy(
    `version: 1
images:
  - match: ghcr.io/acme/**
    mode: advise
    require:
      provenance: { builder: "https://github.com/slsa-framework/**", source: acme/*, ref: refs/tags/**, selfHosted: true }
      maxAge: 90d
      platforms: all-platforms
      formats: [sigstore-bundle]
`,
    FILE,
  );
  expect(images).toEqual([
    {
      match: 'ghcr.io/acme/**',
      from: FILE,
      mode: 'advise',
      require: {
        digest: false,
        provenance: {
          builder: 'https://github.com/slsa-framework/**',
          source: 'acme/*',
          ref: 'refs/tags/**',
          allowsSelfHosted: true,
        },
        maxAgeDays: 90,
        platforms: 'all-platforms',
        formats: ['sigstore-bundle'],
      },
    },
  ]);
});

const ANY = `keyless: { issuer: "${GITHUB}", repository: acme/* }`;

function keyless(facts: string): string {
  return `signature: { keyless: { ${facts} } }`;
}

describe('is refused', () => {
  const here = 'images[0].require';
  test.each<[string, string]>([
    ['signature: {}', `${here}.signature: a signature names who may sign: keyless, key or certificate`],
    ['signature: { keyless: [] }', `${here}.signature.keyless: an empty list names nobody`],
    [`signature: { ${ANY}, count: 2 }`, `${here}.signature: count is larger than the number of signers`],
    [`signature: { ${ANY}, count: 0 }`, `${here}.signature.count: count is at least 1`],
    ['signature: { keyless: 1 }', `${here}.signature.keyless: cannot be 1 (docs/policy.md shows its forms)`],
    [keyless(`issuer: "${GITHUB}"`), `${here}.signature.keyless: an issuer alone is everybody`],
    [
      keyless(`issuer: "${GITHUB}", subject: "https://github.com/acme/shop/.github/workflows/a.yml@refs/heads/main"`),
      `${here}.signature.keyless: name the repository too`,
    ],
    [keyless('repository: acme/*'), `${here}.signature.keyless.issuer: is missing`],
    [keyless('issuer: "", repository: acme/*'), `${here}.signature.keyless.issuer: issuer must not be empty`],
    [
      keyless(`issuer: "${GITHUB}", repository: ""`),
      `${here}.signature.keyless.repository: a repository must not be empty`,
    ],
    [
      keyless('issuer: "https://*", repository: acme/*'),
      `${here}.signature.keyless.issuer: issuer is one address and matched exactly`,
    ],
    [
      keyless('issuer: "^https://accounts.google.com$", subject: "a@b.example"'),
      `${here}.signature.keyless.issuer: issuer is one address`,
    ],
    [
      keyless('issuer: "http://a.example", subject: "a@b.example"'),
      `${here}.signature.keyless.issuer: issuer is one address`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: "**"`),
      `${here}.signature.keyless.repository: a repository starts with its owner`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: "*/shop"`),
      `${here}.signature.keyless.repository: a repository starts with its owner`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: "acme*/shop"`),
      `${here}.signature.keyless.repository: a repository starts with its owner`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme`),
      `${here}.signature.keyless.repository: a repository starts with its owner`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: "https://github.com/acme/shop"`),
      `${here}.signature.keyless.repository: a repository is written owner/name (GitHub) or host/path`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: github.com/acme/shop`),
      `${here}.signature.keyless.repository: a repository on GitHub is written owner/name`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, workflow: ".github/workflows/a.yml@refs/heads/main"`),
      `${here}.signature.keyless.workflow: a workflow is a path`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, workflow: release.yml`),
      `${here}.signature.keyless.workflow: a workflow of GitHub lies in .github/workflows/`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, ref: main`),
      `${here}.signature.keyless.ref: a branch or tag is written in full, as refs/heads/main`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, ref: "refs/tags/v[0-9]+"`),
      `${here}.signature.keyless.ref: this looks like a regular expression`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, ref: "(a+)+$"`),
      `${here}.signature.keyless.ref: this looks like a regular expression`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: "acme/.*"`),
      `${here}.signature.keyless.repository: this looks like a regular expression`,
    ],
    [
      keyless('issuer: "https://a.example", subject: "^https://a.example/.*"'),
      `${here}.signature.keyless.subject: this looks like a regular expression`,
    ],
    [
      keyless('issuer: "https://a.example", subject: "**"'),
      `${here}.signature.keyless.subject: a subject names somebody`,
    ],
    [
      keyless('issuer: "https://a.example", subject: "*acme.example"'),
      `${here}.signature.keyless.subject: a subject names somebody`,
    ],
    [
      keyless('issuer: "https://a.example", subject: "https://*.acme.example/x"'),
      `${here}.signature.keyless.subject: a subject names somebody`,
    ],
    [keyless(`issuer: "${GITHUB}", ownerId: 7`), `${here}.signature.keyless.ownerId: wants a text`],
    [keyless(`issuer: "${GITHUB}", ownerId: acme`), `${here}.signature.keyless.ownerId: an id is a number in quotes`],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, triggers: []`),
      `${here}.signature.keyless.triggers: an empty list`,
    ],
    [
      keyless(`issuer: "${GITHUB}", repository: acme/*, triggers: ["*"]`),
      `${here}.signature.keyless.triggers[0]: a trigger is matched exactly`,
    ],
    ['signature: { key: keys/cosign.pub }', `${here}.signature.key: a key is { file: keys/cosign.pub }, or the text`],
    [
      'signature: { key: "-----BEGIN PRIVATE KEY-----\\nAA==\\n-----END PRIVATE KEY-----" }',
      `${here}.signature.key: a key is`,
    ],
    ['signature: { key: {} }', `${here}.signature.key: a key has either file: or pem:`],
    ['signature: { key: { file: ../cosign.pub } }', `${here}.signature.key.file: a path names one file`],
    ['signature: { key: { file: "/etc/passwd" } }', `${here}.signature.key.file: a path names one file`],
    ['signature: { key: { file: "keys/*.pub" } }', `${here}.signature.key.file: a path names one file`],
    ['signature: { key: { file: keys/ } }', `${here}.signature.key.file: a path names one file`],
    ['signature: { key: { file: a.pub, hash: md5 } }', `${here}.signature.key.hash: wants sha256 or sha384 or sha512`],
    [
      'signature: { key: { file: a.pub, validUntil: 2026-02-30 } }',
      `${here}.signature.key.validUntil: a day is written`,
    ],
    [
      'signature: { certificate: { authority: trust/other.pem, subject: a.example } }',
      `${here}.signature.certificate.authority: trust/other.pem is not listed under trust.authorities`,
    ],
    [
      'provenance: { builder: "https://a.example/**", source: acme/*, signer: {} }',
      `${here}.provenance.signer: a signer is one of keyless, key and certificate`,
    ],
    [
      'provenance: { builder: "https://a.example/**", source: acme/*, signer: { certificate: { authority: b.pem, subject: a.example } } }',
      `${here}.provenance.signer.certificate.authority: b.pem is not listed`,
    ],
    ['provenance: { builder: "**", source: acme/* }', `${here}.provenance.builder: a builder starts with its host`],
    ['provenance: { builder: "https://a.example/**" }', `${here}.provenance.source: is missing`],
    [`signature: { ${ANY} }, maxAge: 3 months`, `${here}.maxAge: an age is written in days, as 90d`],
    [`signature: { ${ANY} }, maxAge: 0d`, `${here}.maxAge: an age is written in days`],
    ['maxAge: 90d', `${here}.maxAge: has no effect without signature or provenance`],
    ['platforms: index', `${here}.platforms: has no effect without signature or provenance`],
    ['formats: [sigstore-bundle]', `${here}.formats: has no effect without signature or provenance`],
    [`signature: { ${ANY} }, formats: []`, `${here}.formats: an empty list would let nothing count`],
    [
      `signature: { ${ANY} }, formats: [notation]`,
      `${here}.formats[0]: wants sigstore-bundle or cosign-signature or cosign-attestation`,
    ],
  ])('%s', (require, expected) => {
    expect(problem(require, 'trust: { authorities: [{ file: trust/ca.pem }] }').slice(0, expected.length)).toBe(
      expected,
    );
  });

  test('a root that is not listed', () => {
    const written = keyless(`issuer: "${GITHUB}", repository: acme/*, root: trust/other.json`);
    expect(problem(written, 'trust: { publicGood: false, roots: [trust/root.json] }')).toBe(
      `${here}.signature.keyless.root: trust/other.json is neither listed under trust.roots nor an instance that is trusted (public-good, github)`,
    );
  });

  test('the public good instance by name, where it is not trusted', () => {
    const written = keyless(`issuer: "${GITHUB}", repository: acme/*, root: public-good`);
    expect(problem(written)).toBe('');
    expect(problem(written, 'trust: { publicGood: false, roots: [trust/root.json] }')).not.toBe('');
  });

  test('GitHub’s own instance by name, where it is not trusted', () => {
    const written = keyless(`issuer: "${GITHUB}", repository: acme/*, root: github`);
    expect(problem(written)).toBe('');
    expect(problem(written, 'trust: { publicGood: false, github: true }')).toBe('');
    for (const trust of ['{ github: false }', '{ publicGood: false, roots: [trust/root.json] }'])
      expect(problem(written, `trust: ${trust}`)).toContain('github is neither listed under trust.roots nor');
  });

  test('keyless where no root is trusted', () => {
    expect(problem(`signature: { ${ANY} }`, 'trust: { publicGood: false }')).toBe(
      `${here}.signature.keyless: no root is trusted that could prove it (trust.publicGood, trust.github, trust.roots)`,
    );
  });

  test.each([
    ['trust: { roots: ["../root.json"] }', 'trust.roots[0]: a path names one file'],
    ['trust: { roots: [{ logs: 1 }] }', 'trust.roots[0].file: is missing'],
    ['trust: { roots: [{ file: a.json, logs: 0 }] }', 'trust.roots[0]: without a log entry or a timestamp'],
    ['trust: { roots: [1] }', 'trust.roots[0]: cannot be 1'],
    ['imageFields: [{ group: a, kinds: [], paths: [a] }]', 'imageFields[0].kinds: name at least one kind'],
    ['imageFields: [{ group: a, kinds: [A], paths: ["a..b"] }]', 'imageFields[0].paths[0]: a path is names with dots'],
    [
      'imageFields: [{ group: a/v1, kinds: [A], paths: [a] }]',
      'imageFields[0].group: group is an API group without version',
    ],
  ])('%s', (line, expected) => {
    expect(problem('', line).slice(0, expected.length)).toBe(expected);
  });
});
