/** An in-toto statement, and what is hostile about it. */
export interface StatementWish {
  /** Digests, `sha256:…`; or the subjects as they shall stand there. */
  readonly subjects: readonly (string | object | null)[];
  readonly name?: string | undefined;
  readonly predicateType: string;
  readonly predicate: object;
  readonly type?: string | undefined;
}

export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';
export const STATEMENT_V01 = 'https://in-toto.io/Statement/v0.1';
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
export const SLSA_V1 = 'https://slsa.dev/provenance/v1';
export const SLSA_V02 = 'https://slsa.dev/provenance/v0.2';
export const SPDX = 'https://spdx.dev/Document';

export function aStatement(wish: StatementWish): object {
  const { subjects, name = 'registry.example/acme/shop', predicateType, predicate, type = STATEMENT_V1 } = wish;
  const subject = subjects.map((one) => (typeof one === 'string' ? { name, digest: digestSet(one) } : one));
  return { _type: type, subject, predicateType, predicate };
}

function digestSet(digest: string): Readonly<Record<string, string>> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}

/** What cosign 3 signs: https://github.com/sigstore/cosign/blob/main/specs/COSIGN_PREDICATE_SPEC.md */
export function aSignStatement(subject: string): StatementWish {
  return { subjects: [subject], predicateType: COSIGN_SIGN, predicate: {} };
}

export interface BuildWish {
  readonly builder?: string | undefined;
  /** `owner/name`. */
  readonly repository: string;
  readonly workflow?: string | undefined;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
  readonly trigger?: string | undefined;
}

const COMMIT = '4d1c1b4b8f1b6c1f9a1e5d9f3f0a7c2b6e8d0f12';

/** SLSA v1 as actions/attest-build-provenance writes it: https://actions.github.io/buildtypes/workflow/v1 */
export function aGithubProvenance(subject: string, build: BuildWish): StatementWish {
  const { repository, workflow = '.github/workflows/release.yml', ref = 'refs/tags/v1.2.3', commit = COMMIT } = build;
  const source = `https://github.com/${repository}`;
  const predicate = {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref, repository: source, path: workflow } },
      internalParameters: {
        github: {
          event_name: build.trigger ?? 'push',
          repository_id: '1234567',
          repository_owner_id: '7654321',
          runner_environment: 'github-hosted',
        },
      },
      resolvedDependencies: [{ uri: `git+${source}@${ref}`, digest: { gitCommit: commit } }],
    },
    runDetails: {
      builder: { id: build.builder ?? `${source}/${workflow}@${ref}` },
      metadata: { invocationId: `${source}/actions/runs/42/attempts/1` },
    },
  };
  return { subjects: [subject], predicateType: SLSA_V1, predicate };
}

/** SLSA v0.2 as slsa-github-generator writes it for containers. */
export function aGeneratorProvenance(subject: string, build: BuildWish): StatementWish {
  const { repository, workflow = '.github/workflows/release.yml', ref = 'refs/tags/v1.2.3', commit = COMMIT } = build;
  const uri = `git+https://github.com/${repository}@${ref}`;
  const predicate = {
    builder: { id: build.builder ?? GENERATOR_BUILDER },
    buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
    invocation: {
      configSource: { uri, digest: { sha1: commit }, entryPoint: workflow },
      parameters: {},
      environment: { github_event_name: build.trigger ?? 'push', github_run_id: '42', github_run_attempt: '1' },
    },
    metadata: { completeness: { parameters: true, environment: false, materials: false }, reproducible: false },
    materials: [{ uri, digest: { sha1: commit } }],
  };
  return { subjects: [subject], predicateType: SLSA_V02, type: STATEMENT_V01, predicate };
}

export const GENERATOR_BUILDER =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.1.0';
