import { imageText } from '../../model/image-ref.ts';
import { signatureFix } from './commands.ts';
import { isSameSigner } from './identity.ts';
import { comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { provenanceOf, signaturesOf } from './standing.ts';
import { exactly, imagesText, madeBy, rejectedText, ruleFor, whoRan } from './words.ts';

/** A regression of trust (DESIGN 8): blocks without any policy. */
export const signatureLost: ProvenanceRow = {
  id: 'provenance/signature-lost',
  alias: '',
  title: 'A signed image is not replaced by an unsigned one',
  severity: 'critical',
  enforcement: 'required',
  why: 'Before, somebody stood behind what runs; now anybody who may push to the registry decides it.',
  fix: 'Use a signed build of the image.',
  references: ['https://docs.sigstore.dev/cosign/signing/overview/'],
  says: comparing(lost),
};

function lost(one: Succession): Said | undefined {
  const { place, evidence, before } = one;
  const signed = before.map((past) => signaturesOf(past.evidence));
  if (signaturesOf(evidence).length > 0 || signed.some((made) => made.length === 0)) return undefined;
  const signatures = signed.flat();
  const past = `before, ${whoRan(one, before)} ran ${imagesText(before)}, signed by ${madeBy(signatures)}`;
  const facets = [imageText(place.ref), evidence.digest];
  const same = provenanceOf(evidence).find((own) => signatures.some(({ signer }) => isSameSigner(signer, own.signer)));
  if (same !== undefined) {
    const message = `${imageText(place.ref)} is not signed, but the same signer attests to its build; ${past}`;
    return { facets, message, severity: 'low', enforcement: 'advice' };
  }
  const message = `${imageText(place.ref)} is not signed${rejectedText(evidence)}; ${past}`;
  const fix = signatureFix(
    signatures.slice(0, 1).map(({ signer }) => ruleFor(signer)),
    exactly(place.ref, evidence),
  );
  return { facets, message, fix: `Use a signed build, or have this one signed as before. ${fix}` };
}
