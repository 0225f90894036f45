import { imageText } from '../../model/image-ref.ts';
import { comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { provenanceOf } from './standing.ts';
import { exactly, imagesText, madeBy, rejectedText, whoRan } from './words.ts';

/** A regression of trust (DESIGN 8): blocks without any policy. */
export const provenanceLost: ProvenanceRow = {
  id: 'provenance/provenance-lost',
  alias: '',
  title: 'An image with provenance is not replaced by one without',
  severity: 'high',
  enforcement: 'required',
  why: 'Before, its build said from which source it was made; now nobody can tell what is in it.',
  fix: 'Use a build that attests to its provenance.',
  references: ['https://slsa.dev/spec/v1.1/provenance'],
  says: comparing(lost),
};

function lost(one: Succession): Said | undefined {
  const { place, evidence, before } = one;
  const attested = before.map((past) => provenanceOf(past.evidence));
  if (provenanceOf(evidence).length > 0 || attested.some((made) => made.length === 0)) return undefined;
  const past = `${whoRan(one, before)} ran ${imagesText(before)}, with provenance by ${madeBy(attested.flat())}`;
  return {
    facets: [imageText(place.ref), evidence.digest],
    message: `${past}; ${imageText(place.ref)} has none${rejectedText(evidence)}`,
    fix: `Use a build that attests to its provenance as the one before did (actions/attest-build-provenance with push-to-registry, or the SLSA generator); \`cosign tree ${exactly(place.ref, evidence)}\` shows what lies beside this one.`,
  };
}
