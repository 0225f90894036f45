import type { ProvenanceRule, SignerRule } from '../../model/policy.ts';
import type { Believed, ImageEvidence, Signer } from '../../model/provenance.ts';
import { repositoryOf } from './signer.ts';
import { isGitHubIssuer, parseWorkflowUri } from './workflow-uri.ts';

/** Certificates hold what a stranger wrote. */
const MAX_TEXT = 300;
const MAX_LISTED = 3;

/** Without control and direction characters, and no novel. */
export function plain(text: string): string {
  const harmless = text.slice(0, MAX_TEXT).replace(/[\p{C}\p{Z}`]/gu, ' ');
  return text.length > MAX_TEXT ? `${harmless}…` : harmless;
}

/** `github.com/acme/shop .github/workflows/release.yml@refs/tags/v1 (https://github.com/acme/shop/actions/runs/1)`. */
export function signerText(signer: Signer): string {
  switch (signer.kind) {
    case 'keyless':
      return plain(keylessText(signer));
    case 'certificate':
      return plain(`${signer.subject} (certificate of ${signer.root})`);
    case 'key':
      return plain(`key ${signer.name} (${signer.fingerprint.slice(0, 'sha256:'.length + 12)})`);
  }
}

function keylessText(signer: Extract<Signer, { kind: 'keyless' }>): string {
  const { subject, issuer, claims } = signer;
  const found = parseWorkflowUri(subject);
  const run = claims.runUri === undefined ? '' : ` (${claims.runUri})`;
  if (found === undefined) return `${subject} (by ${issuer})${run}`;
  const source = repositoryOf(signer) ?? found.repository;
  const workflow = found.repository === source ? found.file : `by ${found.repository}/${found.file}`;
  const ref = claims.sourceRef ?? found.ref;
  return `${isGitHubIssuer(issuer) && !source.includes('.') ? 'github.com/' : ''}${source} ${workflow}@${ref}${run}`;
}

/** One line of what is known of an image, for a reader: who signed it, else who attests to it, else what is missing. */
export function lineOf(evidence: ImageEvidence): string {
  if (evidence.status !== 'read') return `not checked: ${plain(evidence.reason)}`;
  const signed = evidence.believed.filter(({ role }) => role === 'signature');
  if (signed.length > 0) return `signed by ${names(signed)}`;
  const attested = evidence.believed.filter(({ role }) => role === 'attestation');
  if (attested.length > 0) return `not signed; attested by ${names(attested)}`;
  const [rejected] = evidence.rejected;
  return rejected === undefined
    ? 'not signed'
    : `not signed; ${rejected.place} proves nothing: ${plain(rejected.reason)}`;
}

function names(believed: readonly Believed[]): string {
  return listed([...new Set(believed.map(({ signer }) => signerText(signer)))].toSorted());
}

/** `a; b; and 3 more`. */
export function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, MAX_LISTED);
  const rest = texts.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

/** Whom a rule asks for: `a workflow .github/workflows/release.yml of acme/* at refs/tags/**`. */
export function wantedText(rule: SignerRule): string {
  switch (rule.kind) {
    case 'key':
      return `the key ${rule.key}`;
    case 'certificate':
      return `${rule.subject} with a certificate of ${rule.root}`;
    case 'keyless': {
      const { subject, repository, workflow, ref, repositoryId, ownerId } = rule;
      const facts = [
        stated('subject', subject),
        stated('repository', repository),
        stated('repository id', repositoryId),
        stated('owner id', ownerId),
        stated('workflow', workflow),
        stated('ref', ref),
      ];
      return `${facts.filter((fact) => fact !== '').join(', ')} by ${rule.issuer}`;
    }
  }
}

export function wantedProvenance({ builder, source, workflow, ref }: ProvenanceRule): string {
  const more = [stated('workflow', workflow), stated('ref', ref)].filter((fact) => fact !== '');
  return [`builder ${builder}`, `source ${source}`, ...more].join(', ');
}

function stated(name: string, value: string | undefined): string {
  return value === undefined ? '' : `${name} ${value}`;
}
