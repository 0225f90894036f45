import { matchesGlob } from '../../model/glob.ts';
import type { SignerRule } from '../../model/policy.ts';
import type { Signer } from '../../model/provenance.ts';
import { runnerFault, triggerFault } from './build-facts.ts';
import { parseWorkflowUri, sourceName } from './workflow-uri.ts';

type KeylessRule = Extract<SignerRule, { kind: 'keyless' }>;
export type KeylessSigner = Extract<Signer, { kind: 'keyless' }>;

/** Why the signer is not the one that the rule asks for; undefined where it is. A key never stands for a certificate, nor the reverse (P-A3). */
export function whyNot(rule: SignerRule, signer: Signer): string | undefined {
  switch (rule.kind) {
    case 'keyless':
      return signer.kind === 'keyless' ? whyNotKeyless(rule, signer) : `it is made with a ${signer.kind}, not keyless`;
    case 'key':
      if (signer.kind !== 'key') return 'it is not made with a key';
      return signer.name === rule.key ? undefined : `it is made with the key ${signer.name}`;
    case 'certificate':
      return signer.kind === 'certificate' ? whyNotCertificate(rule, signer) : 'it is not made with a certificate';
  }
}

function whyNotCertificate(
  rule: Extract<SignerRule, { kind: 'certificate' }>,
  signer: Extract<Signer, { kind: 'certificate' }>,
): string | undefined {
  if (rule.subject === '') return 'the rule names nobody';
  if (signer.root !== rule.root) return `its certificate comes from ${signer.root}`;
  return matchesGlob(rule.subject, signer.subject) ? undefined : `its subject is ${signer.subject}`;
}

/** Each compares one fact of the certificate; all that the rule states must hold, the root and the identity both (P-A4). */
const KEYLESS: readonly ((rule: KeylessRule, signer: KeylessSigner) => string | undefined)[] = [
  (rule) => (namesSomebody(rule) ? undefined : 'the rule names nobody'),
  ({ issuer, issuerPattern }, signer) => {
    const isIt = issuerPattern === undefined ? signer.issuer === issuer : matchesGlob(issuerPattern, signer.issuer);
    return isIt ? undefined : `its issuer is ${signer.issuer}`;
  },
  ({ root }, signer) => (isUnder(root, signer) ? undefined : `it stands under the root ${signer.root}`),
  ({ exceptRoot }, signer) =>
    signer.root === exceptRoot ? `it stands under the root ${signer.root}, which the rule does not know` : undefined,
  ({ subject }, signer) => matched(subject, signer.subject, 'subject'),
  ({ repository }, signer) => matched(repository, repositoryOf(signer), 'source repository'),
  workflowFault,
  ({ ref }, { claims }) => matched(ref, claims.sourceRef, 'source ref'),
  ({ repositoryId }, { claims }) => same(repositoryId, claims.sourceRepositoryId, 'id of the source repository'),
  ({ ownerId }, { claims }) => same(ownerId, claims.ownerId, 'id of the owner'),
  ({ triggers }, { issuer, claims }) =>
    triggerFault(triggers, { issuer, trigger: claims.trigger, ref: claims.sourceRef }),
  ({ allowsSelfHosted }, { issuer, claims }) => runnerFault(allowsSelfHosted, issuer, claims.runnerEnvironment),
];

function whyNotKeyless(rule: KeylessRule, signer: KeylessSigner): string | undefined {
  for (const check of KEYLESS) {
    const fault = check(rule, signer);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A root that another tool brings proves something to the rules that name it, and to no other. */
function isUnder(root: string | undefined, signer: KeylessSigner): boolean {
  if (root === undefined) return signer.isScoped !== true;
  return signer.root === root || signer.alsoUnder?.includes(root) === true;
}

/** An issuer alone is everybody who has an account there (P-A3). */
function namesSomebody({
  issuer,
  subject = '',
  repository = '',
  repositoryId = '',
  ownerId = '',
}: KeylessRule): boolean {
  return issuer !== '' && [subject, repository, repositoryId, ownerId].some((text) => text !== '');
}

/**
 * The file that signed. Whoever calls a reusable workflow gets its name, so a path without repository is one of the source
 * repository itself (P-A6). Subject and build signer must both be it, where both are there.
 */
function workflowFault({ workflow }: KeylessRule, signer: KeylessSigner): string | undefined {
  if (workflow === undefined) return undefined;
  const uris = [signer.subject, ...(signer.claims.buildSignerUri === undefined ? [] : [signer.claims.buildSignerUri])];
  return uris.every((uri) => isWorkflow(workflow, uri, repositoryOf(signer)))
    ? undefined
    : `the workflow that signed is ${uris.at(-1)}`;
}

function isWorkflow(pattern: string, uri: string, source: string | undefined): boolean {
  const found = parseWorkflowUri(uri);
  if (found === undefined) return false;
  const isOwn = found.repository === source && matchesGlob(pattern, found.file);
  return isOwn || matchesGlob(pattern, `${found.repository}/${found.file}`);
}

function matched(pattern: string | undefined, found: string | undefined, what: string): string | undefined {
  if (pattern === undefined) return undefined;
  if (found === undefined) return `its certificate names no ${what}`;
  return matchesGlob(pattern, found) ? undefined : `its ${what} is ${found}`;
}

function same(wanted: string | undefined, found: string | undefined, what: string): string | undefined {
  if (wanted === undefined || wanted === found) return undefined;
  return found === undefined ? `its certificate names no ${what}` : `its ${what} is ${found}`;
}

/** The source repository by the certificate's own claim, as policy writes it. */
export function repositoryOf({ claims }: KeylessSigner): string | undefined {
  return claims.sourceRepositoryUri === undefined ? undefined : sourceName(claims.sourceRepositoryUri);
}

/** Who somebody is from one release to the next: without tag, commit and run. Two signers with one identity are one signer. */
export function signerIdentity(signer: Signer): string {
  switch (signer.kind) {
    case 'keyless': {
      const workflow = parseWorkflowUri(signer.subject);
      const subject = workflow === undefined ? signer.subject : `${workflow.repository}/${workflow.file}`;
      return ['keyless', signer.root, signer.issuer, repositoryOf(signer) ?? '', subject].join('\u0001');
    }
    case 'certificate':
      return ['certificate', signer.root, signer.subject].join('\u0001');
    case 'key':
      return ['key', signer.fingerprint].join('\u0001');
  }
}
