import { imageText } from '../../model/image-ref.ts';
import type { Believed } from '../../model/provenance.ts';
import { builderOf } from './build.ts';
import { makerDifference } from './identity.ts';
import { accepted, acceptedBy, comparing, type ProvenanceRow, type Said, type Succession } from './row.ts';
import { provenanceOf } from './standing.ts';
import { plain, signerText } from './text.ts';
import { imagesText, whoRan } from './words.ts';

/** A regression of trust (DESIGN 8): blocks without any policy. The repository has a rule of its own, source-changed. */
export const builderChanged: ProvenanceRow = {
  id: 'provenance/builder-changed',
  alias: '',
  title: 'An image is built by whom it was built by before',
  severity: 'high',
  enforcement: 'required',
  why: 'What provenance says is as good as the builder that says it.',
  fix: 'Use an image of the builder before; or list the new builder in the policy of the base branch first.',
  references: ['https://slsa.dev/spec/v1.1/provenance#builder'],
  says: comparing(changed),
};

function changed(one: Succession): Said | undefined {
  const { place, evidence, before } = one;
  const [now, then] = [provenanceOf(evidence), before.flatMap((past) => provenanceOf(past.evidence))];
  const differences = now.flatMap((own) => then.map((past) => builderDifference(past, own)));
  const [first] = differences;
  if (first === undefined || differences.includes(undefined)) return undefined;
  const [was, is] = [then, now].map((made) => made.map(builderText)[0] ?? '');
  const message = `${whoRan(one, before)} ran ${imagesText(before)}, built by ${was}; ${imageText(place.ref)} is built by ${is}: ${first}`;
  const facets = now.map((own) => `${builderOf(own)} ${signerText(own.signer)}`);
  const rule = acceptedBy(one, 'provenance');
  return rule === undefined ? { facets, message } : accepted({ facets, message }, rule);
}

function builderDifference(before: Believed, now: Believed): string | undefined {
  return builderOf(before) === builderOf(now) ? makerDifference(before.signer, now.signer) : 'another builder';
}

function builderText({ provenance, signer }: Believed): string {
  return `${plain(provenance?.builder ?? '')} (by the word of ${signerText(signer)})`;
}
