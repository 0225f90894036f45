import type { Believed, ProvenanceClaims, Rejected } from '../../model/provenance.ts';
import { normalRepositoryUrl } from '../../model/repository-url.ts';
import type { VerifyWant } from '../../ports/signature-verifier.ts';
import { proveByAuthority } from './by-authority.ts';
import { isSignedBy, proveByKey } from './by-key.ts';
import { isIssuedUnder, proveByRoot } from './by-root.ts';
import { chainOf, isIssuedAs } from './certificate.ts';
import { isIssuedBy } from './issued-under.ts';
import { readPayload, type Said } from './payload.ts';
import type { Proof } from './proof.ts';
import { readAttachment } from './read-attachment.ts';
import { invalid, Refusal, rejectedFor, RootMissing, sentenceFor } from './refusal.ts';
import type { Signed } from './signed.ts';
import type { UsableTrust } from './usable-trust.ts';

/**
 * Is the attachment whole, does it speak of a subject that is wanted, who made it? `now` counts only where nothing proves a time. It
 * never throws: whatever goes wrong is a no (P-G1).
 */
export function verifyAttachment(want: VerifyWant, trust: UsableTrust, now: Date): Believed | Rejected {
  const { format, place, digest } = want.attachment;
  try {
    const signed = readAttachment(want);
    const said = readPayload(signed);
    const proof = prove(signed, trust, now);
    const subject = subjectOf(said, want);
    assertSameSource(proof, said.provenance);
    const { role, predicateType, provenance, dockerReference } = said;
    const statement = wantedStatement(said, want);
    return { format, place, digest, subject, role, predicateType, statement, provenance, dockerReference, ...proof };
  } catch (error) {
    return rejectedFor(want.attachment, error);
  }
}

/** Lists of parts can be larger than all else that is kept of an image; an answer of the child has room for this and the rest. */
const MAX_STATEMENT_BYTES = 512 * 1024;

function wantedStatement({ predicateType, statement }: Said, { predicates = [] }: VerifyWant): Said['statement'] {
  if (predicateType === undefined || !predicates.includes(predicateType)) return undefined;
  return Buffer.byteLength(JSON.stringify(statement)) > MAX_STATEMENT_BYTES ? undefined : statement;
}

/** A certificate and a bare key never stand in for each other (P-A3). */
function prove(signed: Signed, trust: UsableTrust, now: Date): Proof {
  if (signed.certificates.length === 0) return byKeys(signed, trust, now);
  const chain = chainOf(signed);
  const { leaf } = chain;
  const issued = trust.roots.filter((root) => isIssuedUnder(leaf, root));
  const [scoped, open] = [issued.filter(isScopedRoot), issued.filter((root) => !isScopedRoot(root))];
  const underScoped = scoped.map((root) => () => proveByRoot(signed, leaf, root));
  const attempts = [
    ...open.map((root) => () => proveByRoot(signed, leaf, root)),
    ...trust.authorities
      .filter((authority) => isIssuedBy(chain, authority))
      .map((authority) => () => proveByAuthority(signed, { chain, authority, now }, openRoots(trust))),
    ...underScoped,
  ];
  const missing = trust.missing.find(({ organization }) => isIssuedAs(leaf, organization));
  if (attempts.length === 0 && missing === undefined)
    throw invalid(`no trusted root or authority has issued its certificate${left(trust)}`);
  try {
    return withOthers(firstOf(attempts), underScoped);
  } catch (error) {
    throw missing === undefined ? error : new RootMissing(missing);
  }
}

function isScopedRoot({ isScoped }: UsableTrust['roots'][number]): boolean {
  return isScoped === true;
}

/** Logs and timestamps of a root that must be named count for whoever names it. */
function openRoots({ roots }: UsableTrust): UsableTrust['roots'] {
  return roots.filter((root) => !isScopedRoot(root));
}

/** Whoever names one of several roots must see that it holds under that one, too. */
function withOthers(proof: Proof, attempts: readonly (() => Proof)[]): Proof {
  const { signer } = proof;
  if (signer.kind !== 'keyless') return proof;
  const alsoUnder = attempts.flatMap(nameProven).filter((name) => name !== signer.root);
  return alsoUnder.length === 0 ? proof : { ...proof, signer: { ...signer, alsoUnder } };
}

function nameProven(attempt: () => Proof): readonly string[] {
  try {
    const { signer } = attempt();
    return signer.kind === 'keyless' ? [signer.root] : [];
  } catch {
    return [];
  }
}

function byKeys(signed: Signed, trust: UsableTrust, now: Date): Proof {
  const keys = trust.keys.filter((key) => isSignedBy(signed, key));
  if (keys.length === 0) throw invalid(`it is signed by a key, and by none that is trusted${left(trust)}`);
  return firstOf(keys.map((key) => () => proveByKey({ signed, key, now }, rootsFor(key, trust))));
}

function rootsFor({ root }: UsableTrust['keys'][number], trust: UsableTrust): UsableTrust['roots'] {
  return root === undefined ? openRoots(trust) : trust.roots.filter(({ name }) => name === root);
}

/** Two authorities may have one name; what any of them proves is proven. */
function firstOf(attempts: readonly (() => Proof)[]): Proof {
  const faults: string[] = [];
  for (const attempt of attempts)
    try {
      return attempt();
    } catch (error) {
      faults.push(sentenceFor(error));
    }
  throw invalid([...new Set(faults)].join('; '));
}

function left({ problems }: UsableTrust): string {
  return problems.length === 0 ? '' : ` (${problems.join('; ')})`;
}

/** It must name one of the digests that are wanted; of several the one that it was found beside (P-B1, P-B2). */
function subjectOf({ subjects }: Said, { subjects: wanted, attachment }: VerifyWant): string {
  const found = wanted.filter((digest) => subjects.includes(digest));
  const [first] = found;
  if (first === undefined)
    throw new Refusal('mismatch', `it speaks of ${subjects.slice(0, 3).join(', ')}, not of this image`);
  return found.includes(attachment.beside) ? attachment.beside : first;
}

/** A predicate is what its signer claims; what the authority has written of the build must not contradict it. */
function assertSameSource({ signer }: Proof, provenance: ProvenanceClaims | undefined): void {
  const certified = signer.kind === 'keyless' ? signer.claims.sourceRepositoryUri : undefined;
  const claimed = provenance?.source;
  if (certified === undefined || claimed === undefined) return;
  if (normal(certified) !== normal(claimed))
    throw new Refusal('mismatch', `its provenance names the source ${claimed}, its certificate ${certified}`);
}

function normal(uri: string): string {
  return normalRepositoryUrl(uri.replace(/^git\+/, ''));
}
