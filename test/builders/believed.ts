import type {
  Believed,
  CertificateClaims,
  ImageEvidence,
  ProvenanceClaims,
  Signer,
} from '../../src/model/provenance.ts';
import type { ImageRule, SignerRule } from '../../src/model/policy.ts';

export const GITHUB = 'https://token.actions.githubusercontent.com';
export const RELEASE = 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3';
export const DIGEST = `sha256:${'a'.repeat(64)}`;

type Keyless = Extract<Signer, { kind: 'keyless' }>;
type ReadEvidence = Extract<ImageEvidence, { status: 'read' }>;

/** The release workflow of acme/shop at a tag, as Fulcio writes it. */
export function aWorkflow(changes: Partial<Keyless> = {}, claims: CertificateClaims = {}): Keyless {
  const subject = changes.subject ?? RELEASE;
  return {
    kind: 'keyless',
    root: 'public-good',
    issuer: GITHUB,
    subject,
    claims: {
      buildSignerUri: subject,
      runnerEnvironment: 'github-hosted',
      sourceRepositoryUri: 'https://github.com/acme/shop',
      sourceRepositoryId: '11',
      sourceRef: 'refs/tags/v1.2.3',
      ownerUri: 'https://github.com/acme',
      ownerId: '7',
      buildConfigUri: RELEASE,
      trigger: 'push',
      runUri: 'https://github.com/acme/shop/actions/runs/1/attempts/1',
      visibility: 'public',
      ...claims,
    },
    ...changes,
  };
}

export function aKeySigner(name = 'keys/cosign.pub', fingerprint = `sha256:${'1'.repeat(64)}`): Signer {
  return { kind: 'key', name, fingerprint };
}

export function aSignature(signer: Signer = aWorkflow(), changes: Partial<Believed> = {}): Believed {
  return {
    format: 'sigstore-bundle',
    place: 'referrer sha256:b',
    digest: `sha256:${'b'.repeat(64)}`,
    subject: DIGEST,
    role: 'signature',
    signer,
    signedAt: '2026-11-01T00:00:00Z',
    isLogged: true,
    ...changes,
  };
}

/** What actions/attest-build-provenance writes for the release workflow. */
export function aProvenance(
  claims: Partial<ProvenanceClaims> = {},
  signer: Signer = aWorkflow(),
  changes: Partial<Believed> = {},
): Believed {
  return aSignature(signer, {
    role: 'attestation',
    predicateType: 'https://slsa.dev/provenance/v1',
    provenance: {
      builder: RELEASE,
      source: 'https://github.com/acme/shop',
      ref: 'refs/tags/v1.2.3',
      workflow: '.github/workflows/release.yml',
      trigger: 'push',
      ...claims,
    },
    ...changes,
  });
}

export function evidenceOf(believed: readonly Believed[], changes: Partial<ReadEvidence> = {}): ReadEvidence {
  const nothing = { isIndex: false, platforms: [], rejected: [], notes: [] };
  return { status: 'read', digest: DIGEST, ...nothing, believed, ...changes };
}

export function aSignerRule(
  changes: Partial<Extract<SignerRule, { kind: 'keyless' }>> = {},
): Extract<SignerRule, { kind: 'keyless' }> {
  return { kind: 'keyless', issuer: GITHUB, repository: 'acme/*', allowsSelfHosted: false, ...changes };
}

export function anImageRule(require: Partial<ImageRule['require']> = {}, changes: Partial<ImageRule> = {}): ImageRule {
  return {
    match: 'ghcr.io/acme/**',
    from: '.presync.yaml',
    mode: 'block',
    require: { digest: false, platforms: 'index', ...require },
    ...changes,
  };
}
