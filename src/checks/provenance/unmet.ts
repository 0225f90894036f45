import { imageText } from '../../model/image-ref.ts';
import type { Unmet } from './requirements.ts';
import type { Case, ProvenanceRow, Said } from './row.ts';

export const signature: ProvenanceRow = {
  ...required('signature'),
  id: 'provenance/signature',
  title: 'Images are signed by whom policy names',
  why: 'Only a signature of the right one says that the image is what they have released.',
  fix: 'Use a signed build, or have this one signed.',
  references: ['https://docs.sigstore.dev/cosign/verifying/verify/'],
};

export const provenance: ProvenanceRow = {
  ...required('provenance'),
  id: 'provenance/provenance',
  title: 'Images are built by whom, and from what, policy names',
  why: 'Only provenance of the right builder says from which source an image is made.',
  fix: 'Use a build that attests to its provenance.',
  references: ['https://slsa.dev/spec/v1.1/provenance'],
};

export const tooOld: ProvenanceRow = {
  ...required('age'),
  id: 'provenance/too-old',
  title: 'Images are as young as policy wants them',
  why: 'Holes are found in old images, and closed in new ones; an old signature is still a good one.',
  fix: 'Build and sign the image again, or use a newer one.',
  references: [],
};

export const platforms: ProvenanceRow = {
  ...required('platforms'),
  id: 'provenance/platforms',
  title: 'Each platform is signed where policy wants it',
  why: 'A node pulls the image of its own platform, and a signature of another one says nothing of it.',
  fix: 'Sign each platform: cosign sign --recursive.',
  references: ['https://docs.sigstore.dev/cosign/signing/signing_with_containers/'],
};

function required(part: Unmet['part']): Pick<ProvenanceRow, 'alias' | 'severity' | 'enforcement' | 'says'> {
  return { alias: '', severity: 'high', enforcement: 'required', says: (one) => missing(one, part) };
}

/** What a rule asks for and the image does not have; another image at the same place is another debt. */
function missing({ place, evidence, rules }: Case, part: Unmet['part']): readonly Said[] {
  const text = imageText(place.ref);
  return rules.flatMap(({ rule, missing: all }) =>
    all
      .filter((one) => one.part === part)
      .map(({ message, fix, facet }) => ({
        facets: [[text, evidence.digest ?? '', facet].join(' ')],
        message: `${place.name} runs ${text}: ${message}`,
        fix,
        enforcement: rule.mode === 'block' ? 'required' : 'advice',
      })),
  );
}
