import type { ProvenanceRule, SignerRule } from '../../model/policy.ts';
import { isGitHubIssuer } from './workflow-uri.ts';

/** A text as one word of a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same set of texts as the glob's, for options that want a regular expression. */
export function regexpOf(glob: string): string {
  const parts = (glob.match(/\*+|[^*]+/gs) ?? []).map((part) => {
    if (part === '*') return '[^/]*';
    return part.startsWith('*') ? '.*' : part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return `^${parts.join('')}$`;
}

function identityOption(glob: string): string {
  return glob.includes('*')
    ? `--certificate-identity-regexp ${quoted(regexpOf(glob))}`
    : `--certificate-identity ${quoted(glob)}`;
}

/** What to do to have a signature that counts, and how to see that it does: https://docs.sigstore.dev/cosign/verifying/verify/ */
export function signatureFix(anyOf: readonly SignerRule[], image: string): string {
  const [first] = anyOf;
  if (first === undefined) return 'The rule lists no signer; list one.';
  return `${signing(first, image)}; ${seeing(first, image)} shows whether it counts.`;
}

function signing(rule: SignerRule, image: string): string {
  switch (rule.kind) {
    case 'key':
      return `Sign it with ${rule.key}: \`cosign sign --key KEY ${quoted(image)}\``;
    case 'certificate':
      return `Sign it with a certificate of ${rule.root}: \`cosign sign --key KEY --certificate CERTIFICATE ${quoted(image)}\``;
    case 'keyless':
      return `Sign it as ${whoIs(rule)}: \`cosign sign ${quoted(image)}\``;
  }
}

/** As whoever runs it. */
export function signPlainly(image: string): string {
  return `\`cosign sign ${quoted(image)}\``;
}

/** The index, and each of its platforms. */
export function signRecursively(image: string): string {
  return `\`cosign sign --recursive ${quoted(image)}\``;
}

function whoIs({ workflow, repository, subject, issuer }: Extract<SignerRule, { kind: 'keyless' }>): string {
  if (workflow !== undefined && repository !== undefined) return `${workflow} of ${repository}`;
  return workflow ?? repository ?? subject ?? issuer;
}

function seeing(rule: SignerRule, image: string): string {
  // Cosign 2 wants the authority by --ca-roots, and cosign 3 another file by --trusted-root: presync takes what policy names.
  if (rule.kind === 'certificate') return `\`presync verify --config .presync.yaml ${quoted(image)}\``;
  return `\`${['cosign verify', ...optionsOf(rule), quoted(image)].join(' ')}\``;
}

function optionsOf(rule: Exclude<SignerRule, { kind: 'certificate' }>): readonly string[] {
  return rule.kind === 'key' ? [`--key ${quoted(keyFile(rule.key) ?? 'KEY.pub')}`] : keylessOptions(rule);
}

/** The file of a key; a key that stands in the policy itself, or in an object of another tool, is called by several words. */
export function keyFile(name: string): string | undefined {
  return /\s/.test(name) ? undefined : name;
}

function isLiteral(text: string | undefined): boolean {
  return text !== undefined && !text.includes('*');
}

function keylessOptions(rule: Extract<SignerRule, { kind: 'keyless' }>): readonly string[] {
  const { issuer, issuerPattern, repository, ref } = rule;
  return [
    issuerPattern === undefined
      ? `--certificate-oidc-issuer ${quoted(issuer)}`
      : `--certificate-oidc-issuer-regexp ${quoted(regexpOf(issuerPattern))}`,
    identityOption(rule.subject ?? subjectOf(rule)),
    ...(isGitHubIssuer(issuer) && isLiteral(repository)
      ? [`--certificate-github-workflow-repository ${quoted((repository ?? '').replace(HOST, ''))}`]
      : []),
    ...(isGitHubIssuer(issuer) && isLiteral(ref) ? [`--certificate-github-workflow-ref ${quoted(ref ?? '')}`] : []),
  ];
}

/**
 * The subject that the parts of a rule come to, on GitHub `REPOSITORY/FILE@REF` and on GitLab `REPOSITORY//FILE@REF`:
 * https://github.com/sigstore/fulcio/blob/main/docs/oidc.md
 */
function subjectOf({
  issuer,
  repository = '**',
  workflow,
  ref = '**',
}: Extract<SignerRule, { kind: 'keyless' }>): string {
  const source = addressOf(repository);
  if (workflow === undefined) return `${source}/**`;
  if (!isGitHubIssuer(issuer)) return `${source}//${workflow}@${ref}`;
  return workflow.startsWith('.') ? `${source}/${workflow}@${ref}` : `${addressOf(workflow)}@**`;
}

/** Owners on github.com have no dot, hosts have one. */
const HOST = /^[^/]*\.[^/]*\//;

function addressOf(name: string): string {
  return HOST.test(name) ? `https://${name}` : `https://github.com/${name}`;
}

/** https://docs.github.com/actions/security-for-github-actions/using-artifact-attestations and https://github.com/slsa-framework/slsa-verifier */
export function provenanceFix({ builder, source, signer }: ProvenanceRule, image: string): string {
  const attest = `Build it with ${builder} from ${source} and attest to it (actions/attest-build-provenance with push-to-registry, or the SLSA generator)`;
  if (signer?.kind === 'key')
    return `Attest to it with ${signer.key}: \`cosign attest --type slsaprovenance1 --key KEY --predicate FILE ${quoted(image)}\`.`;
  if (source.includes('*')) return `${attest}.`;
  return `${attest}; \`gh attestation verify ${quoted(`oci://${image}`)} --repo ${quoted(source)}\` shows it.`;
}
