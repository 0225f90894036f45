import { describe, expect, test } from '@jest/globals';
import { aKeySigner, aSignerRule, aWorkflow, GITHUB, RELEASE } from '../../../test/builders/believed.ts';
import type { CertificateClaims, Signer } from '../../model/provenance.ts';
import type { SignerRule } from '../../model/policy.ts';
import { signerIdentity, whyNot } from './signer.ts';

const GENERATOR = 'https://github.com/slsa/generator/.github/workflows/build.yml@refs/tags/v2.0.0';
const GITLAB = {
  issuer: 'https://gitlab.com',
  subject: 'https://gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main',
  claims: {
    buildSignerUri: 'https://gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main',
    runnerEnvironment: 'gitlab-hosted',
    sourceRepositoryUri: 'https://gitlab.com/acme/shop',
    sourceRef: 'refs/heads/main',
    trigger: 'push',
  },
};
const PERSON = { issuer: 'https://accounts.google.com', subject: 'release@acme.example', claims: {} };

describe('the signer is the one of the rule', () => {
  test.each<[string, Partial<Extract<SignerRule, { kind: 'keyless' }>>, Signer]>([
    ['by repository', {}, aWorkflow()],
    [
      'by everything',
      {
        repository: 'acme/shop',
        workflow: '.github/workflows/release.yml',
        ref: 'refs/tags/v*',
        subject: RELEASE,
        repositoryId: '11',
        ownerId: '7',
        triggers: ['push'],
        root: 'public-good',
      },
      aWorkflow(),
    ],
    [
      'by a tag with @ and /',
      { workflow: '.github/workflows/release.yml', ref: 'refs/tags/**' },
      aWorkflow(
        { subject: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/@acme/web@1.0.0' },
        { sourceRef: 'refs/tags/@acme/web@1.0.0' },
      ),
    ],
    [
      'by a reusable workflow at a commit',
      { workflow: 'slsa/generator/.github/workflows/build.yml' },
      aWorkflow({ subject: `${GENERATOR.split('@')[0]}@${'c'.repeat(40)}` }),
    ],
    ['by its owner alone', { repository: undefined, ownerId: '7' }, aWorkflow()],
    [
      'by a runner of its own, where that is allowed',
      { allowsSelfHosted: true },
      aWorkflow({}, { runnerEnvironment: 'self-hosted' }),
    ],
    [
      'for a pull request, where that is allowed',
      { triggers: ['pull_request'] },
      aWorkflow({}, { trigger: 'pull_request' }),
    ],
    ['for anything, where anything is allowed', { triggers: 'any' }, aWorkflow({}, { trigger: 'pull_request_target' })],
    [
      'of GitLab',
      {
        issuer: 'https://gitlab.com',
        repository: 'gitlab.com/acme/**',
        workflow: '.gitlab-ci.yml',
        ref: 'refs/heads/main',
      },
      { kind: 'keyless', root: 'public-good', ...GITLAB },
    ],
    [
      'of Buildkite',
      { issuer: 'https://agent.buildkite.com', repository: undefined, subject: 'https://buildkite.com/acme/*' },
      {
        kind: 'keyless',
        root: 'public-good',
        issuer: 'https://agent.buildkite.com',
        subject: 'https://buildkite.com/acme/shop',
        claims: {},
      },
    ],
    [
      'a person',
      { issuer: PERSON.issuer, repository: undefined, subject: '*@acme.example' },
      { kind: 'keyless', root: 'public-good', ...PERSON },
    ],
  ])('%s', (_, changes, signer) => {
    expect(whyNot(aSignerRule(changes), signer)).toBeUndefined();
  });
});

describe('the signer is not the one of the rule', () => {
  const own = '.github/workflows/release.yml';
  test.each<[string, Partial<Extract<SignerRule, { kind: 'keyless' }>>, Signer, string]>([
    [
      'P-A1: the tag goes on behind the one that is allowed',
      { subject: RELEASE },
      aWorkflow({ subject: `${RELEASE}.evil` }),
      `its subject is ${RELEASE}.evil`,
    ],
    [
      'P-A1: the ref goes on',
      { ref: 'refs/tags/v1.2.3' },
      aWorkflow({}, { sourceRef: 'refs/tags/v1.2.3.evil' }),
      'its source ref is refs/tags/v1.2.3.evil',
    ],
    [
      'P-A1: an allowed address stands inside another one',
      { subject: 'https://github.com/acme/**' },
      aWorkflow({ subject: 'https://evil.example/?https://github.com/acme/shop' }),
      'its subject is https://evil.example/?https://github.com/acme/shop',
    ],
    [
      'P-A2: a dot is a dot',
      { issuer: 'https://github.com/login/oauth' },
      aWorkflow({ issuer: 'https://githubXcom/login/oauth' }),
      'its issuer is https://githubXcom/login/oauth',
    ],
    ['P-A3: the rule names an issuer alone', { repository: undefined }, aWorkflow(), 'the rule names nobody'],
    ['P-A3: the rule is empty', { repository: '', subject: '' }, aWorkflow(), 'the rule names nobody'],
    ['P-A3: no issuer', { issuer: '' }, aWorkflow({ issuer: '' }), 'the rule names nobody'],
    ['P-A3: a key', {}, aKeySigner(), 'it is made with a key, not keyless'],
    ['P-A4: another root', { root: 'trust/internal.json' }, aWorkflow(), 'it stands under the root public-good'],
    [
      'P-A4: a root that does not count',
      { exceptRoot: 'github' },
      aWorkflow({ root: 'github' }),
      'it stands under the root github, which the rule does not know',
    ],
    [
      'P-A4: the right root, another repository',
      { root: 'public-good' },
      aWorkflow({}, { sourceRepositoryUri: 'https://github.com/evil/shop' }),
      'its source repository is evil/shop',
    ],
    [
      'P-A5: another id of the repository',
      { repositoryId: '12' },
      aWorkflow(),
      'its id of the source repository is 11',
    ],
    [
      'P-A5: no id of the owner',
      { ownerId: '7' },
      aWorkflow({}, { ownerId: undefined }),
      'its certificate names no id of the owner',
    ],
    [
      'P-A6: another caller of the same reusable workflow',
      { workflow: 'slsa/generator/**' },
      aWorkflow({ subject: GENERATOR }, { sourceRepositoryUri: 'https://github.com/evil/shop' }),
      'its source repository is evil/shop',
    ],
    [
      'P-A6: a reusable workflow of another repository with the name of our own',
      { workflow: own },
      aWorkflow({ subject: RELEASE.replace('acme', 'evil') }),
      `the workflow that signed is ${RELEASE.replace('acme', 'evil')}`,
    ],
    [
      'P-A6: subject and build signer differ',
      { workflow: own },
      aWorkflow({}, { buildSignerUri: RELEASE.replace('release', 'test') }),
      `the workflow that signed is ${RELEASE.replace('release', 'test')}`,
    ],
    [
      'P-A6: started by a pull request',
      {},
      aWorkflow({}, { trigger: 'pull_request_target' }),
      'the build was started by pull_request_target',
    ],
    [
      'P-A6: started by a merge request',
      { issuer: 'https://gitlab.com', repository: 'gitlab.com/acme/shop' },
      { kind: 'keyless', root: 'public-good', ...GITLAB, claims: { ...GITLAB.claims, trigger: 'merge_request_event' } },
      'the build was started by merge_request_event',
    ],
    [
      'P-A6: on the merge of a pull request',
      {},
      aWorkflow({}, { sourceRef: 'refs/pull/1/merge' }),
      'the build is one of a pull request (refs/pull/1/merge)',
    ],
    [
      'P-A6: it does not say how it was started',
      {},
      aWorkflow({}, { trigger: undefined }),
      'it does not say what started the build',
    ],
    ['P-A6: started otherwise', { triggers: ['release'] }, aWorkflow(), 'the build was started by push'],
    [
      'P-A6: on a runner of its own',
      {},
      aWorkflow({}, { runnerEnvironment: 'self-hosted' }),
      'the build ran on a runner that is self-hosted',
    ],
    [
      'P-A6: on a runner of unknown kind',
      {},
      aWorkflow({}, { runnerEnvironment: undefined }),
      'it does not say on which kind of runner the build ran',
    ],
    [
      'no repository in the certificate',
      {},
      aWorkflow({}, { sourceRepositoryUri: undefined }),
      'its certificate names no source repository',
    ],
    [
      'a repository by an address that is none',
      {},
      aWorkflow({}, { sourceRepositoryUri: 'https://github.com/acme/../evil/shop' }),
      'its certificate names no source repository',
    ],
    [
      'a host that only starts like GitHub',
      {},
      aWorkflow({}, { sourceRepositoryUri: 'https://github.com.evil.example/acme/shop' }),
      'its source repository is github.com.evil.example/acme/shop',
    ],
    [
      'a host that reads like an owner',
      { issuer: 'https://acme' },
      aWorkflow({ issuer: 'https://acme' }, { sourceRepositoryUri: 'https://acme/shop' }),
      'its certificate names no source repository',
    ],
    [
      'a user name in front of the host',
      {},
      aWorkflow({}, { sourceRepositoryUri: 'https://github.com@evil.example/acme/shop' }),
      'its source repository is github.com@evil.example/acme/shop',
    ],
    [
      'a path deeper than a pattern',
      { issuer: 'https://gitlab.com', repository: 'gitlab.com/*' },
      { kind: 'keyless', root: 'public-good', ...GITLAB },
      'its source repository is gitlab.com/acme/shop',
    ],
    [
      'no workflow at all',
      { issuer: PERSON.issuer, repository: undefined, subject: '**', workflow: '**' },
      { kind: 'keyless', root: 'public-good', ...PERSON },
      'the workflow that signed is release@acme.example',
    ],
  ])('%s', (_, changes, signer, expected) => {
    expect(whyNot(aSignerRule(changes), signer)).toBe(expected);
  });

  const CERTIFICATE: Signer = { kind: 'certificate', root: 'trust/ca.pem', subject: 'release.acme.example' };
  test.each<[string, SignerRule, Signer, string | undefined]>([
    ['the key', { kind: 'key', key: 'keys/cosign.pub' }, aKeySigner(), undefined],
    ['another key', { kind: 'key', key: 'keys/other.pub' }, aKeySigner(), 'it is made with the key keys/cosign.pub'],
    [
      'P-A3: keyless in place of a key',
      { kind: 'key', key: 'keys/cosign.pub' },
      aWorkflow(),
      'it is not made with a key',
    ],
    [
      'the certificate',
      { kind: 'certificate', root: 'trust/ca.pem', subject: '*.acme.example' },
      CERTIFICATE,
      undefined,
    ],
    [
      'another authority',
      { kind: 'certificate', root: 'trust/b.pem', subject: '**' },
      CERTIFICATE,
      'its certificate comes from trust/ca.pem',
    ],
    [
      'another subject',
      { kind: 'certificate', root: 'trust/ca.pem', subject: 'acme.example' },
      CERTIFICATE,
      'its subject is release.acme.example',
    ],
    [
      'an empty subject',
      { kind: 'certificate', root: 'trust/ca.pem', subject: '' },
      { ...CERTIFICATE, subject: '' },
      'the rule names nobody',
    ],
    [
      'keyless in place of a certificate',
      { kind: 'certificate', root: 'trust/ca.pem', subject: '**' },
      aWorkflow(),
      'it is not made with a certificate',
    ],
  ])('%s', (_, rule, signer, expected) => {
    expect(whyNot(rule, signer)).toBe(expected);
  });
});

describe('signerIdentity', () => {
  const claims: CertificateClaims = {
    sourceRef: 'refs/heads/main',
    runUri: 'https://github.com/acme/shop/actions/runs/2',
  };
  const later = aWorkflow({ subject: RELEASE.replace('tags/v1.2.3', 'heads/main') }, claims);
  test('is the same for other tags and runs, and another one for other workflows, repositories, issuers, roots and keys', () => {
    expect(signerIdentity(later)).toBe(signerIdentity(aWorkflow()));
    const others = [
      aWorkflow({ subject: RELEASE.replace('release', 'test') }),
      aWorkflow({}, { sourceRepositoryUri: 'https://github.com/acme/other' }),
      aWorkflow({ issuer: `${GITHUB}/acme` }),
      aWorkflow({ root: 'internal' }),
      aKeySigner(),
      aKeySigner('keys/cosign.pub', 'sha256:2'),
      { kind: 'certificate', root: 'a', subject: 'b' } as const,
    ].map(signerIdentity);
    expect(new Set([...others, signerIdentity(later)]).size).toBe(others.length + 1);
    expect(signerIdentity(aKeySigner('a'))).toBe(signerIdentity(aKeySigner('b')));
  });
});
