import type { Signer } from '../../model/provenance.ts';
import { runnerFault, triggerFault } from './build-facts.ts';
import { type KeylessSigner, repositoryOf, signerIdentity } from './signer.ts';
import { parseWorkflowUri } from './workflow-uri.ts';

/**
 * What makes two signers two, in words; undefined where they are one from one release to the next. Tag, commit and run are another
 * each time and say nothing; neither does the root, for each that is trusted speaks for its identities;
 * only one that another tool brings for its own rules speaks for nobody of another.
 */
export function differenceOf(before: Signer, now: Signer): string | undefined {
  return makerDifference(before, now) ?? sourceDifference(before, now);
}

export function isSameSigner(before: Signer, now: Signer): boolean {
  return differenceOf(before, now) === undefined;
}

/** The same without the source repository, for what has words of its own for that. */
export function makerDifference(before: Signer, now: Signer): string | undefined {
  if (before.kind === 'keyless' && now.kind === 'keyless') return keylessDifference(before, now);
  if (before.kind !== now.kind) return `${KINDS[now.kind]} in place of ${KINDS[before.kind]}`;
  return signerIdentity(before) === signerIdentity(now) ? undefined : `another ${now.kind}`;
}

const KINDS = {
  keyless: 'a keyless signature',
  key: 'a key',
  certificate: 'a certificate of your own authority',
} as const;

const KEYLESS: readonly ((before: KeylessSigner, now: KeylessSigner) => string | undefined)[] = [
  (before, now) => (before.issuer === now.issuer ? undefined : `another issuer (${now.issuer})`),
  (before, now) => (workflowOf(before) === workflowOf(now) ? undefined : 'another workflow'),
  (before, now) => {
    const isOther = now.isScoped === true && (before.isScoped !== true || before.root !== now.root);
    return isOther ? `another root (${now.root})` : undefined;
  },
  newFault('the build of a pull request, which nobody has merged', ({ issuer, claims }) =>
    triggerFault(undefined, { issuer, trigger: claims.trigger, ref: claims.sourceRef }),
  ),
  newFault("a runner of somebody's own, which earlier jobs may have changed", ({ issuer, claims }) =>
    runnerFault(false, issuer, claims.runnerEnvironment),
  ),
];

function keylessDifference(before: KeylessSigner, now: KeylessSigner): string | undefined {
  for (const differs of KEYLESS) {
    const difference = differs(before, now);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** What was already so before is not what makes the difference. */
function newFault(
  words: string,
  faultOf: (signer: KeylessSigner) => string | undefined,
): (before: KeylessSigner, now: KeylessSigner) => string | undefined {
  return (before, now) => (faultOf(now) !== undefined && faultOf(before) === undefined ? words : undefined);
}

/** Its own workflow by its path alone, so that a repository which was renamed keeps it; people and other builders by their names. */
function workflowOf(signer: KeylessSigner): string {
  const found = parseWorkflowUri(signer.subject);
  if (found === undefined) return signer.subject;
  return found.repository === repositoryOf(signer) ? found.file : `${found.repository}/${found.file}`;
}

/** A repository is its number where that is known: a name can be given up and be taken by somebody else (P-A6). */
export function sourceDifference(before: Signer, now: Signer): string | undefined {
  if (before.kind !== 'keyless' || now.kind !== 'keyless') return undefined;
  const [old, own] = [before.claims.sourceRepositoryId, now.claims.sourceRepositoryId];
  const isSameName = repositoryOf(before) === repositoryOf(now);
  if (old !== undefined && own !== undefined && before.issuer === now.issuer) {
    if (old === own) return undefined;
    return isSameName ? 'a repository that has taken over the name of the old one' : 'another repository';
  }
  return isSameName ? undefined : 'another repository';
}
