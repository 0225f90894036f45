import { matchesGlob } from '../../model/glob.ts';
import type { ProvenanceRule } from '../../model/policy.ts';
import type { Believed, ProvenanceClaims } from '../../model/provenance.ts';
import { runnerFault, triggerFault } from './build-facts.ts';
import { type KeylessSigner, whyNot } from './signer.ts';
import { isGitHubIssuer, parseWorkflowUri, sourceName, speaksFor } from './workflow-uri.ts';

/** https://slsa.dev/spec/v1.1/provenance, and its older form; nothing else says who built something (P-B5). */
const SLSA = new Set(['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1']);

/** GitHub's attestations of before 2025 name the runner and not the workflow: https://github.com/actions/attest-build-provenance. */
const GITHUB_RUNNER = 'https://github.com/actions/runner/';

export function isProvenance({ role, predicateType }: Believed): boolean {
  return role === 'attestation' && predicateType !== undefined && SLSA.has(predicateType);
}

interface Case {
  readonly rule: ProvenanceRule;
  readonly claims: ProvenanceClaims;
  readonly signer: Believed['signer'];
}

/** Its fields are only claims of whoever signed it, so the signer comes first. */
const CHECKS: readonly ((one: Case) => string | undefined)[] = [
  signerFault,
  ({ rule, claims }) => (matchesGlob(rule.builder, claims.builder) ? undefined : `its builder is ${claims.builder}`),
  sourceFault,
  refFault,
  workflowFault,
  startFault,
  hostFault,
];

/** Why the attestation is not the provenance that the rule asks for; undefined where it is. */
export function whyNotProvenance(rule: ProvenanceRule, { provenance: claims, signer }: Believed): string | undefined {
  if (claims === undefined) return 'it says nothing of a build';
  for (const check of CHECKS) {
    const fault = check({ rule, claims, signer });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Without a signer in the rule, the builder speaks for itself: its own certificate, from the issuer of its host. */
function signerFault({ rule, claims, signer }: Case): string | undefined {
  if (rule.signer !== undefined) return whyNot(rule.signer, signer);
  if (signer.kind !== 'keyless')
    return `it is signed with a ${signer.kind}; the rule would have to name it as the signer`;
  // Whoever another tool trusts for its own rules may write any issuer into a certificate.
  if (signer.isScoped === true) return `it stands under the root ${signer.root}`;
  const { builder } = claims;
  if (!speaksFor(signer.issuer, builder)) return `${signer.issuer} does not speak for the builder ${builder}`;
  const isRunner = builder === `${GITHUB_RUNNER}${signer.claims.runnerEnvironment}` && isGitHubIssuer(signer.issuer);
  return builder === signer.subject || isRunner
    ? undefined
    : `it is signed by ${signer.subject}, which is not the builder ${builder}`;
}

/** Two witnesses, the attestation and the certificate: what either says must match, and one of them must say it. */
function agreed(pattern: string | undefined, found: readonly (string | undefined)[], what: string): string | undefined {
  if (pattern === undefined) return undefined;
  const said = found.filter((one) => one !== undefined);
  if (said.length === 0) return `it names no ${what}`;
  const other = said.find((one) => !matchesGlob(pattern, one));
  return other === undefined ? undefined : `its ${what} is ${other}`;
}

function sourceFault({ rule, claims, signer }: Case): string | undefined {
  const certified = signer.kind === 'keyless' ? signer.claims.sourceRepositoryUri : undefined;
  if (certified === undefined && signer.kind === 'keyless' && isGitHubIssuer(signer.issuer))
    return 'its certificate names no source repository';
  const written = [claims.source, certified].filter((one) => one !== undefined);
  const unreadable = written.find((one) => sourceName(one) === undefined);
  if (unreadable !== undefined) return `its source ${unreadable} is no https address of a repository`;
  return agreed(rule.source, written.map(sourceName), 'source repository');
}

function refFault({ rule, claims, signer }: Case): string | undefined {
  const certified = signer.kind === 'keyless' ? signer.claims.sourceRef : undefined;
  return agreed(rule.ref, [claims.ref, certified], 'source ref');
}

function workflowFault({ rule, claims, signer }: Case): string | undefined {
  const certified = signer.kind === 'keyless' ? topWorkflow(signer) : undefined;
  return agreed(rule.workflow, [claims.workflow, certified], 'workflow');
}

/** The workflow that was started, not a reusable one that it called. */
function topWorkflow({ claims }: KeylessSigner): string | undefined {
  return claims.buildConfigUri === undefined ? undefined : parseWorkflowUri(claims.buildConfigUri)?.file;
}

function startFault({ rule, claims, signer }: Case): string | undefined {
  const certificate = signer.kind === 'keyless' ? signer : undefined;
  const own = { issuer: '', trigger: claims.trigger, ref: claims.ref };
  if (certificate === undefined) return triggerFault(rule.triggers, own);
  const { issuer, claims: facts } = certificate;
  const certified = { issuer, trigger: facts.trigger ?? claims.trigger, ref: facts.sourceRef ?? claims.ref };
  const said = claims.trigger === undefined ? undefined : triggerFault(rule.triggers, own);
  return triggerFault(rule.triggers, certified) ?? said;
}

/** A key tells nothing of runners; who holds it answers for them. */
function hostFault({ rule, signer }: Case): string | undefined {
  if (signer.kind !== 'keyless') return undefined;
  return runnerFault(rule.allowsSelfHosted, signer.issuer, signer.claims.runnerEnvironment);
}
