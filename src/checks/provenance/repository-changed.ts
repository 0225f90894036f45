import { imageText } from '../../model/image-ref.ts';
import type { Believed } from '../../model/provenance.ts';
import { isSameSigner } from './identity.ts';
import { comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { provenanceOf, signaturesOf } from './standing.ts';
import type { ReadEvidence } from './subjects.ts';
import { imagesText, whoRan } from './words.ts';

/** Where trust is not carried over, other rows block; this one says that the image comes from elsewhere. */
export const repositoryChanged: ProvenanceRow = {
  id: 'provenance/repository-changed',
  alias: '',
  title: 'An image comes from where it came from before',
  severity: 'low',
  enforcement: 'advice',
  why: 'Who controls the repository decides what the next tag is.',
  fix: 'See that the new repository is a mirror, or the new home, of the old one; list it under images: in .presync.yaml.',
  references: [],
  says: comparing(changed),
};

function changed(one: Succession): Said | undefined {
  const { place, evidence, before } = one;
  if (before.some((past) => past.place.ref.repository === place.ref.repository)) return undefined;
  const then = before.map((past) => madeFor(past.evidence));
  const isCarried = madeFor(evidence).some((own) => then.flat().some((past) => isSameSigner(past.signer, own.signer)));
  // Where somebody stood behind all of them and the same one does no more, a loss has been said, with both names.
  if (!isCarried && then.every((made) => made.length > 0)) return undefined;
  const trust = isCarried
    ? 'the same signer stands behind both'
    : 'nobody has signed the one before, so there is no trust to carry over';
  const message = `${whoRan(one, before)} ran ${imagesText(before)} and runs ${imageText(place.ref)} now, from another repository; ${trust}`;
  return { facets: [place.ref.repository], message, ...(isCarried ? { severity: 'info' } : {}) };
}

function madeFor(evidence: ReadEvidence): readonly Believed[] {
  return [...signaturesOf(evidence), ...provenanceOf(evidence)];
}
