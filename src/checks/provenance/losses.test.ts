import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY, readPolicy } from '../../config/policy.ts';
import type { Finding } from '../../model/finding.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Believed, ImageEvidence, Signer } from '../../model/provenance.ts';
import { judge } from '../../pipeline/judge.ts';
import { aKeySigner, anImageRule, aProvenance, aSignature, aWorkflow } from '../../../test/builders/believed.ts';
import { aManifest, aWorld } from '../../../test/builders/manifest.ts';
import { aDeployment, aDigest, anImage, whatIsKnown } from '../../../test/builders/provenance.ts';
import type { Provenance } from '../check.ts';
import { provenance } from './index.ts';
import { whyNot } from './signer.ts';

const OLD = 'ghcr.io/acme/web:1';
const NEW = 'ghcr.io/acme/web:2';
const NOW = new Date('2026-11-24T12:00:00Z');

const MALLORY: Signer = aWorkflow(
  { subject: 'https://github.com/mallory/shop/.github/workflows/release.yml@refs/tags/v2' },
  { sourceRepositoryUri: 'https://github.com/mallory/shop', sourceRepositoryId: '99' },
);

async function judged(base: readonly Manifest[], merged: readonly Manifest[], known: Provenance) {
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY };
  const context = { policy: DEFAULT_POLICY, now: NOW, clusterOf: () => 'production' };
  return judge(provenance, { ...input, provenance: known }, context, new AbortController().signal);
}

function shown({ rule, status, blocking }: Finding): string {
  return `${rule.slice('provenance/'.length)} ${status}${blocking && status === 'new' ? ' blocking' : ''}`;
}

/** From one image to the other in one container. */
async function from(
  before: ImageEvidence,
  after: ImageEvidence,
  given: Parameters<typeof whatIsKnown>[1] = {},
): Promise<readonly string[]> {
  const known = whatIsKnown({ [OLD]: before, [NEW]: after }, given);
  const { findings, unknowns } = await judged([aDeployment({ web: OLD })], [aDeployment({ web: NEW })], known);
  return [...findings.map(shown), ...unknowns.map(() => 'unknown')].toSorted();
}

/** The entry of a policy that stands in the fix. */
async function offered(signer: Signer): Promise<string | undefined> {
  const known = whatIsKnown({ [OLD]: signed('1', aWorkflow()), [NEW]: signed('2', signer) });
  const { findings } = await judged([aDeployment({ web: OLD })], [aDeployment({ web: NEW })], known);
  const changed = findings.find(({ rule }) => rule === 'provenance/signer-changed');
  expect(changed?.fix).toMatch(/^Use an image that .* has signed\./);
  return /`([^`]+)`\.$/.exec(changed?.fix ?? '')?.[1];
}

function signed(digit: string, ...signers: readonly Signer[]): ImageEvidence {
  return anImage(digit, ...signers.map((signer) => aSignature(signer)));
}

function attested(digit: string, ...believed: readonly Believed[]): ImageEvidence {
  return anImage(digit, ...believed);
}

const FORK_BUILDER = 'https://github.com/mallory/shop/.github/workflows/release.yml@refs/tags/v2';
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml';

describe('from one image to the next', () => {
  test.each<[string, ImageEvidence, ImageEvidence, readonly string[]]>([
    ['unsigned to unsigned', anImage('1'), anImage('2'), []],
    ['unsigned to signed is nothing to talk about', anImage('1'), signed('2', aWorkflow()), []],
    ['signed to unsigned', signed('1', aWorkflow()), anImage('2'), ['signature-lost new blocking']],
    ['signed by the same', signed('1', aWorkflow()), signed('2', aWorkflow()), []],
    [
      'signed by the same at another tag, commit and run',
      signed('1', aWorkflow()),
      signed(
        '2',
        aWorkflow(
          { subject: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v2' },
          {
            sourceRef: 'refs/tags/v2',
            runUri: 'https://github.com/acme/shop/actions/runs/2',
            sourceDigest: 'f'.repeat(40),
          },
        ),
      ),
      [],
    ],
    ['signed by somebody else', signed('1', aWorkflow()), signed('2', MALLORY), ['signer-changed new blocking']],
    [
      'signed by another workflow of the repository',
      signed('1', aWorkflow()),
      signed('2', aWorkflow({ subject: 'https://github.com/acme/shop/.github/workflows/test.yml@refs/heads/main' })),
      ['signer-changed new blocking'],
    ],
    [
      'signed under another issuer',
      signed('1', aWorkflow()),
      signed('2', aWorkflow({ issuer: 'https://evil.example' })),
      ['signer-changed new blocking'],
    ],
    [
      'signed by the build of a pull request',
      signed('1', aWorkflow()),
      signed('2', aWorkflow({}, { trigger: 'pull_request', sourceRef: 'refs/pull/7/merge' })),
      ['signer-changed new blocking'],
    ],
    [
      "signed on a runner of somebody's own",
      signed('1', aWorkflow()),
      signed('2', aWorkflow({}, { runnerEnvironment: 'self-hosted' })),
      ['signer-changed new blocking'],
    ],
    [
      "signed on a runner of somebody's own, as before",
      signed('1', aWorkflow({}, { runnerEnvironment: 'self-hosted' })),
      signed('2', aWorkflow({}, { runnerEnvironment: 'self-hosted' })),
      [],
    ],
    [
      'signed by the repository under its new name',
      signed('1', aWorkflow()),
      signed(
        '2',
        aWorkflow(
          { subject: 'https://github.com/acme/store/.github/workflows/release.yml@refs/tags/v2' },
          { sourceRepositoryUri: 'https://github.com/acme/store' },
        ),
      ),
      [],
    ],
    [
      'signed by whoever has taken the name of the repository',
      signed('1', aWorkflow()),
      signed('2', aWorkflow({}, { sourceRepositoryId: '12' })),
      ['signer-changed new blocking'],
    ],
    [
      'the same reusable workflow, called by somebody else',
      signed('1', aWorkflow({ subject: `${GENERATOR}@refs/tags/v2` })),
      signed(
        '2',
        aWorkflow(
          { subject: `${GENERATOR}@refs/tags/v2` },
          { sourceRepositoryUri: 'https://github.com/mallory/shop', sourceRepositoryId: '99' },
        ),
      ),
      ['signer-changed new blocking'],
    ],
    [
      'signed with another key',
      signed('1', aKeySigner()),
      signed('2', aKeySigner('keys/new.pub', aDigest('2'))),
      ['signer-changed new blocking'],
    ],
    [
      'signed with the same key under another name',
      signed('1', aKeySigner()),
      signed('2', aKeySigner('keys/renamed.pub')),
      [],
    ],
    [
      'signed with another key of the same name',
      signed('1', aKeySigner()),
      signed('2', aKeySigner('keys/cosign.pub', aDigest('2'))),
      ['signer-changed new blocking'],
    ],
    [
      'a key in place of a keyless signature',
      signed('1', aWorkflow()),
      signed('2', aKeySigner()),
      ['signer-changed new blocking'],
    ],
    ['one signer of two has stayed', signed('1', aWorkflow(), aKeySigner()), signed('2', MALLORY, aKeySigner()), []],
    [
      'another certificate of an authority',
      signed('1', { kind: 'certificate', root: 'trust/own.pem', subject: 'release@acme.example' }),
      signed('2', { kind: 'certificate', root: 'trust/own.pem', subject: 'mallory@acme.example' }),
      ['signer-changed new blocking'],
    ],
    [
      'the same certificate',
      signed('1', { kind: 'certificate', root: 'trust/own.pem', subject: 'release@acme.example' }),
      signed('2', { kind: 'certificate', root: 'trust/own.pem', subject: 'release@acme.example' }),
      [],
    ],
    ['with provenance to without', attested('1', aProvenance()), anImage('2'), ['provenance-lost new blocking']],
    ['with provenance of the same', attested('1', aProvenance()), attested('2', aProvenance()), []],
    [
      'signed and attested to, to only signed',
      attested('1', aSignature(), aProvenance()),
      attested('2', aSignature()),
      ['provenance-lost new blocking'],
    ],
    [
      'signed, to provenance by the same signer',
      attested('1', aSignature()),
      attested('2', aProvenance()),
      ['signature-lost new'],
    ],
    [
      'signed, to provenance by somebody else',
      attested('1', aSignature()),
      attested('2', aProvenance({}, MALLORY)),
      ['signature-lost new blocking'],
    ],
    [
      'an SBOM is no signature (P-B6)',
      attested('1', aSignature()),
      attested('2', aSignature(aWorkflow(), { role: 'attestation', predicateType: 'https://spdx.dev/Document' })),
      ['signature-lost new blocking'],
    ],
    [
      'built from other source, by its own workflow of the same path',
      attested('1', aProvenance()),
      attested('2', aProvenance({ source: 'https://github.com/mallory/shop', builder: FORK_BUILDER }, MALLORY)),
      ['source-changed new blocking'],
    ],
    [
      'built by the same generator from other source',
      attested('1', aProvenance({ builder: `${GENERATOR}@refs/tags/v2` }, aKeySigner())),
      attested(
        '2',
        aProvenance(
          { builder: `${GENERATOR}@refs/tags/v2`, source: 'git+https://github.com/mallory/shop' },
          aKeySigner(),
        ),
      ),
      ['source-changed new blocking'],
    ],
    [
      'built by another version of the same generator',
      attested('1', aProvenance({ builder: `${GENERATOR}@refs/tags/v1.9.0` }, aKeySigner())),
      attested('2', aProvenance({ builder: `${GENERATOR}@refs/tags/v2.0.0` }, aKeySigner())),
      [],
    ],
    [
      'built by another version of a builder that is no workflow',
      attested('1', aProvenance({ builder: 'https://ci.example/builder@v1' }, aKeySigner())),
      attested('2', aProvenance({ builder: 'https://ci.example/builder@v2' }, aKeySigner())),
      [],
    ],
    [
      'the same reusable workflow, called by somebody else, where no numbers are known',
      signed('1', aWorkflow({ subject: `${GENERATOR}@refs/tags/v2` }, { sourceRepositoryId: undefined })),
      signed(
        '2',
        aWorkflow(
          { subject: `${GENERATOR}@refs/tags/v2` },
          { sourceRepositoryUri: 'https://github.com/mallory/shop', sourceRepositoryId: undefined },
        ),
      ),
      ['signer-changed new blocking'],
    ],
    [
      'built by another builder',
      attested('1', aProvenance({ builder: `${GENERATOR}@refs/tags/v2` }, aKeySigner())),
      attested('2', aProvenance({ builder: 'https://ci.example/builder' }, aKeySigner())),
      ['builder-changed new blocking'],
    ],
    [
      'the same builder by the word of another key',
      attested('1', aProvenance({}, aKeySigner())),
      attested('2', aProvenance({}, aKeySigner('keys/new.pub', aDigest('2')))),
      ['builder-changed new blocking'],
    ],
    [
      'built for a pull request',
      attested('1', aProvenance()),
      attested('2', aProvenance({}, aWorkflow({}, { trigger: 'pull_request_target' }))),
      ['builder-changed new blocking'],
    ],
    [
      'P-D5: signed earlier than the one before it',
      attested('1', aSignature(aWorkflow(), { signedAt: '2026-10-02T08:00:00Z' })),
      attested('2', aSignature(aWorkflow(), { signedAt: '2026-10-02T07:59:59Z' })),
      ['older new'],
    ],
    [
      'signed at the same time',
      attested('1', aSignature(aWorkflow(), { signedAt: '2026-10-02T08:00:00Z' })),
      attested('2', aSignature(aWorkflow(), { signedAt: '2026-10-02T08:00:00Z' })),
      [],
    ],
    [
      'no time is proven',
      attested('1', aSignature()),
      attested('2', aSignature(aWorkflow(), { signedAt: undefined })),
      [],
    ],
  ])('%s', async (_, before, after, expected) => {
    expect(await from(before, after)).toEqual(expected);
  });

  test('what policy names is no loss: keys are changed by naming the new one first', async () => {
    const rules = [anImageRule({ signature: { anyOf: [{ kind: 'key', key: 'keys/new.pub' }], count: 1 } })];
    const [old, own] = [signed('1', aKeySigner()), signed('2', aKeySigner('keys/new.pub', aDigest('2')))];
    expect(await from(old, own, { rules })).toEqual(['signature fixed', 'signer-changed new']);
    expect(await from(own, old, { rules })).toContain('signer-changed new blocking');
  });

  test.each<[string, Signer]>([
    ['a workflow', MALLORY],
    [
      'a person',
      { kind: 'keyless', root: 'r', issuer: 'https://accounts.google.com', subject: 'me@acme.example', claims: {} },
    ],
    [
      'a person who writes YAML',
      { kind: 'keyless', root: 'r', issuer: 'https://accounts.google.com', subject: 'x, y#@acme.example', claims: {} },
    ],
    ['a key', aKeySigner('keys/new.pub', aDigest('2'))],
    ['a certificate', { kind: 'certificate', root: 'trust/own.pem', subject: 'release@acme.example' }],
  ])('the entry that is offered for a new signer is one that takes it: %s', async (_, signer) => {
    const entry = await offered(signer);
    const parsed = readPolicy(`version: 1\ntrust: { authorities: [{ file: trust/own.pem }] }\nimages: [${entry}]`, 'x');
    const rules = parsed.images.flatMap(({ require }) => require.signature?.anyOf ?? []);
    expect(rules.map((rule) => whyNot(rule, signer))).toEqual([undefined]);
  });

  test.each(['key sha256:0123456789ab', 'ClusterPolicy signed in production, key 1'])(
    'a key without a file is named by a file that has to be made: %s',
    async (name) => {
      const signer = aKeySigner(name, aDigest('2'));
      const known = whatIsKnown({ [OLD]: signed('1', aWorkflow()), [NEW]: signed('2', signer) });
      const { findings } = await judged([aDeployment({ web: OLD })], [aDeployment({ web: NEW })], known);
      expect(findings[0]?.fix).toContain(
        `signature: { key: { file: keys/signer.pub } } } }\`, with that public key (${name}) in keys/signer.pub.`,
      );
      const back = whatIsKnown({ [OLD]: signed('1', signer), [NEW]: anImage('2') });
      const lost = await judged([aDeployment({ web: OLD })], [aDeployment({ web: NEW })], back);
      expect(lost.findings[0]?.fix).toContain('`cosign verify --key KEY.pub ghcr.io/acme/web:2@');
    },
  );

  test.each<[string, Signer]>([
    ['a pull request', aWorkflow({}, { trigger: 'pull_request' })],
    ["a runner of somebody's own", aWorkflow({}, { runnerEnvironment: 'self-hosted' })],
  ])('no entry is offered for the build of %s', async (_, signer) => {
    expect(await offered(signer)).toBeUndefined();
  });

  test('a rule that only wants a digest accepts no signer', async () => {
    const rules = [anImageRule({ digest: true })];
    expect(await from(signed('1', aWorkflow()), signed('2', MALLORY), { rules })).toEqual([
      'signer-changed new blocking',
    ]);
  });

  test('a new builder that policy names is no loss', async () => {
    const rule = { builder: 'https://ci.example/*', source: 'acme/*', allowsSelfHosted: false };
    const signer = { kind: 'key', key: 'keys/cosign.pub' } as const;
    const rules = [anImageRule({ provenance: { ...rule, signer } })];
    const before = attested('1', aProvenance({}, aKeySigner()));
    const after = attested('2', aProvenance({ builder: 'https://ci.example/builder' }, aKeySigner()));
    expect(await from(before, after, { rules })).toEqual(['builder-changed new', 'provenance fixed']);
  });
});

describe('platforms of an index', () => {
  const [amd, arm] = [aDigest('a'), aDigest('b')];
  const platforms = [
    { digest: amd, name: 'linux/amd64' },
    { digest: arm, name: 'linux/arm64' },
  ];
  function index(...believed: readonly Believed[]): ImageEvidence {
    return { ...anImage('2'), isIndex: true, platforms, believed };
  }
  test.each<[string, ImageEvidence, readonly string[]]>([
    [
      'each signed is signed',
      index(aSignature(aWorkflow(), { subject: amd }), aSignature(aWorkflow(), { subject: arm })),
      [],
    ],
    ['one signed is not', index(aSignature(aWorkflow(), { subject: amd })), ['signature-lost new blocking']],
    [
      'one signed by the signer and one by somebody else is not',
      index(aSignature(aWorkflow(), { subject: amd }), aSignature(MALLORY, { subject: arm })),
      ['signature-lost new blocking'],
    ],
    ['signed as a whole is signed', index(aSignature(aWorkflow(), { subject: aDigest('2') })), []],
  ])('%s', async (_, after, expected) => {
    expect(await from(signed('1', aWorkflow()), after)).toEqual(expected);
  });
});

function named(name: string, containers: Readonly<Record<string, string>>): Manifest {
  return aDeployment(containers, { metadata: { name } });
}

/** Containers without names. */
function list(...images: readonly string[]): Manifest {
  return aManifest({ kind: 'Pod', spec: { containers: images.map((image) => ({ image })) } });
}

describe('another name shakes nothing off', () => {
  const known = whatIsKnown({
    [OLD]: signed('1', aWorkflow()),
    [NEW]: anImage('2'),
    'quay.io/evil/web:1': anImage('3'),
    'quay.io/evil/other:1': anImage('4'),
    'ghcr.io/acme/tool:1': anImage('5'),
    'quay.io/mirror/web:1': signed('1', aWorkflow()),
  });
  const base = [aDeployment({ web: OLD })];
  test.each<[string, readonly Manifest[], readonly string[]]>([
    ['another container', [aDeployment({ app: NEW })], ['signature-lost new blocking']],
    ['another object', [named('web-2', { web: NEW })], ['signature-lost new blocking']],
    [
      'another kind of object',
      [aManifest({ kind: 'Pod', spec: { containers: [{ name: 'x', image: NEW }] } })],
      ['signature-lost new blocking'],
    ],
    ['another repository', [aDeployment({ web: 'quay.io/evil/other:1' })], ['signature-lost new blocking']],
    [
      'another object and repository',
      [named('web-2', { web: 'quay.io/evil/other:1' })],
      ['signature-lost new blocking'],
    ],
    [
      'another object, container and registry',
      [named('web-2', { app: 'quay.io/evil/web:1' })],
      ['signature-lost new blocking'],
    ],
    ['one more container of the repository', [aDeployment({ web: OLD, more: NEW })], ['signature-lost new blocking']],
    ["a new one beside it is nobody's heir", [aDeployment({ web: OLD, tool: 'ghcr.io/acme/tool:1' })], []],
    ['a mirror with the same signer', [aDeployment({ web: 'quay.io/mirror/web:1' })], ['repository-changed new']],
    ['it is gone', [], []],
  ])('%s', async (_, merged, expected) => {
    const { findings } = await judged(base, merged, known);
    expect(findings.map(shown)).toEqual(expected);
  });

  test('another app that has taken its place', async () => {
    const moved = { ...named('web-2', { app: NEW }), app: 'Application:production/argocd/store' };
    const { findings } = await judged(base, [moved], known);
    expect(findings.map(shown)).toEqual(['signature-lost new blocking']);
  });

  test('another order of images without names is no change, whoever signed which', async () => {
    const both = whatIsKnown({ [OLD]: signed('1', aWorkflow()), 'ghcr.io/acme/tool:1': signed('5', MALLORY) });
    const { findings } = await judged([list(OLD, 'ghcr.io/acme/tool:1')], [list('ghcr.io/acme/tool:1', OLD)], both);
    expect(findings).toEqual([]);
  });

  test('a container that takes the image of its neighbour has lost its own', async () => {
    const two = [aDeployment({ web: OLD, tool: 'ghcr.io/acme/tool:1' })];
    const { findings } = await judged(
      two,
      [aDeployment({ web: 'ghcr.io/acme/tool:1', tool: 'ghcr.io/acme/tool:1' })],
      known,
    );
    expect(findings.map(shown)).toEqual(['signature-lost new blocking']);
  });
});

test('where one of several before was unsigned, another unsigned one is no loss', async () => {
  const known = whatIsKnown({
    [OLD]: signed('1', aWorkflow()),
    'ghcr.io/acme/web:0': anImage('3'),
    [NEW]: anImage('2'),
  });
  const base = [aDeployment({ a: OLD, b: 'ghcr.io/acme/web:0' })];
  const { findings } = await judged(base, [aDeployment({ a: OLD, b: 'ghcr.io/acme/web:0', c: NEW })], known);
  expect(findings).toEqual([]);
});

test('where one of several before could not be read, nothing is compared and nothing is green', async () => {
  const known = whatIsKnown({
    [OLD]: signed('1', aWorkflow()),
    'ghcr.io/acme/web:0': { status: 'unreachable', reason: 'down' },
    [NEW]: anImage('2'),
  });
  const base = [aDeployment({ a: OLD, b: 'ghcr.io/acme/web:0' })];
  const { findings, outcome } = await judged(base, [aDeployment({ c: NEW })], known);
  expect([findings, outcome.status]).toEqual([[], 'errored']);
});

test('from an unsigned image to one of another repository is a remark', async () => {
  const known = whatIsKnown({ [OLD]: anImage('1'), 'quay.io/acme/web:2': anImage('2') });
  const { findings } = await judged([aDeployment({ web: OLD })], [aDeployment({ web: 'quay.io/acme/web:2' })], known);
  expect(findings.map(shown)).toEqual(['repository-changed new']);
});

test('a loss says who, since when, who now, and what to do', async () => {
  const known = whatIsKnown({
    [OLD]: anImage('1', aSignature(aWorkflow(), { signedAt: '2026-10-02T08:00:00Z' })),
    [NEW]: anImage('2', aSignature(MALLORY, { signedAt: '2026-11-20T08:00:00Z' })),
  });
  const { findings } = await judged([aDeployment({ web: OLD })], [aDeployment({ web: NEW })], known);
  expect(findings[0]?.message).toBe(
    'ghcr.io/acme/web:2 is signed by somebody else (another repository): github.com/mallory/shop .github/workflows/release.yml@refs/tags/v1.2.3 (https://github.com/acme/shop/actions/runs/1/attempts/1) on 2026-11-20; before, container "web" ran ghcr.io/acme/web:1, signed by github.com/acme/shop .github/workflows/release.yml@refs/tags/v1.2.3 (https://github.com/acme/shop/actions/runs/1/attempts/1) on 2026-10-02',
  );
  expect(findings[0]?.fix).toContain(
    '{ match: ghcr.io/acme/web, require: { signature: { keyless: { issuer: https://token.actions.githubusercontent.com, repository: mallory/shop, workflow: .github/workflows/release.yml } } } }',
  );
});

test('a lost signature names the command that shows it', async () => {
  const known = whatIsKnown({ [OLD]: signed('1', aWorkflow()), [NEW]: anImage('2') });
  const { findings } = await judged([aDeployment({ web: OLD })], [aDeployment({ web: NEW })], known);
  expect(findings[0]?.message).toMatch(
    /^ghcr.io\/acme\/web:2 is not signed; before, container "web" ran ghcr.io\/acme\/web:1, signed by .* on 2026-11-01$/,
  );
  expect(findings[0]?.fix).toContain(`cosign sign ghcr.io/acme/web:2@${aDigest('2')}`);
  expect(findings[0]?.fix).toContain('--certificate-github-workflow-repository acme/shop');
});
